/**
 * The ESP32-S3's USB serial port (USB Serial/JTAG), by ESP-IDF's driver. Nobody has to listen: what isn't taken in time is dropped.
 *
 * Danger: debug builds of the SDK have their debugger there.
 */
export class USBPort {
	/** False when the port is somebody else's, or memory is short. */
	static open(): boolean { return native("xs_usbport_open").call(this); }

	/** Copies what was received into `view`, at most its length; returns the number of bytes. */
	static read(view: Uint8Array): number { return native("xs_usbport_read").call(this, view); }

	/** Queues what fits. */
	static write(bytes: ArrayBuffer): void { return native("xs_usbport_write").call(this, bytes); }
}

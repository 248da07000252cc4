/**
 * The camera's UART on the ESP32, for a console that must not lose a byte: ESP-IDF's driver with a receive ring instead of the
 * bare hardware FIFO of the SDK's own Serial, baud change without closing, break, and counters for what was lost all the same.
 *
 * How much it holds: 40 KiB. At 921600 baud 92,160 bytes arrive a second; the longest time in which no JavaScript runs is an erase
 * of a 4 KiB flash sector (45 ms typically, 400 ms at worst by the W25Q128's datasheet) plus a collection (some 40 ms):
 * 440 ms are 40,550 bytes. The interrupt handler and the ring are in internal memory, so they work while flash is busy.
 *
 * Not for: RS-485, flow control, other formats than 8N1. Danger: port 0 is the boot loader's console.
 */
import type { Bytes, Serial as SerialPort, SerialOptions as PortOptions } from "base/io";

export interface SerialOptions extends PortOptions {
	/** Which UART: 1 or 2. */
	port: number;
	/** GPIO numbers. */
	transmit: number;
	receive: number;
}

export class Serial extends Native("xs_podserial_destructor") implements SerialPort {
	/** Throws when the port, a pin or the baud rate can't be had, or memory is short. */
	constructor(options: PortOptions) { super(); native("xs_podserial").call(this, options); }

	get baud(): number { return native("xs_podserial_get_baud").call(this); }
	set baud(rate: number) { native("xs_podserial_set_baud").call(this, rate); }

	get pending(): number { return native("xs_podserial_get_pending").call(this); }

	/** A lower bound: each overflow of the FIFO is counted as the 128 bytes that are thrown away with it. */
	get overruns(): number { return native("xs_podserial_get_overruns").call(this); }

	/** How often the hardware FIFO overflowed. */
	get fifoOverflows(): number { return native("xs_podserial_get_fifoOverflows").call(this); }

	/** How often the receive ring was full. Nothing is lost by that alone: the FIFO then holds another 128 bytes. */
	get ringFull(): number { return native("xs_podserial_get_ringFull").call(this); }

	read(view: Uint8Array): number { return native("xs_podserial_read").call(this, view); }
	write(bytes: Bytes): number { return native("xs_podserial_write").call(this, bytes); }
	flush(input: boolean, output: boolean): void { return native("xs_podserial_flush").call(this, input, output); }
	sendBreak(milliseconds: number): void { return native("xs_podserial_sendBreak").call(this, milliseconds); }
	get breaking(): boolean { return native("xs_podserial_get_breaking").call(this); }
	close(): void { return native("xs_podserial_close").call(this); }
}

/**
 * An output that keeps its level through everything but the loss of power: restart, panic, watchdog, update. The pad is latched
 * (`gpio_hold_en`), and the level is kept in memory that a reset doesn't clear; both survive until the pod itself loses its supply.
 *
 * Only one pin can be kept. It must be one of the RTC pads (GPIO 0 to 21 on the ESP32-S3): the latch of the others ends with the reset.
 * Danger: `initialValue` counts only after a loss of power; read() tells what the pin really has.
 */
import type { Digital, DigitalOptions } from "base/io";

export class HeldOutput extends Native("xs_held_destructor") implements Digital {
	/** Throws when the pin is in use, is no RTC pad or `mode` isn't Output. */
	constructor(options: DigitalOptions) { super(); native("xs_held").call(this, options); }

	read(): number { return native("xs_held_read").call(this); }
	write(value: 0 | 1): void { return native("xs_held_write").call(this, value); }

	/** Gives the object up; the pin keeps its level. */
	close(): void { return native("xs_held_close").call(this); }

	static get Output(): number { return 8; }

	/** The level (0 low, 1 high) that pin `pin` is kept at; undefined after a loss of power and when it never was. */
	static kept(pin: number): 0 | 1 | undefined { return native("xs_held_kept").call(this, pin); }
}

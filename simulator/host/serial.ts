import type { Bytes, SerialOptions } from "base/io";

type LineOptions = SerialOptions & { device?: string; pty?: string; line?: string; target?: object };

/**
 * Serial of base/io.ts: `device` is a real port's path; `pty` is where the symbolic link to a simulated camera's end of the line
 * shall be. `line`: a UNIX socket that tells `baud N`, at connection and at each change, and `break MS`.
 */
export default class Serial extends Native("xs_serial_destructor") {
	constructor(options: LineOptions) { super(); native("xs_serial").call(this, options); }
	close(): void { return native("xs_serial_close").call(this); }
	get baud(): number { return native("xs_serial_get_baud").call(this); }
	set baud(rate: number) { native("xs_serial_set_baud").call(this, rate); }
	get pending(): number { return native("xs_serial_get_pending").call(this); }
	get overruns(): number { return native("xs_serial_get_overruns").call(this); }
	read(view: Uint8Array): number { return native("xs_serial_read").call(this, view); }
	write(bytes: Bytes): number { return native("xs_serial_write").call(this, bytes); }
	flush(input: boolean, output: boolean): void { return native("xs_serial_flush").call(this, input, output); }
	sendBreak(milliseconds: number): void { return native("xs_serial_sendBreak").call(this, milliseconds); }
	get breaking(): boolean { return native("xs_serial_get_breaking").call(this); }
}

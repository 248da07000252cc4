import type { DigitalOptions } from "base/io";

/** Digital of base/io.ts: outputs of a simulated board. `path`: a UNIX socket that tells the camera's supply, `on` or `off`. */
export default class Digital extends Native("xs_digital_destructor") {
	constructor(options: DigitalOptions & { path?: string }) { super(); native("xs_digital").call(this, options); }
	close(): void { return native("xs_digital_close").call(this); }
	read(): number { return native("xs_digital_read").call(this); }
	write(value: number): void { return native("xs_digital_write").call(this, value); }
	static get Output(): number { return native("xs_digital_get_Output").call(this); }
}

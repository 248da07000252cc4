import type { Bytes, TCPOptions } from "base/io";

/** TCP of base/io.ts on lwIP: a connection that a Listener has accepted. tcp.c says how. Without options: for Listener.read to fill. */
export default class TCP extends Native("xs_podtcp_destructor") {
	constructor(options?: TCPOptions) { super(); native("xs_podtcp").call(this, options); }
	close(): void { return native("xs_podtcp_close").call(this); }
	read(view?: Uint8Array | number): number | ArrayBuffer | undefined { return native("xs_podtcp_read").call(this, view); }
	write(bytes: Bytes): number | undefined { return native("xs_podtcp_write").call(this, bytes); }
	get localAddress(): string { return native("xs_podtcp_get_localAddress").call(this); }
	get remoteAddress(): string { return native("xs_podtcp_get_remoteAddress").call(this); }
	get remotePort(): number { return native("xs_podtcp_get_remotePort").call(this); }
}

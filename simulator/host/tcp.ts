import type { Bytes, TCPOptions } from "base/io";

/** TCP of base/io.ts on a kernel socket; address and port of a peer to connect to, or `from`. `handle` is for listener.ts. */
export default class TCP extends Native("xs_tcp_destructor") {
	constructor(options: TCPOptions & { handle?: number; target?: object }) { super(); native("xs_tcp").call(this, options); }
	close(): void { return native("xs_tcp_close").call(this); }
	read(view?: Uint8Array | number): number | ArrayBuffer | undefined { return native("xs_tcp_read").call(this, view); }
	write(bytes: Bytes): number { return native("xs_tcp_write").call(this, bytes); }
	get remoteAddress(): string { return native("xs_tcp_get_remoteAddress").call(this); }
	get localAddress(): string { return native("xs_tcp_get_localAddress").call(this); }
	get remotePort(): number { return native("xs_tcp_get_remotePort").call(this); }
}

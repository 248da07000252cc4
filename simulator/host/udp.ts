import type { Bytes, Packet, UDPOptions } from "base/io";

/**
 * UDP of base/io.ts on a kernel socket. Without `address` it is bound to 127.0.0.1. Without `broadcast` it hears what is sent to its address by
 * any interface.
 */
export default class UDP extends Native("xs_udp_destructor") {
	constructor(options: UDPOptions & { target?: object }) { super(); native("xs_udp").call(this, options); }
	close(): void { return native("xs_udp_close").call(this); }
	read(): Packet | undefined { return native("xs_udp_read").call(this); }
	write(bytes: Bytes, address: string, port: number): void { return native("xs_udp_write").call(this, bytes, address, port); }
	get port(): number { return native("xs_udp_get_port").call(this); }
	get localAddress(): string { return native("xs_udp_get_localAddress").call(this); }
}

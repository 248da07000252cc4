import type { Bytes, Packet, UDPOptions } from "base/io";

/** UDP of base/io.ts on lwIP, and the two methods of multicast that the SDK's DNSSD calls. udp.c says how. */
export default class UDP extends Native("xs_podudp_destructor") {
	constructor(options: UDPOptions) { super(); native("xs_podudp").call(this, options); }
	close(): void { return native("xs_podudp_close").call(this); }
	read(): Packet | undefined { return native("xs_podudp_read").call(this); }
	write(bytes: Bytes, address: string, port: number): void { return native("xs_podudp_write").call(this, bytes, address, port); }
	get port(): number { return native("xs_podudp_get_port").call(this); }
	get localAddress(): string { return native("xs_podudp_get_localAddress").call(this); }
	add(group: string): void { return native("xs_podudp_add").call(this, group); }
	remove(group: string): void { return native("xs_podudp_remove").call(this, group); }
}

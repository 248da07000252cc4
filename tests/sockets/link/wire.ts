/** The far end of an interface of lwIP: IPv4 packets as they would be on its wire. link/wire.c says how. */
export default class Wire extends Native("xs_wire_destructor") {
	constructor(options: { onReadable(this: Wire, count: number): void; target?: object }, address: string, mask: string) { super(); native("xs_wire").call(this, options, address, mask); }
	close(): void { return native("xs_wire_close").call(this); }
	/** The next packet from the stack. */
	read(): ArrayBuffer | undefined { return native("xs_wire_read").call(this); }
	/** A packet to the stack. */
	write(packet: Uint8Array): void { return native("xs_wire_write").call(this, packet); }
	/** The interface gets another address. */
	readdress(address: string, mask: string): void { return native("xs_wire_readdress").call(this, address, mask); }
	/** The nth allocation of the sockets and of lwIP from now fails; -1: none does. */
	static failAt(n: number): void { return native("xs_wire_failAt").call(this, n); }
	/** Since the last failAt. */
	static get allocations(): number { return native("xs_wire_get_allocations").call(this); }
	/** Lets so many seconds of TCP's time pass at once. */
	static pass(seconds: number): void { return native("xs_wire_pass").call(this, seconds); }
	/** lwIP's blocks in use. */
	static get held(): number { return native("xs_wire_get_held").call(this); }
	/** The most messages that were in JavaScript's queue at once. */
	static get queued(): number { return native("xs_wire_get_queued").call(this); }
}

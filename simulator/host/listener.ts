import type { ListenerOptions } from "base/io";
import TCP from "embedded:io/socket/tcp";

/** Listener of base/io.ts on a kernel socket. Without `address` it listens on 127.0.0.1. */
export default class Listener extends Native("xs_listener_destructor") {
	constructor(options: ListenerOptions & { target?: object }) { super(); native("xs_listener").call(this, options); }
	close(): void { return native("xs_listener_close").call(this); }
	/** The descriptor of the connection that waits longest. Throws when none does. */
	accept(): number { return native("xs_listener_accept").call(this); }
	get port(): number { return native("xs_listener_get_port").call(this); }
	read(): object { return new (TCP as unknown as new (options: { handle: number }) => object)({ handle: this.accept() }); }
}

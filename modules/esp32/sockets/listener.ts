import TCP from "embedded:io/socket/tcp";
import type { ListenerOptions, TCP as Connection } from "base/io";

/** Listener of base/io.ts on lwIP. listener.c says how. */
export default class Listener extends Native("xs_podlistener_destructor") {
	constructor(options: ListenerOptions) { super(); native("xs_podlistener").call(this, options); }
	close(): void { return native("xs_podlistener_close").call(this); }
	private accept(tcp: object): Connection { return native("xs_podlistener_read").call(this, tcp); }
	read(): Connection { return this.accept(new (TCP as unknown as new () => object)()); }
	get port(): number { return native("xs_podlistener_get_port").call(this); }
}

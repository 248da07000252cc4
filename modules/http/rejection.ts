/**
 * A client for whom there is no place: it is told so at once, and what it sends is forgotten for a while, so that it sees that and not
 * a reset. Costs next to nothing: no memory, no exchange.
 */
import type { OnDefect } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Time } from "base/time";
import type { Blocks } from "./buffers";
import { Linger } from "./linger";
import type { HTTPLimits } from "./limits";
import { ClientSocket } from "./client-socket";

/** What a rejection needs of its server. */
export interface RejectionHost {
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly limits: Readonly<HTTPLimits>;
	readonly blocks: Blocks;
	readonly onDefect: OnDefect;
	/** The refused client is gone. */
	left(rejection: Rejection): void;
}

export class Rejection {
	private host: RejectionHost;
	private wire: ClientSocket;
	private linger: Linger;

	/** Moves `from` into a new socket and sends `answer`, which fits the first segment (wire.ts). */
	constructor(host: RejectionHost, from: TCP, answer: Uint8Array) {
		this.host = host;
		this.wire = new ClientSocket(new host.tcp({ from, target: this, nodelay: true, onReadable: readable, onError: failed }));
		this.linger = new Linger(host.limits, host.time.now());
		try {
			this.wire.write(answer);
		}
		catch {
			// it has gone, and the socket will say so
		}
	}

	/** Called now and then by the server. */
	sweep(now: number): void {
		if (now >= this.linger.deadline)
			this.close();
	}

	close(): void {
		this.wire.close();
		this.host.left(this);
	}

	/** For the socket: it has `count` bytes. */
	receive(count: number): void {
		this.wire.unread = count;
		while (this.wire.unread > 0)
			this.linger.took(this.wire.forget(this.host.blocks.scratch), this.host.time.now());
	}

	/** For the socket's callbacks: `error` came out of `receive`. */
	fail(error: unknown): void {
		if (!this.wire.lost)
			this.host.onDefect("http.refused", error);
		this.close();
	}
}

function readable(this: TCP, count: number): void {
	const rejection = this.target as Rejection;
	try {
		rejection.receive(count);
	}
	catch (error) {
		rejection.fail(error);
	}
}

function failed(this: TCP): void {
	(this.target as Rejection).close();
}

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
import { ClientSocket, type SocketOwner } from "./client-socket";

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

export class Rejection implements SocketOwner {
	private host: RejectionHost;
	private socket: ClientSocket;
	private linger: Linger;

	/** Moves `from` into a new socket and sends `answer`, which fits the first segment (base/outlet.ts). */
	constructor(host: RejectionHost, from: TCP, answer: Uint8Array) {
		this.host = host;
		this.socket = new ClientSocket(host.tcp, from, this);
		this.linger = new Linger(host.limits, host.time.now());
		try {
			this.socket.write(answer);
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
		this.socket.close();
		this.host.left(this);
	}

	readable(): void {
		const { socket, host } = this;
		try {
			while (socket.unread > 0)
				this.linger.took(socket.forget(host.blocks.scratch), host.time.now());
		}
		catch (error) {
			if (!socket.lost)
				host.onDefect("http.refused", error);
			this.close();
		}
	}

	writable(): void {}

	gone(): void {
		this.close();
	}
}

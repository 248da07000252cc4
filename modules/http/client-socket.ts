/**
 * A client's socket with what is known about it: how much it has, how much it takes, how much it moved, and whose it is: the connection's,
 * from whom a live response takes it over.
 * What it is not for: what the bytes mean (input.ts, output.ts).
 * Danger: the socket announces only new data, so whoever stops reading must come back for the rest by itself.
 */
import type { TCP, TCPConstructor } from "base/io";
import { Outlet } from "base/outlet";

/** Who has the socket. It is called from the event loop, and must not throw. */
export interface SocketOwner {
	/** There is more to read. */
	readable(): void;
	/** There is more room. */
	writable(): void;
	/** The client has gone. */
	gone(): void;
}

export class ClientSocket extends Outlet {
	/** Who is told. */
	owner: SocketOwner;
	/** Bytes waiting in the socket. */
	unread = 0;
	/** Bytes read and written since start. */
	moved = 0;

	/** Moves `from` into a new socket. */
	constructor(tcp: TCPConstructor, from: TCP, owner: SocketOwner) {
		super();
		this.owner = owner;
		this.tcp = new tcp({ from, target: this, nodelay: true, onReadable: readable, onWritable: writable, onError: failed });
	}

	/** Of the interface by which the client came in; undefined once it has gone. */
	get localAddress(): string | undefined {
		return this.tcp.localAddress;
	}

	/** Fills `view`, which is at most `unread` long. Throws when what was announced can't be had any more: the client has reset the connection. */
	read(view: Uint8Array): void {
		this.unread -= view.length;
		this.moved += view.length;
		try {
			this.tcp.read(view);
		}
		catch (error) {
			this.lost = true;
			throw error;
		}
	}

	/** Hands over `view`, which is at most `room` long and not empty. Throws when the client is gone. */
	override write(view: Uint8Array): void {
		super.write(view);
		if (this.lost)
			throw new Error("connection lost");
		this.moved += view.length;
	}

	/** Reads up to `scratch.length` bytes and forgets them; returns how many. */
	forget(scratch: Uint8Array): number {
		const count = Math.min(this.unread, scratch.length);
		if (count > 0)
			this.read(count < scratch.length ? scratch.subarray(0, count) : scratch);
		return count;
	}

	close(): void {
		this.unread = 0;
		this.tcp.close();
	}
}

// for all sockets

function readable(this: TCP, count: number): void {
	const socket = this.target as ClientSocket;
	socket.unread = count;
	socket.owner.readable();
}

function writable(this: TCP, count: number): void {
	const socket = this.target as ClientSocket;
	socket.announce(count);
	socket.owner.writable();
}

function failed(this: TCP): void {
	(this.target as ClientSocket).owner.gone();
}

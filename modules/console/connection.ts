/**
 * A console client's connection, as a session sees it: bytes for the camera, bytes from the camera. How they travel is the connection's.
 * Here is the plain kind: raw 8-bit bytes, nothing in-band.
 */
import type { OnDefect } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Time } from "base/time";
import type { Line } from "../uart/line";
import { Outlet } from "./outlet";

/** Bytes of memory that a connection gets for itself. */
export const CONNECTION_MEMORY = 1_344;
/** Bytes of memory that all connections share, for what they make and send in one go. */
export const SCRATCH_MEMORY = 4_096;

export interface Connection {
	/** Input waits for the line: `read` would return some if there were room. */
	readonly waiting: boolean;
	/** The peer has gone; what it sent before is still to be dealt with. */
	readonly ended: boolean;
	/** How many bytes `write` takes now. When that is 0, `Owner.writable` tells of more. */
	readonly writable: number;
	/**
	 * Bytes from the client for the camera, at most `room`, good until the next call; undefined when there are none now. Then
	 * `Owner.readable` tells of more.
	 */
	read(room: number): Uint8Array | undefined;
	/** Sends output to the client: at most `writable` bytes. */
	write(bytes: Uint8Array): void;
	/** Really closes the connection; input not yet read from it is gone. Harmless twice. */
	close(): void;
}

/** Whose connection it is: a session. */
export interface Owner {
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly onDefect: OnDefect;
	/** What the client can do to it besides writing is the connection's. */
	readonly line: Line;
	/** SCRATCH_MEMORY bytes; good during a call. */
	readonly scratch: Uint8Array;
	/** There is input. Called from the event loop. */
	readable(): void;
	/** There is room for output. Called from the event loop. */
	writable(): void;
	/** The client closed the connection, or it failed, and all that it sent before was read. Also called from inside `read`. */
	left(): void;
	/** Bytes went either way. */
	activity(): void;
	/** The client does something to the line: it has it from now on. False when it had it before. */
	takeOver(): boolean;
}

/** `from` as Listener.read returned it; `memory`: CONNECTION_MEMORY bytes. */
export type ConnectionConstructor = new (owner: Owner, from: TCP, memory: Uint8Array) => Connection;

/** Reads only what the camera's line takes, so that TCP's flow control holds the client back. */
export class RawConnection implements Connection {
	readonly owner: Owner;
	readonly outlet: Outlet;
	/** Bytes in the socket. */
	available = 0;
	private readonly tcp: TCP;
	private readonly memory: Uint8Array;

	constructor(owner: Owner, from: TCP, memory: Uint8Array) {
		this.owner = owner;
		this.memory = memory;
		this.tcp = new owner.tcp({ from, nodelay: true, target: this, onReadable: readable, onWritable: writable, onError: failed });
		this.outlet = new Outlet(this.tcp);
	}

	get waiting(): boolean {
		return this.available > 0;
	}

	/** What is left unread is announced before the end. */
	get ended(): boolean {
		return false;
	}

	get writable(): number {
		return this.outlet.room;
	}

	read(room: number): Uint8Array | undefined {
		const count = Math.min(this.available, room, this.memory.length);
		if (count <= 0)
			return undefined;
		const bytes = this.memory.subarray(0, count);
		this.tcp.read(bytes);
		this.available -= count;
		this.owner.activity();
		return bytes;
	}

	write(bytes: Uint8Array): void {
		this.outlet.write(bytes);
		this.owner.activity();
	}

	close(): void {
		this.tcp.close();
	}
}

function readable(this: TCP, count: number): void {
	const { owner } = this.target as RawConnection;
	try {
		(this.target as RawConnection).available = count;
		owner.readable();
	}
	catch (error) {
		owner.onDefect("bridge.readable", error);
	}
}

function writable(this: TCP, count: number): void {
	const { owner, outlet } = this.target as RawConnection;
	try {
		outlet.announce(count);
		owner.writable();
	}
	catch (error) {
		owner.onDefect("bridge.writable", error);
	}
}

function failed(this: TCP): void {
	const { owner } = this.target as RawConnection;
	try {
		owner.left();
	}
	catch (error) {
		owner.onDefect("bridge.error", error);
	}
}

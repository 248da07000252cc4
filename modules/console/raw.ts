/** The plain console protocol: raw 8-bit bytes, nothing in-band. */
import type { TCP } from "base/io";
import { Outlet } from "base/outlet";
import type { ConsoleConnection, ConnectionOwner, Protocol } from "./protocol";

/** Reads only what the camera's line takes, so that TCP's flow control holds the client back. */
class RawConnection implements ConsoleConnection {
	readonly owner: ConnectionOwner;
	readonly outlet: Outlet;
	/** Bytes in the socket. */
	available = 0;
	private readonly tcp: TCP;
	private readonly memory: Uint8Array;

	constructor(owner: ConnectionOwner, from: TCP, memory: Uint8Array) {
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

export const RAW: Protocol = Object.freeze({ connection: RawConnection, memory: 1_024, scratch: 0 });

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

/**
 * A console client's connection, as a session sees it: bytes for the camera, bytes from the camera. How they travel is the connection's.
 * Here is the plain kind: raw 8-bit bytes, nothing in-band.
 */
import { guarded, type Report } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Time } from "base/time";
import { Outlet } from "./outlet";
import type { Line } from "./uart";

export interface Connection {
	/**
	 * Bytes from the client for the camera, at most `room`, good until the next call; undefined when there are none now. Then
	 * `onReadable` tells of more.
	 */
	read(room: number): Uint8Array | undefined;
	/** How many bytes `write` takes now. When that is 0, `onWritable` tells of more. */
	readonly writable: number;
	/** Sends output to the client: at most `writable` bytes. */
	write(bytes: Uint8Array): void;
	/** Really closes the connection; input not yet read from it is gone. Harmless twice. */
	close(): void;
}

export interface ConnectionOptions {
	/** As Listener.read returned it. */
	from: TCP;
	tcp: TCPConstructor;
	/** What the client can do to it besides writing is the connection's. */
	line: Line;
	time: Time;
	/** Scratch space for the client's input. */
	buffer: Uint8Array;
	/** Called from the event loop. */
	onReadable: () => void;
	onWritable: () => void;
	/** The client closed the connection, or it failed, and all that he sent before was read. Also called from inside `read`. */
	onLeft: () => void;
	/** Bytes went either way. */
	onActivity: () => void;
	onFault: Report;
}

export type ConnectionConstructor = new (options: ConnectionOptions) => Connection;

/** Reads only what the camera's line takes, so that TCP's flow control holds the client back. */
export class RawConnection implements Connection {
	#tcp: TCP;
	#outlet: Outlet;
	#buffer: Uint8Array;
	#onActivity: () => void;
	#readable = 0;

	constructor({ from, tcp, buffer, onReadable, onWritable, onLeft, onActivity, onFault }: ConnectionOptions) {
		this.#buffer = buffer;
		this.#onActivity = onActivity;
		this.#tcp = new tcp({
			from,
			nodelay: true,
			onReadable: guarded("bridge.readable", onFault, (count: number) => {
				this.#readable = count;
				onReadable();
			}),
			onWritable: guarded("bridge.writable", onFault, (count: number) => {
				this.#outlet.announce(count);
				onWritable();
			}),
			onError: guarded("bridge.error", onFault, onLeft)
		});
		this.#outlet = new Outlet(this.#tcp);
	}

	get writable(): number {
		return this.#outlet.room;
	}

	read(room: number): Uint8Array | undefined {
		const count = Math.min(this.#readable, room, this.#buffer.length);
		if (count <= 0)
			return undefined;
		const bytes = this.#buffer.subarray(0, count);
		this.#tcp.read(bytes);
		this.#readable -= count;
		this.#onActivity();
		return bytes;
	}

	write(bytes: Uint8Array): void {
		this.#outlet.write(bytes);
		this.#onActivity();
	}

	close(): void {
		this.#tcp.close();
	}
}

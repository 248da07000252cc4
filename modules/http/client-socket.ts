/**
 * A client's socket with what is known about it: how much it has, how much it takes, how much it moved.
 * What it is not for: what the bytes mean (input.ts, output.ts).
 * Danger: the socket announces only new data, so whoever stops reading must come back for the rest by himself.
 */
import type { TCP } from "base/io";

/** A new connection takes at least so much before its first onWritable: one small segment. */
export const firstRoom = 512;

export class ClientSocket {
	/** Bytes waiting in the socket. */
	unread = 0;
	/** Bytes the socket takes now. */
	room = firstRoom;
	/** Bytes read and written since start. */
	moved = 0;
	/** The client has gone, which nobody may have been told yet. */
	lost = false;
	private tcp: TCP;

	constructor(tcp: TCP) {
		this.tcp = tcp;
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
	write(view: Uint8Array): void {
		let room: number | undefined;
		try {
			room = this.tcp.write(view);
		}
		catch {
			// the same to us
		}
		if (room === undefined) {
			this.lost = true;
			throw new Error("connection lost");
		}
		this.moved += view.length;
		this.room = room;
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

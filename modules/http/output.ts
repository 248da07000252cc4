/**
 * Bytes on their way to a client, as many as the socket takes at a time: a head, then content, both unlimited in size and neither
 * copied. What it is not for: what the bytes mean (response.ts).
 */
import type { TCP } from "base/io";
import type { Content } from "store/content";

/** A new connection takes at least so much before its first onWritable: one small segment. */
const firstRoom = 512;

export class Output {
	/** The client has gone, which the connection may not have been told yet. */
	lost = false;
	#tcp: TCP;
	/** Bytes the socket takes now. */
	#room = firstRoom;
	#head: Uint8Array | undefined;
	#content: Content | undefined;
	#offset = 0;
	#sent = 0;

	constructor(tcp: TCP) {
		this.#tcp = tcp;
	}

	/** The socket takes `count` bytes. */
	announce(count: number): void {
		this.#room = count;
	}

	/** Bytes handed to the socket since start. */
	get sent(): number {
		return this.#sent;
	}

	/** Queues `head`, behind a head that isn't sent yet, and then `content`. The content before must have been sent. */
	begin(head: Uint8Array, content: Content | undefined): void {
		if (this.#head) {
			const both = new Uint8Array(this.#head.length + head.length);
			both.set(this.#head);
			both.set(head, this.#head.length);
			head = both;
		}
		this.#head = head;
		this.#content = content;
		this.#offset = 0;
	}

	/** Writes what fits; true when all is written. Throws when the socket is gone or the content ends before its size. */
	write(): boolean {
		if (this.#head) {
			const head = this.#head;
			const count = Math.min(head.length, this.#room);
			if (count > 0)
				this.#put(count === head.length ? head : head.subarray(0, count));
			this.#head = count < head.length ? head.subarray(count) : undefined;
			if (this.#head)
				return false;
		}
		const content = this.#content;
		if (!content)
			return true;
		while (this.#offset < content.size) {
			if (this.#room <= 0)
				return false;
			const view = content.span(this.#offset, Math.min(this.#room, content.size - this.#offset));
			if (view.length === 0)
				throw new Error("content ended before its size");
			this.#put(view);
			this.#offset += view.length;
		}
		this.#content = undefined;
		return true;
	}

	#put(view: Uint8Array): void {
		let room: number | undefined;
		try {
			room = this.#tcp.write(view);
		}
		catch {
			// the same to us
		}
		if (room === undefined) {
			this.lost = true;
			throw new Error("connection lost");
		}
		this.#sent += view.length;
		this.#room = room;
	}
}

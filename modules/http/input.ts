/**
 * What came from a client and was not used yet: first the bytes in a small buffer, then those still in the socket.
 *
 * Lines (heads, chunk sizes) are read through the buffer; body bytes go from the socket straight into their place, except the
 * few that came into the buffer behind a line. What it is not for: meaning; that is head.ts's and body.ts's.
 * Danger: the socket announces only new data, so whoever stops reading must come back for the rest by himself.
 */
import { Fault } from "base/fault";
import type { TCP } from "base/io";
import type { BufferPool } from "./buffers";

const lf = 10;
const cr = 13;

export class Input {
	#tcp: TCP;
	#pool: BufferPool;
	#buffer: Uint8Array | undefined;
	/** The bytes not used yet are buffer[start..end). */
	#start = 0;
	#end = 0;
	/** Where the line being looked at begins, and where to look on for its end. */
	#line = 0;
	#scan = 0;
	/** Bytes waiting in the socket. */
	#unread = 0;
	#lost = false;

	constructor(tcp: TCP, pool: BufferPool) {
		this.#tcp = tcp;
		this.#pool = pool;
	}

	/** The socket has `count` bytes. */
	announce(count: number): void {
		this.#unread = count;
	}

	/** Bytes that can be read without waiting. */
	get available(): number {
		return this.#end - this.#start + this.#unread;
	}

	/** Bytes that one `read` can give. */
	get ready(): number {
		return this.#end > this.#start ? this.#end - this.#start : this.#unread;
	}

	/** Fills `view`, which is at most `ready` long. Throws when the socket is gone. */
	read(view: Uint8Array): void {
		const buffered = this.#end - this.#start;
		if (buffered > 0) {
			view.set(this.#buffer!.subarray(this.#start, this.#start + view.length));
			this.#start += view.length;
			this.#mark();
			return;
		}
		this.#receive(view);
	}

	/** Whether reading from the socket has failed. */
	get lost(): boolean {
		return this.#lost;
	}

	/**
	 * Skips empty lines in front of a request (RFC 9112 2.2), at most `limit` bytes of them; returns how many bytes.
	 */
	skipEmptyLines(limit: number): number {
		let skipped = 0;
		while (skipped < limit && (this.#end > this.#start || this.#fill(this.#pool.size))) {
			const byte = this.#buffer![this.#start];
			if (byte !== cr && byte !== lf)
				break;
			this.#start++;
			skipped++;
		}
		this.#mark();
		return skipped;
	}

	/**
	 * All lines up to an empty one, which is not part of the result but is used up. Undefined when the end has not come yet.
	 * Throws Fault bad_request for a line that doesn't end in CRLF or has other bytes than ASCII, headers_too_large or
	 * target_too_long when the buffer is too small.
	 */
	head(): string | undefined {
		for (;;) {
			const end = this.#findLine();
			if (end < 0) {
				if (this.#fill(this.#pool.size))
					continue;
				if (this.#end - this.#start < this.#pool.size)
					return undefined;
				const first = this.#line === this.#start;
				throw new Fault(first ? "target_too_long" : "headers_too_large", "the head of a request has " + this.#pool.size + " bytes at most", { limit: this.#pool.size });
			}
			const empty = end - this.#line === 1;
			this.#line = this.#scan = end + 1;
			if (empty)
				return this.#take(end + 1, 4);
		}
	}

	/**
	 * One line without its end; undefined when it has not come yet. Reads at most `ahead` bytes beyond need, so that body
	 * bytes that follow are not copied. Throws Fault bad_request for a line that is longer than `limit` or malformed.
	 */
	line(limit: number, ahead: number): string | undefined {
		for (;;) {
			const end = this.#findLine();
			if ((end < 0 ? this.#end : end + 1) - this.#start > limit)
				throw new Fault("bad_request", "a line of a chunked body is too long", { limit });
			if (end >= 0)
				return this.#take(end + 1, 2);
			if (!this.#fill(ahead))
				return undefined;
		}
	}

	/** Gives the buffer back when there is nothing in it. */
	release(): void {
		if (this.#buffer && this.#start === this.#end) {
			this.#pool.give(this.#buffer);
			this.#buffer = undefined;
			this.#start = this.#end = this.#line = this.#scan = 0;
		}
	}

	/** Forgets everything: the connection is gone. */
	close(): void {
		this.#start = this.#end = this.#unread = 0;
		this.release();
	}

	/** The index of the LF that ends the line at #line; -1 when it has not come. */
	#findLine(): number {
		if (this.#scan === this.#end)
			return -1;
		const buffer = this.#buffer!;
		const found = buffer.subarray(this.#scan, this.#end).indexOf(lf);
		if (found < 0) {
			this.#scan = this.#end;
			return -1;
		}
		const end = this.#scan + found;
		if (end === this.#line || buffer[end - 1] !== cr)
			throw new Fault("bad_request", "a line ends in LF without CR");
		return end;
	}

	/** The text up to `end` without its last `drop` bytes; uses it up. */
	#take(end: number, drop: number): string {
		const length = Math.max(0, end - this.#start - drop);
		const text = length === 0 ? "" : asciiText(this.#buffer!, this.#start, this.#start + length);
		this.#start = end;
		this.#mark();
		return text;
	}

	#mark(): void {
		this.#line = this.#scan = this.#start;
	}

	/** Reads up to `limit` bytes from the socket into the buffer. False when there are none or there is no room. */
	#fill(limit: number): boolean {
		if (this.#unread === 0)
			return false;
		const buffer = this.#buffer ??= this.#pool.take();
		if (this.#start > 0 && (this.#start === this.#end || this.#end === buffer.length)) {
			buffer.copyWithin(0, this.#start, this.#end);
			this.#end -= this.#start;
			this.#line -= this.#start;
			this.#scan -= this.#start;
			this.#start = 0;
		}
		const count = Math.min(limit, this.#unread, buffer.length - this.#end);
		if (count === 0)
			return false;
		this.#receive(buffer.subarray(this.#end, this.#end + count));
		this.#end += count;
		return true;
	}

	/** Throws when what was announced can't be had any more: the client has reset the connection. */
	#receive(view: Uint8Array): void {
		this.#unread -= view.length;
		try {
			this.#tcp.read(view);
		}
		catch (error) {
			this.#lost = true;
			throw error;
		}
	}
}

/**
 * The ASCII text in bytes[start..end). Anything else throws Fault bad_request: XS ends a string at a NUL and accepts overlong
 * UTF-8, both of which shorten it.
 */
function asciiText(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	try {
		text = String.fromArrayBuffer((bytes.buffer as ArrayBuffer).slice(bytes.byteOffset + start, bytes.byteOffset + end));
	}
	catch {
		// malformed UTF-8: the length check answers it
	}
	if (text.length !== end - start)
		throw new Fault("bad_request", "a head has other bytes than ASCII");
	return text;
}

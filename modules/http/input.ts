/**
 * What came from a client and was not used yet: first the bytes in its block, then those still in the socket.
 *
 * Lines (heads, chunk sizes) are read through the block; body bytes go from the socket straight into their place, except the
 * few that came into the block behind a line. What it is not for: meaning; that is head.ts's and body.ts's.
 */
import { Refusal } from "base/refusal";
import type { Blocks } from "./buffers";
import type { ClientSocket } from "./client-socket";
import type { HTTPCode } from "./codes";

const lf = 10;
const cr = 13;

export class Input {
	private socket: ClientSocket;
	private block: Uint8Array;
	/** Bytes of the block that are for input. */
	private size: number;
	/** Behind the head of the present request, which must stay. */
	private base = 0;
	/** The bytes not used yet are block[start..end). */
	private start = 0;
	private end = 0;
	/** Where the line being looked at begins, and where to look on for its end. */
	private lineStart = 0;
	private scan = 0;

	constructor(socket: ClientSocket, blocks: Blocks, block: Uint8Array) {
		this.socket = socket;
		this.block = block;
		this.size = blocks.output;
	}

	/** Bytes that can be read without waiting. */
	get available(): number {
		return this.end - this.start + this.socket.unread;
	}

	/** Bytes that one `read` can give. */
	get ready(): number {
		return this.end > this.start ? this.end - this.start : this.socket.unread;
	}

	/** Whether the block holds nothing that was not used. */
	get empty(): boolean {
		return this.start === this.end;
	}

	/** Fills `view`, which is at most `ready` long. Throws when the socket is gone. */
	read(view: Uint8Array): void {
		if (this.start === this.end) {
			this.socket.read(view);
			return;
		}
		view.set(this.block.subarray(this.start, this.start + view.length));
		this.use(this.start + view.length);
	}

	/** Forgets the head of the request before, and skips empty lines (RFC 9112 2.2), at most `limit` bytes of them; returns how many bytes. */
	skipEmptyLines(limit: number): number {
		let skipped = 0;
		this.base = 0;
		while (skipped < limit && (this.end > this.start || this.fill(this.size))) {
			const byte = this.block[this.start];
			if (byte !== cr && byte !== lf)
				break;
			this.start++;
			skipped++;
		}
		this.use(this.start);
		return skipped;
	}

	/**
	 * Reads all lines up to an empty one: they lie at the beginning of the block then, and stay there until `skipEmptyLines`. Returns
	 * their bytes without the empty line; undefined when the end has not come yet. Throws Refusal bad_request for a line that
	 * doesn't end in CRLF, headers_too_large or target_too_long when there are more than `limit` bytes.
	 */
	head(limit: number): number | undefined {
		if (this.start > 0)
			this.move(0);
		for (;;) {
			const end = this.findLine();
			if ((end < 0 ? this.end : end + 1) > limit || (end < 0 && this.end === limit)) {
				const first = this.lineStart === 0;
				throw new Refusal<HTTPCode>(first ? "target_too_long" : "headers_too_large", "the head of a request has " + limit + " bytes at most", { limit });
			}
			if (end >= 0) {
				const empty = end - this.lineStart === 1;
				this.lineStart = this.scan = end + 1;
				if (empty) {
					this.base = end + 1;
					this.use(this.base);
					return Math.max(0, this.base - 4);
				}
			}
			else if (!this.fill(limit - this.end)) {
				return undefined;
			}
		}
	}

	/**
	 * One line without its end; undefined when it has not come yet. Reads at most `ahead` bytes beyond need, so that body
	 * bytes that follow are not copied. Throws Refusal bad_request for a line that is longer than `limit` or malformed.
	 */
	line(limit: number, ahead: number): string | undefined {
		for (;;) {
			const end = this.findLine();
			if ((end < 0 ? this.end : end + 1) - this.start > limit)
				throw new Refusal<HTTPCode>("bad_request", "a line of a chunked body is too long", { limit });
			if (end >= 0) {
				const text = asciiText(this.block, this.start, end - 1);
				this.use(end + 1);
				return text;
			}
			if (!this.fill(ahead))
				return undefined;
		}
	}

	/** The index of the LF that ends the line; -1 when it has not come. */
	private findLine(): number {
		if (this.scan === this.end)
			return -1;
		const found = this.block.subarray(this.scan, this.end).indexOf(lf);
		if (found < 0) {
			this.scan = this.end;
			return -1;
		}
		const end = this.scan + found;
		if (end === this.lineStart || this.block[end - 1] !== cr)
			throw new Refusal<HTTPCode>("bad_request", "a line ends in LF without CR");
		return end;
	}

	/** What lies before `start` is used. */
	private use(start: number): void {
		this.start = this.lineStart = this.scan = start;
	}

	/** Moves what was not used to `to`. */
	private move(to: number): void {
		const by = this.start - to;
		this.block.copyWithin(to, this.start, this.end);
		this.start -= by;
		this.end -= by;
		this.lineStart -= by;
		this.scan -= by;
	}

	/** Reads up to `limit` bytes from the socket into the block. False when there are none or there is no room. */
	private fill(limit: number): boolean {
		if (this.start > this.base && (this.start === this.end || this.end === this.size))
			this.move(this.base);
		const count = Math.min(limit, this.socket.unread, this.size - this.end);
		if (count <= 0)
			return false;
		this.socket.read(this.block.subarray(this.end, this.end + count));
		this.end += count;
		return true;
	}
}

/**
 * The ASCII text in bytes[start..end). Anything else throws Refusal bad_request: XS ends a string at a NUL and accepts overlong
 * UTF-8, both of which shorten it.
 */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
	if (end <= start)
		return "";
	let text = "";
	try {
		text = String.fromArrayBuffer(bytes.slice(start, end).buffer);
	}
	catch {
		// malformed UTF-8: the length check answers it
	}
	if (text.length !== end - start)
		throw new Refusal<HTTPCode>("bad_request", "a head has other bytes than ASCII");
	return text;
}

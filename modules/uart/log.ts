/**
 * What the camera said: a ring of bytes with absolute offsets (the number of bytes received before), so that every reader can
 * tell what it has missed.
 *
 * The driver's bytes are read straight into the ring, and every consumer gets views of it. A view is good until more bytes
 * arrive: use it in the same turn or copy it.
 */
import { Refusal } from "base/refusal";
import type { UARTCode } from "./codes";

export interface LogOptions {
	/** Bytes the ring holds; 65,536 by default. */
	size?: number;
	/** Gives the ring's memory. By default a SharedArrayBuffer, which lies in PSRAM on the pod and never moves. */
	allocate?: (bytes: number) => Uint8Array;
}

export class Log {
	/** Bytes that readers lost because they fell a whole ring behind. */
	dropped = 0;
	readonly size: number;
	/** Offset of the next byte to come: all bytes received so far. */
	end = 0;
	private readonly bytes: Uint8Array;

	constructor({ size = 65_536, allocate = sharedMemory }: LogOptions = {}) {
		this.size = size;
		this.bytes = allocate(size);
	}

	/** Offset of the oldest byte the ring still has. */
	get start(): number {
		return Math.max(0, this.end - this.size);
	}

	/** Where the driver may put the next bytes; `advance` then says how many came. Overwrites the oldest ones. */
	space(): Uint8Array {
		return this.bytes.subarray(this.end % this.size);
	}

	/** `count` bytes were put into the view that `space` returned. */
	advance(count: number): void {
		this.end += count;
	}

	/** The longest contiguous view from the absolute `offset` on, at most `limit` bytes; empty at the end. Throws Refusal `log_overwritten`. */
	span(offset: number, limit: number): Uint8Array {
		if (offset < this.start)
			throw new Refusal<UARTCode>("log_overwritten", "these bytes of the log were overwritten", { offset, start: this.start });
		const at = offset % this.size;
		return this.bytes.subarray(at, at + Math.min(limit, this.end - offset, this.size - at));
	}

	/** The absolute offset of the first occurrence of `pattern` (byte values, at least one) at or after `from`; -1 when there is none. */
	indexOf(pattern: readonly number[], from: number): number {
		const last = this.end - pattern.length;
		for (let offset = Math.max(from, this.start); offset <= last;) {
			const span = this.span(offset, last + 1 - offset);
			const found = span.indexOf(pattern[0]!);
			if (found < 0) {
				offset += span.length;
				continue;
			}
			offset += found;
			if (this.matches(pattern, offset))
				return offset;
			offset++;
		}
		return -1;
	}

	/** Is `pattern` (byte values) the last thing that came? */
	endsWith(pattern: readonly number[]): boolean {
		const offset = this.end - pattern.length;
		return offset >= this.start && this.matches(pattern, offset);
	}

	/**
	 * What is left of the output from the absolute offset `since` on (undefined: the oldest byte), at most `limit` bytes.
	 * Throws Refusal `bad_since` when `since` is no offset that existed; after a restart of the pod offsets begin at 0 again.
	 */
	read(since: number = this.start, limit: number = this.size): Excerpt {
		if (!Number.isInteger(since) || since < 0 || since > this.end)
			throw new Refusal<UARTCode>("bad_since", "since must be an offset between 0 and the end of the log", { field: "since", start: this.start, end: this.end });
		const from = Math.max(since, this.start);
		const size = Math.min(Math.max(0, limit), this.end - from);
		return new Excerpt(this, from, size, from - since);
	}

	private matches(pattern: readonly number[], offset: number): boolean {
		for (let i = 0; i < pattern.length; i++) {
			if (this.bytes[(offset + i) % this.size] !== pattern[i])
				return false;
		}
		return true;
	}
}

/** A part of the log as an HTTP body. */
export class Excerpt {
	/** Absolute offset of the first byte. */
	readonly from: number;
	readonly size: number;
	/** Bytes between the offset asked for and `from`, which the ring no longer has. */
	readonly lost: number;
	private readonly log: Log;

	constructor(log: Log, from: number, size: number, lost: number) {
		this.log = log;
		this.from = from;
		this.size = size;
		this.lost = lost;
	}

	/** Absolute offset of the first byte behind it. */
	get end(): number {
		return this.from + this.size;
	}

	/**
	 * The longest contiguous view from `offset` (0 is `from`) on, at most `limit` bytes; empty at the end. Throws Refusal
	 * `log_overwritten` when newer output has replaced these bytes since.
	 */
	span(offset: number, limit: number): Uint8Array {
		return this.log.span(this.from + offset, Math.min(limit, this.size - offset));
	}
}

/** One consumer's place in the log. It starts at the end: nobody gets bytes from before its time. */
export class LogReader {
	/** Bytes this reader lost by falling a whole ring behind. */
	lost = 0;
	private readonly log: Log;
	private at: number;

	constructor(log: Log) {
		this.log = log;
		this.at = log.end;
	}

	/** Absolute offset of the next byte this reader gets. */
	get position(): number {
		const { start } = this.log;
		if (this.at < start) {
			this.lost += start - this.at;
			this.log.dropped += start - this.at;
			this.at = start;
		}
		return this.at;
	}

	/** Bytes waiting for this reader. */
	get waiting(): number {
		return this.log.end - this.position;
	}

	/** A view of what is waiting, contiguous, at most `limit` bytes; empty when nothing is. `skip` then says how many were used. */
	span(limit: number): Uint8Array {
		return this.log.span(this.position, limit);
	}

	skip(count: number): void {
		this.at += count;
	}

	/** Passes over everything that is waiting. */
	toEnd(): void {
		this.at = this.log.end;
	}
}

function sharedMemory(bytes: number): Uint8Array {
	return new Uint8Array(new SharedArrayBuffer(bytes));
}

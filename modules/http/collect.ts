/**
 * A small body as a whole, for requests like `{"rate":921600}`. Not for files: it lies in the heap.
 */
import { Fault } from "base/fault";
import type { BodySink } from "./body";

/** First buffer for a body of unknown length. */
const firstSize = 256;

export class Collector implements BodySink {
	#limit: number;
	#bytes: Uint8Array;
	#count = 0;
	#callback: (body: Uint8Array) => void;

	/** Throws Fault body_too_large {limit, length} when `length` (undefined: unknown) is beyond `limit`. */
	constructor(length: number | undefined, limit: number, callback: (body: Uint8Array) => void) {
		if (length !== undefined && length > limit)
			throw tooLarge(limit, length);
		this.#limit = limit;
		this.#bytes = new Uint8Array(length ?? Math.min(limit, firstSize));
		this.#callback = callback;
	}

	space(): Uint8Array {
		if (this.#count === this.#limit)
			throw tooLarge(this.#limit, undefined);
		if (this.#count === this.#bytes.length) {
			const bytes = new Uint8Array(Math.min(this.#limit, this.#count * 2));
			bytes.set(this.#bytes);
			this.#bytes = bytes;
		}
		return this.#bytes.subarray(this.#count);
	}

	advance(count: number): void {
		this.#count += count;
	}

	done(): void {
		this.#callback(this.#count === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#count));
	}

	aborted(): void {
		this.#bytes = new Uint8Array(0);
	}
}

function tooLarge(limit: number, length: number | undefined): Fault {
	return new Fault("body_too_large", "the body has " + limit + " bytes at most", length === undefined ? { limit } : { limit, length });
}

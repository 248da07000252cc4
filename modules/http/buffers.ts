/**
 * The buffers in which connections read request heads. A connection has one only while it needs it, so an idle connection costs
 * no buffer; a few are kept so that requests in a row allocate nothing.
 */

/** Spare buffers that are kept. */
const keep = 2;

export class BufferPool {
	/** Bytes of each buffer. */
	readonly size: number;
	#spare: Uint8Array[] = [];

	constructor(size: number) {
		this.size = size;
	}

	take(): Uint8Array {
		return this.#spare.pop() ?? new Uint8Array(this.size);
	}

	/** Takes a buffer back. The caller must not have it twice. */
	give(buffer: Uint8Array): void {
		if (this.#spare.length < keep)
			this.#spare.push(buffer);
	}
}

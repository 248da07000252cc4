/**
 * Work on many bytes, in C: XS has no JIT, and a loop over a firmware image in JavaScript takes minutes on the chip.
 * Not for: anything that looks at fewer than a few dozen bytes.
 */
export class Bytes {
	/**
	 * CRC-32 (IEEE 802.3, as zlib, U-Boot's `crc32` command and `POST /tftp` use it) of `bytes`, continuing from `crc`, the
	 * result for what came before (0 at the start). Returns an unsigned 32-bit integer.
	 */
	static crc32(bytes: Uint8Array, crc: number): number { return native("xs_bytes_crc32").call(this, bytes, crc); }

	/**
	 * Overwrites with `replacement` every run of at least `minimum` consecutive bytes equal to `value`, in place.
	 * Returns the number of runs overwritten.
	 */
	static replaceRuns(bytes: Uint8Array, value: number, minimum: number, replacement: number): number { return native("xs_bytes_replaceRuns").call(this, bytes, value, minimum, replacement); }

	/** How many bytes at the start of `bytes` are equal to `value`. */
	static run(bytes: Uint8Array, value: number): number { return native("xs_bytes_run").call(this, bytes, value); }

	/**
	 * Copies `count` bytes of `from`, from `start` on, to `to`, from `at` on: what `set` does with a view, without making one.
	 * The two may overlap. Throws a RangeError, and copies nothing, where either has not so many bytes.
	 */
	static copy(to: Uint8Array, at: number, from: ArrayBufferLike, start: number, count: number): void { native("xs_bytes_copy").call(this, to, at, from, start, count); }
}

/**
 * Flash memory as the modules see it: types only. On the device a partition of the chip's own flash (modules/esp32/flash), in tests
 * a simulated NOR chip whose power can be cut at every operation.
 *
 * NOR rules: erasing sets every bit of a block, writing only clears bits, both are slow (about 45 ms and 10 ms a block on the
 * device, during which no JavaScript runs), and a power cut leaves the block under work in any state.
 */
export interface Flash {
	/** Bytes. */
	readonly size: number;
	/** Bytes of an erase block; `size` is a multiple of it. */
	readonly blockLength: number;
	/** Fills `view` with what is at `offset`. Throws when it can't. */
	read(view: Uint8Array, offset: number): void;
	/** Writes all of `bytes` at `offset`, into erased bytes. Throws when it can't. */
	write(bytes: Uint8Array, offset: number): void;
	/** Erases block number `index`. Throws when it can't. */
	eraseBlock(index: number): void;
}

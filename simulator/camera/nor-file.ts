/**
 * Keeps a NOR's cells in a file, as the real ones keep theirs without supply. A new file gets what is in the cells: a new chip is blank.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from "node:fs";

export class NorFile {
	#file: number;
	#cells: Uint8Array;

	/** Fills `cells` from `path`; behind the end of a shorter file they stay as they are, a longer one is refused. */
	constructor(path: string, cells: Uint8Array) {
		this.#cells = cells;
		this.#file = openSync(path, existsSync(path) ? "r+" : "w+");
		const size = fstatSync(this.#file).size;
		if (size > cells.length) {
			closeSync(this.#file);
			throw new RangeError(`${path} has ${size} bytes, more than the flash's ${cells.length}`);
		}
		for (let offset = 0; offset < size;)
			offset += readSync(this.#file, cells, offset, size - offset, offset);
		this.store(size, cells.length - size);
	}

	/** Writes the cells from `offset` on to the file. */
	store(offset: number, length: number): void {
		for (let done = 0; done < length;)
			done += writeSync(this.#file, this.#cells, offset + done, length - done, offset + done);
	}

	close(): void {
		closeSync(this.#file);
	}
}

/** The progress marks of U-Boot's TFTP clients: the text between "Loading: " and "done". */

/** Which client: that of hi3516cv300; OpenIPC's of hi3516ev200/300 and gk7205v200; U-Boot's own of 2023 and later. */
export type TFTPVersion = "2010.06" | "2016.11" | "upstream";

const HASHES_PER_LINE = 65;

/** 2010.06 prints a mark for each so many bytes, and a line for each MiB, when it does not know the size. */
const OLD_MARK = 32768;
const MIB = 1048576;

/** 2010.06 prints so many marks for the whole file when it knows the size. */
const OLD_MARKS = 49;

export class TFTPMarks {
	/** The file's size from the OACK, 0 when unknown. 2010.06 only. */
	total = 0;
	#version: TFTPVersion;
	#print: (text: string) => void;
	#printed = 0;
	#wrapped = 0;

	constructor(version: TFTPVersion, print: (text: string) => void) {
		this.#version = version;
		this.#print = print;
	}

	/** DATA (or an upload's ACK) number `block` came, whether new or not; `size` bytes were there before it. */
	block(block: number, blockSize: number, size: number): void {
		if (this.#version !== "2010.06") {
			if ((block - 1) % 10 === 0)
				this.#print("#");
			else if (block % (10 * HASHES_PER_LINE) === 0)
				this.#print("\n\t ");
		}
		else if (this.total)
			this.#upTo(Math.floor(size * 50 / this.total));
		else if (block === 1 && !this.#wrapped)
			this.#print("#\t[ Connected ]\n");
		else if (block > 0) {
			const bytes = block * blockSize + this.#wrapped;
			if (Math.floor(bytes / OLD_MARK) !== Math.floor((bytes - blockSize) / OLD_MARK))
				this.#print("#");
			if (Math.floor(bytes / MIB) !== Math.floor((bytes - blockSize) / MIB))
				this.#print(`\t[${megabytes(bytes)} MB]\n`);
		}
	}

	/** Block 0 came, which counts as going over from 65535; `offset` bytes lie before it now. `again`: it is the second one in a row. */
	wrapped(offset: number, again: boolean): void {
		this.#wrapped = offset;
		if (this.#version === "2010.06" && !this.total)
			this.#print(again ? `\t[${megabytes(offset)} MB] [BlockCounter Reset]\n` : "#");
	}

	/** The last block is there. */
	complete(): void {
		if (this.total)
			this.#upTo(OLD_MARKS);
	}

	#upTo(marks: number): void {
		if (marks > this.#printed) {
			this.#print("#".repeat(Math.min(marks, 50) - this.#printed));
			this.#printed = marks;
		}
	}
}

function megabytes(bytes: number): string {
	return `${String(Math.floor(bytes / MIB)).padStart(2)}.000`;
}

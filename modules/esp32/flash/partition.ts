/**
 * A partition of the chip's flash, by the SDK's flash class. Only for data partitions and the idle firmware slot: the SDK
 * refuses to write to the running one.
 */
import flash from "embedded:storage/flash";
import type { Flash } from "base/flash";

export class Partition implements Flash {
	readonly size: number;
	readonly blockLength: number;
	private flash: ReturnType<typeof flash.open>;

	/** `label`: a name from partitions.csv, or "nextota", the firmware slot that isn't running. Throws when there is none. */
	constructor(label: string) {
		this.flash = flash.open({ path: label, mode: "r+" });
		const { size, blockLength } = this.flash.status();
		this.size = size;
		this.blockLength = blockLength;
	}

	read(view: Uint8Array, offset: number): void {
		this.flash.read(view, offset);
	}

	write(bytes: Uint8Array, offset: number): void {
		this.flash.write(bytes, offset);
	}

	eraseBlock(index: number): void {
		this.flash.eraseBlock(index, index + 1);
	}
}

/**
 * Planned memory: the buffers of log, connections and transfers, cut once from one block of the board's big memory. A block of its own for
 * each would come from the chip's internal memory, of which the networks leave little, or cost 128 KiB (board.ts says why).
 */
export class Arena {
	private readonly block: Uint8Array;
	private used = 0;

	constructor(bytes: number, allocate: (bytes: number) => Uint8Array) {
		this.block = allocate(bytes);
	}

	/** `bytes` of it, for good. Throws RangeError when the plan has no such room: a defect of the plan (budget.ts). */
	take(bytes: number): Uint8Array {
		const start = this.used;
		this.used += (bytes + 7) & ~7;
		if (this.used > this.block.length)
			throw new RangeError(`${bytes} bytes are not in the plan, of which ${this.block.length - start} are left`);
		return this.block.subarray(start, start + bytes);
	}

	/** Bytes that nobody has taken. */
	get left(): number {
		return this.block.length - this.used;
	}
}

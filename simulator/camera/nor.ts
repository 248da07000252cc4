/**
 * The NOR flash W25Q128 (or a sibling of another size): reading, erasing by 4, 32 or 64 KiB, programming pages of 256 bytes,
 * which can only clear bits. An operation takes its datasheet's typical time between `erase`/`program` and `finish`;
 * when the supply goes in between, what it was doing is left half done, as on the real chip.
 *
 * Knows nothing of commands on the SPI bus and of status registers.
 */
import type { Time } from "../../modules/base/time.ts";
import type { Random } from "../random.ts";

export const PAGE = 256;

/** Winbond W25Q128JV, AC characteristics, typical. Milliseconds for each size that can be erased at once. */
const ERASE_TIMES: Readonly<Record<number, number>> = Object.freeze({ 4096: 45, 32768: 120, 65536: 150 });

/** Milliseconds for a page: 0.4 typical, most are below 0.7. */
const PAGE_TIME = [0.4, 0.7] as const;

interface Operation {
	kind: "erase" | "program";
	offset: number;
	/** Bytes erased or programmed together; the first piece may be shorter. */
	piece: number;
	length: number;
	bytes?: Uint8Array;
	start: number;
	duration: number;
}

export interface NorOptions {
	size: number;
	time: Time;
	random: Random;
	/** Told which bytes changed, so that they can be kept. */
	store?: (offset: number, length: number) => void;
}

export class Nor {
	readonly size: number;
	/** The cells. Tests and persistence may look at and prepare them; the camera's programs use the methods. */
	readonly cells: Uint8Array;
	/** Protected: it takes its time and changes nothing. The supply doesn't matter. */
	locked = false;
	#options: NorOptions;
	#operation: Operation | undefined;

	constructor(options: NorOptions) {
		this.#options = options;
		this.size = options.size;
		this.cells = new Uint8Array(options.size).fill(0xff);
	}

	get busy(): boolean {
		return this.#operation !== undefined;
	}

	/** A view of the cells. Not while busy: the chip ignores a read then. */
	read(offset: number, length: number): Uint8Array {
		this.#idle(offset, length);
		return this.cells.subarray(offset, offset + length);
	}

	/** Begins to erase `length` bytes (a multiple of `unit`, which the chip can erase at once). Returns the milliseconds it takes. */
	erase(offset: number, length: number, unit: number): number {
		const time = ERASE_TIMES[unit];
		if (time === undefined || offset % unit || length % unit)
			throw new RangeError(`erase of ${length} at ${offset} in units of ${unit}`);
		return this.#begin({ kind: "erase", offset, piece: unit, length }, time * length / unit);
	}

	/** Begins to program `bytes`, page by page. Returns the milliseconds it takes. */
	program(offset: number, bytes: Uint8Array): number {
		const pages = Math.ceil((offset % PAGE + bytes.length) / PAGE);
		let duration = 0;
		for (let page = 0; page < pages; page++)
			duration += PAGE_TIME[0] + this.#options.random() * (PAGE_TIME[1] - PAGE_TIME[0]);
		return this.#begin({ kind: "program", offset, piece: PAGE, length: bytes.length, bytes: bytes.slice() }, duration);
	}

	/** The time is up: the operation is done. */
	finish(): void {
		const operation = this.#operation;
		if (!operation)
			return;
		this.#operation = undefined;
		for (const [start, end] of pieces(operation))
			this.#change(operation, start, end, 1);
		this.#options.store?.(operation.offset, operation.length);
	}

	/** The supply is gone. What is half done stays so: some cells have changed, some have not. */
	powerOff(): void {
		const operation = this.#operation;
		if (!operation)
			return;
		this.#operation = undefined;
		const all = [...pieces(operation)];
		const progress = Math.min(1, (this.#options.time.now() - operation.start) / operation.duration) * all.length;
		all.forEach(([start, end], index) => this.#change(operation, start, end, Math.max(0, Math.min(1, progress - index))));
		this.#options.store?.(operation.offset, operation.length);
	}

	#idle(offset: number, length: number): void {
		if (this.#operation)
			throw new Error("the flash is busy");
		if (offset < 0 || length < 0 || offset + length > this.size)
			throw new RangeError(`${length} bytes at ${offset} of a flash of ${this.size}`);
	}

	#begin(operation: Omit<Operation, "start" | "duration">, duration: number): number {
		this.#idle(operation.offset, operation.length);
		this.#operation = { ...operation, start: this.#options.time.now(), duration };
		return duration;
	}

	/** Does the operation to the cells from `start` to `end`, each of its bits with the probability `part`. */
	#change({ kind, offset, bytes }: Operation, start: number, end: number, part: number): void {
		if (part === 0 || this.locked)
			return;
		if (kind === "erase" && part === 1) {
			this.cells.fill(0xff, start, end);
			return;
		}
		for (let index = start; index < end; index++) {
			const changing = part === 1 ? 0xff : this.#bits(part);
			this.cells[index] = kind === "erase" ? this.cells[index]! | changing : this.cells[index]! & (bytes![index - offset]! | ~changing);
		}
	}

	/** A byte of which each bit is set with the probability `part`. */
	#bits(part: number): number {
		let bits = 0;
		for (let bit = 0; bit < 8; bit++)
			bits |= this.#options.random() < part ? 1 << bit : 0;
		return bits;
	}
}

function* pieces({ offset, length, piece }: Operation): Generator<[start: number, end: number]> {
	for (let start = offset; start < offset + length;) {
		const end = Math.min(offset + length, start - start % piece + piece);
		yield [start, end];
		start = end;
	}
}

/**
 * A simulated NOR flash whose power can be cut inside any operation.
 *
 * Rules of the real one: erasing sets all bits of a block, writing only clears bits, a cut write leaves a part of the bytes
 * written and the byte under work half done, a cut erase leaves a block of old, erased and unreliable bytes.
 */
import type { Flash } from "base/flash";
import "./strings";

export class PowerCut extends Error {
	override name = "PowerCut";
}

export class NorFlash implements Flash {
	readonly size: number;
	readonly blockLength: number;
	readonly bytes: Uint8Array;
	/** Erasures and writes so far, the cut one included. */
	operations = 0;
	/** The operation, counted from 1, during which the power goes; 0: never. */
	cutAt = 0;
	/** How much of it is done by then: 0 nothing, 1 everything. */
	cutAfter = 0.5;
	/** Operation (counted likewise) that fails with an error, without a power cut; 0: never. */
	failAt = 0;
	/** Bytes that always read as 0 whatever was written: worn out cells. */
	worn: readonly number[] = [];
	#dead = false;

	constructor(blocks: number, blockLength = 4096) {
		this.size = blocks * blockLength;
		this.blockLength = blockLength;
		this.bytes = new Uint8Array(new SharedArrayBuffer(this.size)).fill(0xff); // not of the JavaScript heap, as a real one isn't
	}

	/** The power is cut. */
	get dead(): boolean {
		return this.#dead;
	}

	/** The power comes back: what is in the cells stays. */
	restore(): void {
		this.#dead = false;
		this.cutAt = 0;
		this.failAt = 0;
		this.operations = 0;
	}

	read(view: Uint8Array, offset: number): void {
		this.#alive(offset, view.length);
		view.set(this.bytes.subarray(offset, offset + view.length));
		for (const cell of this.worn) {
			if (cell >= offset && cell < offset + view.length)
				view[cell - offset] = 0;
		}
	}

	write(bytes: Uint8Array, offset: number): void {
		this.#alive(offset, bytes.length);
		const whole = this.#begin(bytes.length);
		for (let at = 0; at < whole; at++)
			this.bytes[offset + at] = this.bytes[offset + at]! & bytes[at]!;
		if (this.#dead && whole < bytes.length && this.cutAfter > 0)
			this.bytes[offset + whole] = this.bytes[offset + whole]! & (bytes[whole]! | 0x55);
		this.#end();
	}

	eraseBlock(index: number): void {
		this.#alive(index * this.blockLength, this.blockLength);
		const whole = this.#begin(this.blockLength);
		const start = index * this.blockLength;
		this.bytes.fill(0xff, start, start + whole);
		if (this.#dead && this.cutAfter > 0) {
			for (let at = whole; at < this.blockLength; at += 7)
				this.bytes[start + at] = this.bytes[start + at]! | 0xaa;
		}
		this.#end();
	}

	#alive(offset: number, length: number): void {
		if (this.#dead)
			throw new PowerCut("no power");
		if (offset < 0 || offset + length > this.size)
			throw new RangeError("outside the flash");
	}

	/** Counts an operation on `length` bytes; returns how many of them it gets done. */
	#begin(length: number): number {
		this.operations++;
		if (this.operations === this.failAt)
			throw new Error("flash operation failed");
		if (this.operations !== this.cutAt)
			return length;
		this.#dead = true;
		return Math.floor(length * this.cutAfter);
	}

	#end(): void {
		if (this.#dead)
			throw new PowerCut("power cut");
	}
}

/** How far the cut operation gets in the tests that cut everywhere. */
export const CUT_POINTS: readonly number[] = [0, 0.01, 0.5, 0.99, 1];

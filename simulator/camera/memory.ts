/**
 * RAM and SRAM: bytes that come into being when touched, hold noise after power-on and forget everything without it.
 * Addresses wrap modulo the size, as the DDR window of these chips does: 0x82000000 and 0x42000000 are the same byte
 * (clients depend on it).
 */
import { noise } from "../random.ts";

const PAGE = 65536;

export class Memory {
	/** Bytes; a power of two of at least 64 KiB. */
	readonly size: number;
	#pages: (Uint8Array | undefined)[] = [];
	#seed: number;

	constructor(size: number, seed: number) {
		if (size < PAGE || size & (size - 1))
			throw new RangeError(`memory of ${size} bytes: it must be a power of two of at least 64 KiB`);
		this.size = size;
		this.#seed = seed;
	}

	/** The supply is gone: noise from now on, another one each time. */
	forget(): void {
		this.#pages = [];
		this.#seed = Math.imul(this.#seed + 0x9e3779b9, 0x85ebca6b);
	}

	/** A view of the bytes at `address`, as many as are in one piece, at most `limit`. */
	span(address: number, limit: number): Uint8Array {
		const offset = address % this.size;
		const index = Math.floor(offset / PAGE);
		let page = this.#pages[index];
		if (!page) {
			page = this.#pages[index] = new Uint8Array(PAGE);
			noise(page, Math.imul(this.#seed ^ (index + 1), 0x9e3779b1));
		}
		const start = offset % PAGE;
		return page.subarray(start, start + limit);
	}

	/** A copy of `length` bytes. */
	read(address: number, length: number): Uint8Array {
		const bytes = new Uint8Array(length);
		for (let done = 0; done < length;) {
			const span = this.span(address + done, length - done);
			bytes.set(span, done);
			done += span.length;
		}
		return bytes;
	}

	write(address: number, bytes: Uint8Array): void {
		for (let done = 0; done < bytes.length;) {
			const span = this.span(address + done, bytes.length - done);
			span.set(bytes.subarray(done, done + span.length));
			done += span.length;
		}
	}

	fill(address: number, length: number, value: number): void {
		for (let done = 0; done < length;) {
			const span = this.span(address + done, length - done);
			span.fill(value);
			done += span.length;
		}
	}
}

/** Random numbers that come back for the same seed (mulberry32). */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** A 32-bit integer. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let value = this.#state;
		value = Math.imul(value ^ (value >>> 15), value | 1);
		value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
		return (value ^ (value >>> 14)) >>> 0;
	}

	/** A whole number from 0 to `limit` - 1. */
	below(limit: number): number {
		return this.next() % limit;
	}

	/** One of `list`. */
	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)]!;
	}

	/** `length` random bytes. */
	bytes(length: number): Uint8Array {
		const bytes = new Uint8Array(length);
		for (let index = 0; index < length; index++)
			bytes[index] = this.next();
		return bytes;
	}
}

/** Random numbers that come back for the same seed: the simulator's, as tests want them. */
import { seededRandom } from "../../simulator/random.ts";

export class Random {
	readonly #random: () => number;

	constructor(seed: number) {
		this.#random = seededRandom(seed);
	}

	/** A 32-bit integer. */
	next(): number {
		return this.#random() * 0x1_0000_0000;
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

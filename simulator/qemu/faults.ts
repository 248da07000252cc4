/**
 * What a bad network does to datagrams, by a seed: loses, repeats, swaps and delays them. The same seed makes the same decisions for the
 * same sequence of datagrams; which those are depends on both ends' timing, so a run with faults is repeatable in kind, not in detail.
 */
import { seededRandom, type Random } from "../random.ts";

/** Chances are from 0 to 1, for each datagram in each direction. */
export interface Faults {
	seed: number;
	loss?: number;
	duplicate?: number;
	/** Held back until the next one has passed, or for 20 ms. */
	reorder?: number;
	/** Milliseconds, for every datagram. */
	delay?: number;
}

const HELD = 20;

export class FaultyPath {
	readonly #faults: Faults | undefined;
	readonly #random: Random;
	#held: (() => void) | undefined;

	/** @param path tells two directions with one seed apart */
	constructor(faults: Faults | undefined, path: number) {
		this.#faults = faults;
		this.#random = seededRandom(Math.imul(faults?.seed ?? 0, 0x9e3779b1) ^ Math.imul(path + 1, 0x85ebca6b));
	}

	/** Calls `deliver` not at all, once or twice, now or later. */
	pass(deliver: () => void): void {
		const faults = this.#faults;
		if (!faults) {
			deliver();
			return;
		}
		// the same number of draws for every datagram, so that one chance does not shift the others' decisions
		const lost = this.#random() < (faults.loss ?? 0);
		const twice = this.#random() < (faults.duplicate ?? 0);
		const later = this.#random() < (faults.reorder ?? 0);
		if (lost)
			return;
		const held = this.#held;
		this.#held = undefined;
		if (later && !held)
			this.#hold(deliver);
		else
			this.#deliver(deliver);
		if (twice)
			this.#deliver(deliver);
		if (held)
			this.#deliver(held);
	}

	#hold(deliver: () => void): void {
		this.#held = deliver;
		setTimeout(() => {
			if (this.#held === deliver) {
				this.#held = undefined;
				this.#deliver(deliver);
			}
		}, HELD);
	}

	#deliver(deliver: () => void): void {
		const delay = this.#faults?.delay ?? 0;
		if (delay > 0)
			setTimeout(deliver, delay);
		else
			deliver();
	}
}

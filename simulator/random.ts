/** Random numbers that repeat from a seed, so that a failing run can be run again. */

/** A number from 0 to less than 1. */
export type Random = () => number;

/** mulberry32. */
export function seededRandom(seed: number): Random {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}

/** Fills `bytes` (a multiple of 4 long, aligned) with noise: what RAM holds after power-on. Fast, not good. */
export function noise(bytes: Uint8Array, seed: number): void {
	const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
	let state = seed | 1;
	for (let index = 0; index < words.length; index++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		words[index] = state;
	}
}

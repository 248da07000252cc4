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

/** `size` bytes of noise, the same for the same seed: files and images, of which every byte out of place shows. */
export function filled(size: number, seed: number): Uint8Array {
	const bytes = new Uint8Array(size + 3 & ~3);
	noise(bytes, Math.imul(seed + 1, 0x9e3779b1));
	return bytes.slice(0, size);
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

/** modules/bytes as it is on XS, for tests that run on Node. */
import { crc32 } from "node:zlib";

export class Bytes {
	static crc32(bytes: Uint8Array, crc: number): number {
		return crc32(bytes, crc);
	}

	static replaceRuns(bytes: Uint8Array, value: number, minimum: number, replacement: number): number {
		let runs = 0;
		for (let start = bytes.indexOf(value); start >= 0;) {
			let end = start;
			while (bytes[end] === value)
				end++;
			if (end - start >= minimum) {
				bytes.fill(replacement, start, end);
				runs++;
			}
			start = bytes.indexOf(value, end);
		}
		return runs;
	}

	static run(bytes: Uint8Array, value: number): number {
		const end = bytes.findIndex(byte => byte !== value);
		return end < 0 ? bytes.length : end;
	}

	static copy(to: Uint8Array, at: number, from: ArrayBufferLike, start: number, count: number): void {
		if (at < 0 || start < 0 || count < 0 || at + count > to.length || start + count > from.byteLength)
			throw new RangeError("outside the bytes");
		to.set(new Uint8Array(from, start, count), at);
	}
}

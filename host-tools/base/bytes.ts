/**
 * Small work on bytes that several file formats need.
 */
import { counted } from "./counted.ts";

/** Sets every run of at least `minimum` bytes 0xFF in `bytes` to 0. Returns how many runs that were. */
export function clearLongRuns(bytes: Uint8Array, minimum = 12): number {
	let runs = 0;
	for (let start = bytes.indexOf(0xFF); start >= 0;) {
		let end = start;
		while (bytes[end] === 0xFF)
			end++;
		if (end - start >= minimum) {
			bytes.fill(0, start, end);
			runs++;
		}
		start = bytes.indexOf(0xFF, end);
	}
	return runs;
}

/** `value` rounded up to a multiple of `unit`. */
export function roundUp(value: number, unit: number): number {
	return Math.ceil(value / unit) * unit;
}

/** Reads `65536`, `0x10000`, `64k`, `16M`, `16MB`, `16 MiB` as bytes; undefined when it is none of these. */
export function parseSize(text: string): number | undefined {
	const match = /^(0x[0-9a-f]+|\d+)\s*([km]?)(i?b)?$/i.exec(text.trim());
	if (!match)
		return undefined;
	const scale = { "": 1, k: 1024, m: 1024 * 1024 }[match[2]!.toLowerCase()]!;
	return Number(match[1]) * scale;
}

/** `0x` and lower-case digits, as U-Boot takes numbers. */
export function hex(value: number): string {
	return `0x${value.toString(16)}`;
}

/** A size for people: exact in KB where it is a round number of them. */
export function sizeText(bytes: number): string {
	return bytes >= 1024 ? `${bytes % 1024 ? (bytes / 1024).toFixed(1) : bytes / 1024} KB` : counted(bytes, "byte");
}

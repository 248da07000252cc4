/** Parts of a flash. */
import { hex, sizeText } from "../base/bytes.ts";

export interface Region {
	readonly offset: number;
	readonly length: number;
}

/** For people: `0x770000 to 0xffffff (8,768 KB)`. */
export function regionText({ offset, length }: Region): string {
	return `${hex(offset)} to ${hex(offset + length - 1)} (${sizeText(length)})`;
}

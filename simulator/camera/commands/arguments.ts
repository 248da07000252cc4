/** How U-Boot's commands read their arguments. */

/** A number in U-Boot's way: hexadecimal, with or without 0x. Undefined when it is none. */
export function hex(text: string | undefined): number | undefined {
	return text !== undefined && /^(0x)?[0-9a-f]{1,8}$/i.test(text) ? parseInt(text, 16) : undefined;
}

/** Several of them; undefined when one is missing or wrong. */
export function hexes(texts: string[], count: number): number[] | undefined {
	const numbers = texts.slice(0, count).map(hex);
	return numbers.length === count && numbers.every(number => number !== undefined) ? numbers : undefined;
}

/** Bytes of each object: .b, .w, .l; 4 without. */
export function width(name: string): number {
	const suffix = name.split(".")[1];
	return suffix === "b" ? 1 : suffix === "w" ? 2 : 4;
}

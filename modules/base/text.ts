/**
 * Text from outside on its way to a terminal, a log line or a page: what would move a cursor, colour a line, hide characters or turn
 * their order round is no text.
 */

/**
 * Code points that are not shown but obeyed, as pairs of the first and the last: C0; DEL and C1; marks and controls of direction; zero
 * widths; line and paragraph separators; halves of surrogate pairs, which are no characters at all.
 */
const HARMFUL: readonly number[] = Object.freeze([
	0, 0x1f, 0x7f, 0x9f, 0xad, 0xad, 0x61c, 0x61c, 0x180e, 0x180e, 0x200b, 0x200f, 0x2028, 0x202e, 0x2060, 0x206f, 0xd800, 0xdfff,
	0xfeff, 0xfeff, 0xfff9, 0xfffb, 0xe0000, 0xe007f
]);

function isHarmful(code: number): boolean {
	for (let at = 0; at < HARMFUL.length && code >= HARMFUL[at]!; at += 2) {
		if (code <= HARMFUL[at + 1]!)
			return true;
	}
	return false;
}

/** Whether `text` may be shown as it is. For short texts: the engine has no faster way on all boards. */
export function isHarmless(text: string): boolean {
	for (const character of text) {
		if (isHarmful(character.codePointAt(0)!))
			return false;
	}
	return true;
}

/** `text` as it may be shown: what is harmful becomes a question mark, what is beyond `longest` characters is left out. */
export function printable(text: string, longest: number): string {
	let shown = "";
	let count = 0;
	for (const character of text) {
		if (count++ === longest)
			break;
		shown += isHarmful(character.codePointAt(0)!) ? "?" : character;
	}
	return shown;
}

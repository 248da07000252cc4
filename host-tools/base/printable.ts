/**
 * Text from outside (a pod, a camera, a profile, the name of a file) made harmless, before it reaches a terminal, a log or a program that
 * reads events: no sequence that moves the cursor or asks the terminal for an answer, no line that seems to be ours, no letters that run
 * backwards. What is replaced stays readable: `\x1b`, `\u202e`.
 *
 * Bytes that are no UTF-8 never get here: decoding has made U+FFFD of them.
 */

/** C0, DEL and C1 controls; lone surrogates. */
const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f\ud800-\udfff`;
/**
 * What shows other text than there is: bidirectional controls and marks (Unicode 15.1, UAX 9), line and paragraph separators, zero-width
 * characters, interlinear annotation, tags.
 */
const DECEIVERS = String.raw`\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}`;
// With the flag u a pair of surrogates is one character, so only lone ones are in the class.
const UNSAFE = new RegExp(`[${CONTROLS}${DECEIVERS}]`, "gu");
const UNSAFE_IN_LINES = new RegExp(String.raw`(?![\n\t]|\r\n)[${CONTROLS}${DECEIVERS}]`, "gu");

/** `text` as part of one line. */
export function printable(text: string): string {
	return text.replace(UNSAFE, escaped);
}

/** Likewise, where the text may have several lines and tabs in them. */
export function printableLines(text: string): string {
	return text.replace(UNSAFE_IN_LINES, escaped);
}

/** `value` as a line of JSON whose texts and names stay harmless when they are read back. */
export function jsonLine(value: unknown): string {
	return `${JSON.stringify(harmless(value))}\n`;
}

function harmless(value: unknown): unknown {
	if (typeof value === "string")
		return printableLines(value);
	if (Array.isArray(value))
		return value.map(harmless);
	if (typeof value !== "object" || value === null)
		return value;
	return Object.fromEntries(Object.entries(value).map(([name, inner]) => [printable(name), harmless(inner)]));
}

function escaped(character: string): string {
	const code = character.codePointAt(0)!;
	if (character === "\n")
		return "\\n";
	const digits = code.toString(16);
	return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\u{${digits}}`;
}

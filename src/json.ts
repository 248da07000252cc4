/**
 * The small JSON objects that clients send, looked at before the parser sees them. They are flat, and the engine's parser goes as deep as
 * they do: a few hundred brackets use up the chip's stack, which ends the firmware and can't be caught.
 *
 * Strings are found with the native indexOf; their number is limited, and so is what a body of nothing but quotes costs.
 */
import { Fault } from "base/fault";
import { text } from "./reply";

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** Names and values together: far more than a body with every setting has. */
const MAX_STRINGS = 64;

/**
 * What the flat JSON in `body` is. `fields` names every member that is looked at: the parser then makes no keys for names that strangers
 * invent (keys are never freed on the chip). `onName` is told each member's name, as it is written, before anything is parsed; it may
 * throw. Throws Fault `bad_json` with the message `wanted` and `detail`, `bad_request` when it isn't UTF-8.
 */
export function parseFlat(body: Uint8Array, fields: readonly string[], wanted: string, detail: Record<string, unknown> = {}, onName?: (name: string) => void): unknown {
	const json = text(body);
	if (isFlat(body, onName)) {
		try {
			return JSON.parse(json, fields as never);
		}
		catch {
			// bad_json
		}
	}
	throw new Fault("bad_json", wanted, detail);
}

/** The number `field` of a small JSON object; `otherwise` when the field or the whole body is missing. Throws Fault `bad_json` or `bad_number` {field, minimum, maximum}. */
export function numberField(body: Uint8Array, field: string, minimum: number, maximum: number, otherwise?: number): number {
	if (body.length === 0 && otherwise !== undefined)
		return otherwise;
	const wanted = `the body must be a JSON object like {"${field}": ${minimum}}`;
	const object = parseFlat(body, [field], wanted, { field });
	if (object === null)
		throw new Fault("bad_json", wanted, { field });
	const value = (object as Record<string, unknown>)[field];
	if (value === undefined && otherwise !== undefined)
		return otherwise;
	if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum) {
		const came = value === undefined ? "nothing" : JSON.stringify(value);
		throw new Fault("bad_number", `${field} must be a whole number from ${minimum} to ${maximum}, not ${came}`, { field, minimum, maximum });
	}
	return value;
}

/** Whether no list, at most one object and at most MAX_STRINGS strings are in `body`. Not whether it is JSON. */
function isFlat(body: Uint8Array, onName: ((name: string) => void) | undefined): boolean {
	let inside = false;
	let name: Uint8Array | undefined;
	let escape = body.indexOf(BACKSLASH);
	for (let at = 0, strings = 0; strings <= MAX_STRINGS; strings++) {
		const open = body.indexOf(QUOTE, at);
		const between = body.subarray(at, open < 0 ? body.length : open);
		if (name && onName && between.includes(COLON))
			onName(text(name));
		const brace = between.indexOf(BRACE);
		if (between.includes(BRACKET) || between.includes(BACKSLASH) || (brace >= 0 && (inside || between.includes(BRACE, brace + 1))))
			return false;
		inside ||= brace >= 0;
		if (open < 0)
			return true;
		let close = body.indexOf(QUOTE, open + 1);
		for (; escape >= 0 && escape < close; escape = body.indexOf(BACKSLASH, escape + 2)) {
			if (escape + 1 === close)
				close = body.indexOf(QUOTE, close + 1);
		}
		if (close < 0)
			return false;
		name = body.subarray(open + 1, close);
		at = close + 1;
	}
	return false;
}

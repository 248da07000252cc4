/**
 * The small JSON objects that clients send: flat, with fields that are known. Nothing else is taken.
 *
 * Not JSON.parse, for two dangers: it goes as deep as a body does, and a few hundred brackets use up the chip's stack, which ends the
 * firmware and can't be caught; and it makes a key of every name that strangers invent, and keys are never freed. Here names are only
 * compared; JSON.parse sees single strings and numbers. Strings are found with the native indexOf.
 */
import { Refusal } from "base/refusal";
import { printable } from "base/text";
import { text } from "./reply";
import type { PodCode } from "./errors";

export type Scalar = string | number | boolean | null;

/** What a body may be. */
export interface Shape {
	/** The fields there are. */
	readonly fields: readonly string[];
	/** For people: what the body must be. */
	readonly wanted: string;
	/** More of the refusal bad_json. */
	readonly detail?: Record<string, unknown>;
	/** The refusal for a field that isn't there. Default: unknown_field {field, takes}. */
	readonly unknown?: (name: string) => Refusal;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = Object.freeze([0x20, 0x09, 0x0a, 0x0d]);

/** What stands without quotes. JSON.parse has the last word. */
const word = /^(?:true|false|null|-?[0-9][0-9.eE+-]{0,30})$/;

/**
 * The flat object in `body`. Throws Refusal `bad_json` with the message `wanted` and `detail`, or that a field is there twice;
 * `unknown_field`, or what `unknown` makes; `bad_request` when it isn't UTF-8.
 */
export function parseFlat(body: Uint8Array, shape: Shape): Record<string, Scalar> {
	text(body);
	const reader = new Reader(body, shape);
	const object: Record<string, Scalar> = {};
	reader.take(OPEN);
	if (reader.next() === CLOSE)
		reader.take(CLOSE);
	else
		do {
			const name = reader.string();
			const field = shape.fields.find(each => each === name);
			if (field === undefined)
				throw shape.unknown?.(name) ?? unknownField(name, shape.fields);
			if (Object.hasOwn(object, field))
				throw new Refusal<PodCode>("bad_json", `the field "${field}" is there twice`, { ...shape.detail, field });
			reader.take(COLON);
			object[field] = reader.value();
		} while (reader.more());
	if (reader.next() !== undefined)
		throw reader.bad();
	return object;
}

/** Makes sure that `body` asks for nothing: it is empty, or an empty object. Throws Refusal `unexpected_body`, `unknown_field`. */
export function checkNothing(body: Uint8Array): void {
	if (body.length === 0)
		return;
	try {
		parseFlat(body, { fields: [], wanted: "" });
	}
	catch (error) {
		if (error instanceof Refusal && error.code === "unknown_field")
			throw error;
		throw new Refusal<PodCode>("unexpected_body", "this takes no body: send none, as curl -X POST does", { size: body.length });
	}
}

/**
 * The number `field` of a small JSON object; `otherwise` when the field or the whole body is missing. Throws Refusal `bad_json`,
 * `unknown_field` or `bad_number` {field, minimum, maximum}.
 */
export function numberField(body: Uint8Array, field: string, minimum: number, maximum: number, otherwise?: number): number {
	if (body.length === 0 && otherwise !== undefined)
		return otherwise;
	const value = parseFlat(body, { fields: [field], wanted: `the body must be a JSON object like {"${field}": ${minimum}}`, detail: { field } })[field];
	if (value === undefined && otherwise !== undefined)
		return otherwise;
	if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum) {
		const came = value === undefined ? "nothing" : JSON.stringify(value);
		throw new Refusal<PodCode>("bad_number", `${field} must be a whole number from ${minimum} to ${maximum}, not ${printable(came, 48)}`, { field, minimum, maximum });
	}
	return value;
}

function unknownField(name: string, takes: readonly string[]): Refusal {
	const field = printable(name, 64);
	const those = takes.length === 0 ? "this takes none" : `this takes ${takes.map(each => `"${each}"`).join(", ")}`;
	return new Refusal<PodCode>("unknown_field", `there is no field "${field}" here; ${those}`, { field, takes: [...takes] });
}

/** Goes through a body from token to token. */
class Reader {
	private bytes: Uint8Array;
	private shape: Shape;
	private at = 0;

	constructor(bytes: Uint8Array, shape: Shape) {
		this.bytes = bytes;
		this.shape = shape;
	}

	/** Skips white space. The byte that comes, undefined at the end. */
	next(): number | undefined {
		while (SPACE.includes(this.bytes[this.at]!))
			this.at++;
		return this.bytes[this.at];
	}

	/** The next byte must be `byte`. */
	take(byte: number): void {
		if (this.next() !== byte)
			throw this.bad();
		this.at++;
	}

	/** After a member: whether another one comes. */
	more(): boolean {
		if (this.next() === COMMA) {
			this.at++;
			return true;
		}
		this.take(CLOSE);
		return false;
	}

	string(): string {
		if (this.next() !== QUOTE)
			throw this.bad();
		let close = this.at;
		do
			close = this.bytes.indexOf(QUOTE, close + 1);
		while (close >= 0 && this.escaped(close));
		if (close < 0)
			throw this.bad();
		return this.parse(close + 1) as string;
	}

	value(): Scalar {
		if (this.next() === QUOTE)
			return this.string();
		const comma = this.bytes.indexOf(COMMA, this.at);
		const close = this.bytes.indexOf(CLOSE, this.at);
		const end = comma < 0 || close < comma ? close : comma;
		if (end < 0 || !word.test(text(this.bytes.subarray(this.at, end)).trim()))
			throw this.bad();
		return this.parse(end);
	}

	bad(): Refusal {
		return new Refusal<PodCode>("bad_json", this.shape.wanted, this.shape.detail);
	}

	/** Whether the quote at `at` belongs to its string: an odd number of backslashes is in front of it. */
	private escaped(at: number): boolean {
		let start = at;
		while (this.bytes[start - 1] === BACKSLASH)
			start--;
		return (at - start) % 2 === 1;
	}

	private parse(end: number): Scalar {
		const token = text(this.bytes.subarray(this.at, end));
		this.at = end;
		try {
			return JSON.parse(token);
		}
		catch {
			throw this.bad();
		}
	}
}

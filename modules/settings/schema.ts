/**
 * What a setting may be. One table of these describes all settings: their defaults, what is accepted and what is shown.
 *
 * Not for: what is fixed when the firmware is built (src/config.ts).
 */
import { Refusal } from "base/refusal";
import { isHarmless } from "base/text";
import type { SettingsCode } from "./codes";

export type Value = string | number | boolean;

export interface Field {
	readonly type: "string" | "number" | "boolean";
	readonly default: Value;
	/** What it is for, with its unit: one sentence for people. */
	readonly about: string;
	/** Numbers: the value; strings: the length in bytes of UTF-8 (where "" is the default, it is allowed below the minimum too). */
	readonly minimum?: number;
	readonly maximum?: number;
	/** Strings: every character must be one of these; any that is shown as it is when absent. */
	readonly characters?: string;
	/** Never shown; only whether it is set. */
	readonly secret?: boolean;
	/** Takes effect at the next start only. */
	readonly restart?: boolean;
}

export type Schema = Readonly<Record<string, Field>>;

/**
 * The field `name`; undefined when there is none. Danger: a name from outside must not be looked up as a property (`schema[name]`, `in`,
 * `Object.hasOwn`): the engine makes a key of each new one, and keys are never freed.
 */
export function fieldOf(schema: Schema, name: string): Field | undefined {
	return Object.keys(schema).includes(name) ? schema[name] : undefined;
}

/** Every setting at its default. */
export function defaults(schema: Schema): Record<string, Value> {
	const values: Record<string, Value> = {};
	for (const [name, field] of Object.entries(schema))
		values[name] = field.default;
	return values;
}

/**
 * `value`, when setting `name` may have it. Throws Refusal `bad_setting` {field, reason, ...the limit}: it never holds the value,
 * which can be a secret.
 */
export function checked(schema: Schema, name: string, value: unknown): Value {
	const field = fieldOf(schema, name);
	if (field === undefined)
		throw new Refusal<SettingsCode>("bad_setting", `there is no setting ${JSON.stringify(name)}`, { field: name, reason: "unknown" });
	if (typeof value !== field.type)
		throw new Refusal<SettingsCode>("bad_setting", `${name} must be a ${field.type}`, { field: name, reason: "type", type: field.type });
	if (typeof value === "number")
		checkNumber(name, field, value);
	else if (typeof value === "string")
		checkString(name, field, value);
	return value as Value;
}

function checkNumber(name: string, { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Field, value: number): void {
	if (!Number.isInteger(value) || value < minimum || value > maximum)
		throw new Refusal<SettingsCode>("bad_setting", `${name} must be a whole number from ${minimum} to ${maximum}`, { field: name, reason: "range", minimum, maximum });
}

function checkString(name: string, field: Field, value: string): void {
	const { minimum = 0, maximum = 255, characters } = field;
	const bytes = utf8Length(value);
	if (bytes === 0 && field.default === "")
		return;
	if (bytes < minimum || bytes > maximum)
		throw new Refusal<SettingsCode>("bad_setting", `${name} must have ${minimum} to ${maximum} bytes`, { field: name, reason: "length", minimum, maximum });
	for (const character of value) {
		if (characters === undefined ? !isHarmless(character) : !characters.includes(character))
			throw new Refusal<SettingsCode>("bad_setting", `${name} has a character that is not allowed`, { field: name, reason: "characters", allowed: characters ?? "no control characters" });
	}
}

/** Settings are short and rarely set, so counting in JavaScript is cheap enough. */
function utf8Length(text: string): number {
	let bytes = 0;
	for (const character of text) {
		const code = character.codePointAt(0)!;
		bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	}
	return bytes;
}

/** `values` as they may be shown: of a secret only whether it is set. */
export function shown(schema: Schema, values: Readonly<Record<string, Value>>): Record<string, Value> {
	const view: Record<string, Value> = {};
	for (const [name, field] of Object.entries(schema))
		view[name] = field.secret ? values[name] !== "" : values[name]!;
	return view;
}

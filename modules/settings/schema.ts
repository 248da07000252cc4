/**
 * What a value that somebody else chooses may be. A table of fields describes all of them: type, unit, default, limits, when a change takes
 * effect, and what is shown; the types of the values follow from the table.
 *
 *     const SETTINGS = Object.freeze({
 *         slots: { type: "number", default: 32, minimum: 1, maximum: 64, restart: true, about: "..." }
 *     } as const satisfies Schema, true);
 *     type Slots = Values<typeof SETTINGS>["slots"];	// number
 */
import { Refusal } from "base/refusal";
import { isHarmless } from "base/text";
import { parseAddress } from "network/ipv4";
import type { SettingsCode } from "./codes";

export type Value = string | number | boolean;

interface Common {
	/** What it is for: one sentence for people. */
	readonly about: string;
	/** A change takes effect at the next start; without it at once. */
	readonly restart?: boolean;
}

/** A whole number. */
export interface NumberField extends Common {
	readonly type: "number";
	readonly default: number;
	readonly minimum: number;
	readonly maximum: number;
	/** Unless it counts things, which `about` names then. */
	readonly unit?: "seconds" | "milliseconds" | "bytes";
}

export interface SwitchField extends Common {
	readonly type: "boolean";
	readonly default: boolean;
}

/** Any text, within limits. */
export interface TextField extends Common {
	readonly type: "string";
	readonly default: string;
	/** Bytes of UTF-8. Where "" is the default, it is allowed below the minimum, too. */
	readonly minimum?: number;
	readonly maximum: number;
	/** Every character must be one of these; any that is shown as it is when absent. */
	readonly characters?: string;
	/** Never shown; only whether it is set. */
	readonly secret?: boolean;
	readonly choices?: undefined;
}

/** One of a few words. */
export interface ChoiceField extends Common {
	readonly type: "string";
	readonly default: string;
	readonly choices: readonly string[];
}

/** An IPv4 address. */
export interface AddressField extends Common {
	readonly type: "string";
	readonly default: string;
	readonly format: "IPv4";
	readonly choices?: undefined;
}

export type Field = NumberField | SwitchField | TextField | ChoiceField | AddressField;

export type Schema = Readonly<Record<string, Field>>;

/** What a field's value is. */
type ValueOf<F extends Field> =
	F extends { readonly choices: readonly (infer Choice extends string)[] } ? Choice
	: F extends NumberField ? number
	: F extends SwitchField ? boolean
	: string;

/** The values of a table's fields. */
export type Values<S extends Schema> = { [Name in keyof S & string]: ValueOf<S[Name]> };

/**
 * The field `name`; undefined when there is none. Danger: a name from outside must not be looked up as a property (`schema[name]`, `in`,
 * `Object.hasOwn`): the engine makes a key of each new one, and keys are never freed.
 */
export function fieldOf(schema: Schema, name: string): Field | undefined {
	return Object.keys(schema).includes(name) ? schema[name] : undefined;
}

/** Every field at its default. */
export function defaults<S extends Schema>(schema: S): Values<S> {
	const values: Record<string, Value> = {};
	for (const [name, field] of Object.entries(schema))
		values[name] = field.default;
	return values as Values<S>;
}

/** `text`, which stands for a value of `field`, as that value. What stands for none stays text, for `checked` to refuse. */
export function fromText({ type }: Field, text: string): Value {
	if (type === "number" && /^\d{1,15}$/.test(text))
		return Number(text);
	if (type === "boolean" && (text === "true" || text === "false"))
		return text === "true";
	return text;
}

/**
 * The values of `schema` when some are given at build or start, as text or as what they are: a command line knows nothing but text. One that
 * can't be is told in `problems`, and its default holds: a device that doesn't start can't be told better. What is given beside is not looked at.
 */
export function configured<S extends Schema>(schema: S, given: Readonly<Record<string, unknown>>, problems: string[]): Values<S> {
	const values: Record<string, Value> = {};
	for (const [name, field] of Object.entries(schema)) {
		const value = given[name];
		try {
			values[name] = value === undefined ? field.default : checked(schema, name, typeof value === "string" ? fromText(field, value) : value);
		}
		catch (error) {
			values[name] = field.default;
			problems.push(`given at build or start: ${(error as Error).message}`);
		}
	}
	return values as Values<S>;
}

/**
 * `value`, when field `name` may have it. Throws Refusal `bad_setting` {field, reason, ...the limit}: it never holds the value,
 * which can be a secret.
 */
export function checked(schema: Schema, name: string, value: unknown): Value {
	const field = fieldOf(schema, name);
	if (field === undefined)
		throw new Refusal<SettingsCode>("bad_setting", `there is no setting ${JSON.stringify(name)}`, { field: name, reason: "unknown" });
	if (field.type === "number")
		return checkedNumber(name, field, value);
	if (typeof value !== field.type)
		throw new Refusal<SettingsCode>("bad_setting", `${name} must be a ${field.type}`, { field: name, reason: "type", type: field.type });
	if (typeof value === "string")
		checkString(name, field as Exclude<Field, NumberField | SwitchField>, value);
	return value as Value;
}

function checkedNumber(name: string, { type, minimum, maximum }: NumberField, value: unknown): number {
	if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum)
		return value;
	const detail = typeof value === "number" ? { field: name, reason: "range", minimum, maximum } : { field: name, reason: "type", type, minimum, maximum };
	throw new Refusal<SettingsCode>("bad_setting", `${name} must be a whole number from ${minimum} to ${maximum}`, detail);
}

function checkString(name: string, field: TextField | ChoiceField | AddressField, value: string): void {
	if (field.choices) {
		if (!field.choices.includes(value))
			throw new Refusal<SettingsCode>("bad_setting", `${name} must be ${field.choices.join(" or ")}`, { field: name, reason: "choice", choices: [...field.choices] });
	}
	else if ("format" in field) {
		if (parseAddress(value) === undefined)
			throw new Refusal<SettingsCode>("bad_setting", `${name} must be an IPv4 address`, { field: name, reason: "format", format: field.format });
	}
	else
		checkText(name, field, value);
}

function checkText(name: string, field: TextField, value: string): void {
	const { minimum = 0, maximum, characters } = field;
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

/** Values are short and rarely set, so counting in JavaScript is cheap enough. */
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
		view[name] = "secret" in field && field.secret ? values[name] !== "" : values[name]!;
	return view;
}

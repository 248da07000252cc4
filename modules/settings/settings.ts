/**
 * The settings a user can change while the pod runs: checked against one schema, kept in flash, secrets never shown.
 *
 * Danger: the flash holds secrets (Wi-Fi password, token) in clear text, as the chip's own Wi-Fi storage would.
 */
import { Refusal } from "base/refusal";
import type { Flash } from "base/flash";
import { FlashRecord } from "./record";
import { checked, defaults, fieldOf, shown } from "./schema";
import type { Schema, Value, Values } from "./schema";
import type { SettingsCode } from "./codes";

export interface SettingsOptions<S extends Schema> {
	schema: S;
	/** Where they are kept: at least two erase blocks. Without it nothing survives a restart. */
	flash?: Flash;
	/** Values that count as the factory's: what was given at build or start. */
	factory?: Readonly<Partial<Values<S>>>;
	/** What went wrong before, with flash or with what was given: the first of `problems`. */
	problems?: readonly string[];
	/** Is told what changed, after it was stored. */
	onChanged?: (names: readonly string[]) => void;
}

export class Settings<S extends Schema = Schema> {
	readonly schema: S;
	/** Where the values came from: "flash" when a whole record was found, else "factory". */
	readonly origin: "flash" | "factory";
	/** Why flash was not used, or which given or stored values were not (a setting of that name is gone or has other limits now). */
	readonly problems: readonly string[];
	private record?: FlashRecord;
	private factory: Record<string, Value>;
	/** As they were at the start. Until something is changed, or was, these three are one object: none of them is written to. */
	private first: Record<string, Value>;
	private values: Record<string, Value>;
	private onChanged?: (names: readonly string[]) => void;

	/** Throws Refusal `bad_setting` when `factory` breaks the schema. What is wrong in flash never throws: see `problems`. */
	constructor({ schema, flash, factory, problems: before = [], onChanged }: SettingsOptions<S>) {
		this.schema = schema;
		this.factory = defaults(schema);
		for (const [name, value] of Object.entries(factory ?? {}))
			this.factory[name] = checked(schema, name, value);
		this.values = this.factory;
		this.onChanged = onChanged;
		const problems = [...before];
		this.origin = flash && this.load(flash, problems) ? "flash" : "factory";
		this.problems = problems;
		this.first = this.values;
	}

	private load(flash: Flash, problems: string[]): boolean {
		try {
			this.record = new FlashRecord(flash);
			const text = this.record.load();
			if (text === undefined) {
				if (this.record.damaged)
					problems.push("what flash holds are no whole settings");
				return false;
			}
			const stored: unknown = JSON.parse(String.fromArrayBuffer(text));
			this.values = { ...this.factory };
			for (const [name, value] of Object.entries(stored as object))
				this.adopt(name, value, problems);
			return true;
		}
		catch (error) {
			problems.push(String(error));
			this.values = this.factory;
			return false;
		}
	}

	private adopt(name: string, value: unknown, problems: string[]): void {
		try {
			this.values[name] = checked(this.schema, name, value);
		}
		catch (error) {
			problems.push((error as Error).message);
		}
	}

	/** The value of setting `name`, a secret too: for the pod's own use. */
	get<Name extends keyof S & string>(name: Name): Values<S>[Name] {
		return this.values[name] as Values<S>[Name];
	}

	/** Every setting as it may be shown: of a secret only whether it is set. */
	show(): Record<string, Value> {
		return shown(this.schema, this.values);
	}

	/** Whether changes survive a restart: there is flash to keep them. */
	get kept(): boolean {
		return this.record !== undefined;
	}

	/** Names of the settings whose new value waits for the next start. */
	get waiting(): string[] {
		const { schema, values, first } = this;
		return Object.keys(schema).filter(name => schema[name]!.restart && values[name] !== first[name]);
	}

	/**
	 * Changes several settings at once, as JSON merge patch (RFC 7396): `null` brings the factory's value back. All of them or,
	 * when one is refused or flash fails, none. Returns the names of those that changed. Throws Refusal `bad_setting`
	 * {field, reason}, `settings_too_long`, `settings_not_stored`.
	 */
	change(patch: unknown): string[] {
		if (typeof patch !== "object" || patch === null || Array.isArray(patch))
			throw new Refusal<SettingsCode>("bad_setting", "an object of settings is needed", { reason: "type", type: "object" });
		const values = { ...this.values };
		const changed: string[] = [];
		for (const [name, value] of Object.entries(patch as object)) {
			const wanted = value === null && fieldOf(this.schema, name) ? this.factory[name]! : checked(this.schema, name, value);
			if (values[name] !== wanted)
				changed.push(name);
			values[name] = wanted;
		}
		if (changed.length)
			this.store(values, changed);
		return changed;
	}

	private store(values: Record<string, Value>, changed: readonly string[]): void {
		const kept: Record<string, Value> = {};
		for (const [name, value] of Object.entries(values)) {
			if (value !== this.factory[name])
				kept[name] = value;
		}
		this.record?.store(new Uint8Array(ArrayBuffer.fromString(JSON.stringify(kept))));
		this.values = values;
		this.onChanged?.(changed);
	}
}

/** The settings of `GET /settings`, and what is fixed when the firmware is built or started. */
import { CONFIG } from "config";
import { SETTINGS } from "settings";
import type { Field, Schema } from "settings/schema";
import { code, table } from "./part.ts";

/** Characters of a text in short: runs of the alphabet by their ends. */
function characters(set: string): string {
	const runs = set.replace(/ !".*~/, "printable ASCII").replace("abcdefghijklmnopqrstuvwxyz", "a-z ").replace("0123456789", "0-9 ");
	return runs.trim();
}

function limits(field: Field): string {
	if (field.type === "boolean")
		return "true, false";
	if (field.type === "number")
		return `${field.minimum} to ${field.maximum}${field.unit ? ` ${field.unit}` : ""}`;
	if (field.choices)
		return field.choices.join(", ");
	if ("format" in field)
		return `an ${field.format} address`;
	const { default: otherwise, minimum = 0, maximum, characters: set } = field;
	return `${otherwise === "" && minimum ? "empty, or " : ""}${minimum} to ${maximum} bytes${set === undefined ? "" : `: ${characters(set)}`}`;
}

const row = (name: string, field: Field): string[] => [code(name), code(JSON.stringify(field.default)), limits(field)];
const fields = (schema: Schema): [string, Field][] => Object.entries(schema);

export function settingTable(): string {
	return table(["setting", "default", "limits", "effect", "is"], fields(SETTINGS).map(([name, field]) =>
		[...row(name, field), field.restart ? "at restart" : "at once", field.about + ("secret" in field && field.secret ? " It is never shown." : "")]));
}

export function configTable(): string {
	return table(["name", "default", "limits", "is"], fields(CONFIG).map(([name, field]) => [...row(name, field), field.about]));
}

/** The settings of `GET /settings`. */
import { FIELDS } from "fields";
import type { Field } from "settings/schema";
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
		return `${field.minimum ?? 0} to ${field.maximum}`;
	return `${field.default === "" && field.minimum ? "empty, or " : ""}${field.minimum ?? 0} to ${field.maximum} bytes${field.characters === undefined ? "" : `: ${characters(field.characters)}`}`;
}

export function settingTable(): string {
	return table(["setting", "default", "limits", "effect", "is"],
		Object.entries(FIELDS).map(([name, field]) => [code(name), code(JSON.stringify(field.default)), limits(field), field.restart ? "at restart" : "at once", field.about + (field.secret ? " It is never shown." : "")]));
}

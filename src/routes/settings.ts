/** `/settings`: what a user may change. One table (settings/fields) says what each may be; secrets are never shown. */
import { Fault } from "base/fault";
import { FIELDS } from "settings/fields";
import { fieldOf, type Field } from "settings/schema";
import type { Exchange } from "http/exchange";
import type { Pod } from "../pod";
import { parseFlat } from "../json";
import { reply } from "../reply";
import type { Route } from "../router";

/** More than all settings at their longest. */
const MAX_BODY = 4096;

function answer(exchange: Exchange, pod: Pod, changed: Record<string, unknown>): void {
	const { settings } = pod;
	reply(exchange, 200, { settings: settings.show(), ...changed, origin: settings.origin, kept: settings.kept, waiting_for_restart: settings.waiting, problems: settings.problems });
}

function show(exchange: Exchange, pod: Pod): void {
	const fields: Record<string, Field> = {};
	for (const [name, field] of Object.entries(FIELDS))
		fields[name] = { ...field };	// JSON.stringify can't mark what lies in read-only memory
	answer(exchange, pod, { fields });
}

function change(exchange: Exchange, pod: Pod): void {
	exchange.collect(MAX_BODY, body => {
		pod.occupancy.check("settings");
		answer(exchange, pod, { changed: pod.settings.change(parsed(body)) });
	});
}

function parsed(body: Uint8Array): unknown {
	return parseFlat(body, Object.keys(FIELDS), "the body must be a JSON object of settings, like {\"name\": \"rack-7\"}", {}, name => {
		if (fieldOf(FIELDS, name) === undefined)
			throw new Fault("bad_setting", `there is no setting "${name.slice(0, 64)}"; GET /settings lists them`, { field: name.slice(0, 64), reason: "unknown" });
	});
}

export const settingsRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/settings", does: "every setting, and what it may be; secrets as true when they are set", curl: "POD/settings", handle: show },
	{ method: "PATCH", path: "/settings", action: "settings", does: "change some; null brings the default back", curl: "-X PATCH -d '{\"file_idle\":7200}' POD/settings", handle: change }
] as Route[], true);

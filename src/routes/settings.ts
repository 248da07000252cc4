/** `/settings`: what a user may change. One table (src/settings.ts) says what each may be; secrets are never shown. */
import { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import type { SettingField, SettingsChanged, SettingsState } from "protocol/answers";
import { SETTINGS_BODY } from "protocol/limits";
import type { SettingsCode } from "settings/codes";
import { replyDocument, type MemberOf } from "../document";
import type { Pod, Route } from "../pod";
import { parseFlat } from "../json";
import { reply } from "../reply";
import { SETTINGS } from "../settings";

const MEMBERS = Object.freeze([
	{ name: "settings", value: pod => pod.settings.show() },
	{
		name: "fields",
		list: () => Object.keys(SETTINGS),
		key: (name: string) => name,
		entry: (_pod, name: string) => copied(SETTINGS[name as keyof typeof SETTINGS])
	},
	{ name: "origin", value: pod => pod.settings.origin },
	{ name: "kept", value: pod => pod.settings.kept },
	{ name: "waiting_for_restart", value: pod => pod.settings.waiting },
	{ name: "problems", value: pod => pod.settings.problems }
] satisfies MemberOf<Pod, SettingsState>[], true);

/** JSON.stringify on XS can't mark what lies in read-only memory, so it gets a copy. */
function copied(field: SettingField): SettingField {
	return field.choices ? { ...field, choices: [...field.choices] } : { ...field };
}

function change(exchange: Exchange, pod: Pod): void {
	exchange.collect(SETTINGS_BODY, body => {
		pod.occupancy.check("settings");
		const { settings } = pod;
		const changed = settings.change(parsed(body));
		reply(exchange, 200, {
			settings: settings.show(),
			changed,
			origin: settings.origin,
			kept: settings.kept,
			waiting_for_restart: settings.waiting,
			problems: settings.problems
		} satisfies SettingsChanged);
	});
}

function parsed(body: Uint8Array): unknown {
	return parseFlat(body, {
		fields: Object.keys(SETTINGS),
		wanted: "the body must be a JSON object of settings, like {\"name\": \"rack-7\"}",
		unknown: name => new Refusal<SettingsCode>("bad_setting", `there is no setting "${name.slice(0, 64)}"; GET /settings lists them`, { field: name.slice(0, 64), reason: "unknown" })
	});
}

export const settingsRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/settings", does: "every setting, and what it may be; secrets as true when they are set", curl: "POD/settings", handle: (exchange, pod) => replyDocument(exchange, pod, MEMBERS) },
	{ method: "PATCH", path: "/settings", action: "settings", body: true, does: "change some; null brings the default back", curl: "-X PATCH -d '{\"file_idle\":7200}' POD/settings", handle: change }
] as Route[], true);

/**
 * What a pod's JSON must look like before anything reads it: the shapes of modules/protocol/answers.ts, as checks. Not every program at
 * that address is a pod, and what is no number must not be counted with. Fields that only other versions have are optional; fields that
 * nobody here knows pass.
 */

/** Says what is wrong with `value`, which stands at `at` (".files[2].size"); undefined when nothing is. */
export type Check = (value: unknown, at: string) => string | undefined;

const simple = (what: string, fits: (value: unknown) => boolean): Check => (value, at) => fits(value) ? undefined : `${at} is not ${what}`;
const text = simple("a text", value => typeof value === "string");
const number = simple("a number", value => typeof value === "number" && Number.isFinite(value));
const flag = simple("true or false", value => typeof value === "boolean");
const orNull = (check: Check): Check => (value, at) => value === null ? undefined : check(value, at);
const optional = (check: Check): Check => (value, at) => value === undefined ? undefined : check(value, at);
const either = (one: Check, other: Check): Check => (value, at) => one(value, at) && other(value, at);
const list = (check: Check): Check => (value, at) => Array.isArray(value)
	? first(value.map((item, index) => check(item, `${at}[${index}]`))) : `${at} is not a list`;
const record = (fields: Readonly<Record<string, Check>>): Check => (value, at) => {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		return `${at || "the answer"} is not a JSON object`;
	return first(Object.entries(fields).map(([name, check]) => check(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name]
		: undefined, `${at}.${name}`)));
};

/** An object whose members are all alike. */
const entries = (check: Check): Check => (value,
	at) => record(Object.fromEntries(Object.keys(value ?? {}).map(name => [name, check])))(value, at);

function first(complaints: readonly (string | undefined)[]): string | undefined {
	return complaints.find(complaint => complaint !== undefined);
}

const anything: Check = () => undefined;
const maybe = { text: optional(orNull(text)), number: optional(number), flag: optional(flag) };

const fastbootResult = { success: flag, last_phase: maybe.text, failed_phase: maybe.text, error: maybe.text, elapsed_ms: maybe.number,
	handshake_markers: maybe.number, banner: maybe.text };
const progress = { phase: maybe.text, bytes_sent: maybe.number, bytes_total: maybe.number, rate: maybe.number, elapsed_ms: maybe.number };
const fastbootState = record({ running: flag, last_result: optional(orNull(record(fastbootResult))), ...progress });
const setting: Check = (value, at) => ["string", "number", "boolean"].includes(typeof value) ? undefined : `${at} is no setting's value`;
const settings = { settings: entries(setting), origin: text, kept: flag, waiting_for_restart: list(text), problems: list(text) };
const slots = { slot: text, pending: flag, reset: text, update: orNull(record({ size: number, received: number })),
	last_error: orNull(text) };
const network = optional(orNull(record({ address: maybe.text, up: maybe.flag })));

export const ANSWERS = {
	/** `GET /` as JSON. */
	directory: record({ name: text, version: text, endpoints: list(record({ method: text, path: text, does: text })) }),
	/** `GET /status`: the parts that have a place on the screen. */
	status: record({
		name: text,
		version: text,
		uptime_seconds: maybe.number,
		memory: optional(record({ psram_free_bytes: maybe.number, files: maybe.number, max_files: maybe.number, uploads: maybe.number })),
		power: optional(record({ camera_on: optional(orNull(flag)), switching: maybe.flag, seconds: maybe.number, error: maybe.text })),
		uart: optional(record({ owner: maybe.text, baud: maybe.number, overruns: maybe.number, dropped: maybe.number })),
		tftp: optional(record({ completed: maybe.number, failed: maybe.number, under_way: optional(list(anything)) })),
		fastboot: optional(fastbootState),
		networks: optional(orNull(record({ lab: network, camera: network, wifi: optional(orNull(record({ ssid: maybe.text }))),
			overlap: maybe.flag }))),
		settings: optional(record({ problems: optional(list(text)) })),
		firmware: optional(record({ last_error: maybe.text })),
		faults: optional(record({ count: maybe.number, last: maybe.text }))
	}),
	/** `GET /power` and what switches it. */
	power: record({ camera_on: orNull(flag), camera_path: maybe.text, seconds: maybe.number }),
	/** `GET /tftp`. */
	files: record({
		files: list(record({ name: text, size: number, crc32: text, reads: number, completed: number, last_error: orNull(text),
			age_seconds: maybe.number, armed_size: maybe.number, received: maybe.number })),
		max_size_bytes: number,
		max_slots: number,
		psram_free_bytes: number,
		psram_largest_free_block: number
	}),
	/** `GET /settings`. */
	settings: record({ ...settings, fields: entries(record({ type: text, default: setting, about: text })) }),
	/** `PATCH /settings`. */
	settingsChanged: record({ ...settings, changed: list(text) }),
	/** `GET /firmware`. */
	firmware: record({ version: text, ...slots }),
	/** What an update answers. */
	installed: record({ size: number, sha256: text, version: text, restarting: flag }),
	/** `POST /restart`. */
	restarting: record({ restarting: flag }),
	/** What staging a file answers. */
	staged: record({ name: text, size: number, crc32: text }),
	/** `POST /fastboot`. */
	fastboot: record(fastbootResult),
	/** `GET /fastboot`. */
	fastbootState,
	/** `GET /uart`. */
	uart: record({
		owner: orNull(text),
		log_start: maybe.number,
		log_end: number,
		raw_port: maybe.number,
		rfc2217_port: maybe.number,
		bridge: optional(orNull(record({ client: optional(orNull(either(text, record({ address: text, port: number })))), seconds: maybe.number,
			connections: maybe.number, client_port: optional(orNull(number)), client_id: optional(orNull(number)), received: maybe.number })))
	})
} satisfies Record<string, Check>;

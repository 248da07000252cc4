/**
 * What goes over the pod's HTTP interface: the shapes of its JSON, named as on the wire. Types only.
 *
 * A CRC-32 is 8 lower-case hexadecimal digits without 0x (CRC-32/ISO-HDLC, the one of zlib and of U-Boot's `crc32`). Sizes and offsets are
 * bytes, times are milliseconds unless the name says otherwise. What only newer pods tell is optional.
 */

/** `GET /` with Accept: application/json. */
export interface Directory {
	name: string;
	version: string;
	endpoints: { method: string; path: string; does: string }[];
}

/** `GET /power` and the answers of `POST /power/...`. */
export interface PowerState {
	camera_on: boolean;
	/** Which supply feeds the camera: "5V". */
	camera_path: string;
	/** Since the last change. */
	seconds?: number;
}

/** The answer to staging a file. */
export interface StagedFile {
	name: string;
	size: number;
	crc32: string;
}

/** The answer to `PUT /tftp/<name>?upload=N`. */
export interface ArmedSlot {
	name: string;
	armed_size: number;
}

/** One file of `GET /tftp`. */
export interface FileInfo {
	name: string;
	size: number;
	/** TFTP transfers begun. */
	reads: number;
	/** TFTP transfers that reached their last block. */
	completed: number;
	/** Why the last failed transfer failed; null when none did. */
	last_error: string | null;
	/** Of the bytes that are there: "00000000" for an armed slot, which has none before the camera's upload is complete. */
	crc32: string;
	/** Seconds since staging. */
	age_seconds?: number;
	/** Left over from before the last fastboot, or idle for long: goes when its room is needed. */
	reclaimable?: boolean;
	/** Only of an armed slot: bytes the camera may write to it, and has written. */
	armed_size?: number;
	received?: number;
	/** While a TFTP transfer of it is under way: the oldest one's client as "address:port", and its bytes so far. */
	transfer?: { client: string; bytes: number };
}

/** `GET /tftp`. */
export interface StagingArea {
	files: FileInfo[];
	max_size_bytes: number;
	max_slots: number;
	psram_free_bytes: number;
	/** What fits in one file now: with a page store the whole free total, reclaimable leftovers included. */
	psram_largest_free_block: number;
}

/** The answer to removing files; `removed` counts them where it may be more than one. */
export interface Removed {
	ok: boolean;
	removed?: number;
}

/** The answer to ending a job. */
export interface Cancelled {
	ok: boolean;
	/** False: none was running. */
	cancelled: boolean;
}

/** The answer to `POST /fastboot`, good or bad. */
export interface FastbootResult {
	success: boolean;
	last_phase: string;
	failed_phase?: string;
	/** Which frame failed: "PRESTEP0 HEAD". */
	error?: string;
	elapsed_ms?: number;
	handshake_markers?: number;
	/** The line "U-Boot 2016.11 ..." that the pod heard after the upload, printable; null when there was none. Absent from pods of before. */
	banner?: string | null;
	/** Counts fastboots from 1 since the pod's start, so that who looks later knows its own. */
	id?: number;
}

/** The answer to `POST /fastboot` with Prefer: respond-async. */
export interface FastbootBegun {
	id: number;
	running: true;
}

/** How far a fastboot is. */
export interface FastbootProgress {
	phase: string;
	/** Payload bytes the camera has acknowledged, and in all. */
	bytes_sent: number;
	bytes_total: number;
	/** Bytes per second. */
	rate: number;
	elapsed_ms: number;
}

/** `GET /fastboot`: with the progress only while one is running. */
export interface FastbootState extends Partial<FastbootProgress> {
	running: boolean;
	/** Of the one that is running. */
	id?: number;
	last_result: FastbootResult | null;
}

/** `GET /uart`. */
export interface UartState {
	/** Who has the line: "bridge HOST", "fastboot"; null when nobody does. */
	owner: string | null;
	baud: number;
	rx_bytes: number;
	tx_bytes: number;
	overruns: number;
	dropped: number;
	/** Absolute offsets: camera bytes since the pod started. */
	log_start: number;
	log_end: number;
	/** Ports of the console: raw bytes, RFC 2217. Older pods don't tell. */
	raw_port?: number;
	rfc2217_port?: number;
	/** Older pods don't tell. */
	bridge?: ConsoleState;
}

/** Who has the console, null for nobody, and what has happened to it since the pod started. */
export interface ConsoleState {
	client: { address: string; port: number } | string | null;
	client_port?: number | null;
	/** Which connection since start. */
	client_id?: number | null;
	/** For how many seconds. */
	seconds: number;
	/** Bytes to the client, and from it. */
	sent?: number;
	received?: number;
	/** Those that read along and will take over within a second. */
	newcomers?: number;
	connections?: number;
	takeovers?: number;
	refusals?: number;
	idle_closes?: number;
}

/** The answers to `POST /uart/baud` and `POST /uart/break`, whose bodies have the same field. */
export interface BaudRate {
	rate: number;
}

export interface LineBreak {
	milliseconds: number;
}

/** What a setting may be, as `GET /settings` tells it: `type` and `default`, and the limits that the type has. */
export interface SettingField {
	type: "string" | "number" | "boolean";
	default: SettingValue;
	about: string;
	/** Of the number, or of the text's length in bytes. */
	minimum?: number;
	maximum?: number;
	unit?: string;
	characters?: string;
	choices?: readonly string[];
	/** Shown as true when it is set. */
	secret?: boolean;
	/** A change takes effect at the next start. */
	restart?: boolean;
}

export type SettingValue = string | number | boolean;

/** What `GET` and `PATCH /settings` both answer. */
export interface SettingValues {
	/** By name; of a secret only whether it is set. */
	settings: Record<string, SettingValue>;
	origin: "flash" | "factory";
	/** There is flash to keep changes. */
	kept: boolean;
	/** Names of those whose new value waits for the next start. */
	waiting_for_restart: string[];
	/** What is wrong with flash, or with values that were given or stored. */
	problems: readonly string[];
}

/** `GET /settings`. */
export interface SettingsState extends SettingValues {
	fields: Record<string, SettingField>;
}

/** The answer to `PATCH /settings`. */
export interface SettingsChanged extends SettingValues {
	/** Names of those that have another value now. */
	changed: string[];
}

/** What `GET /firmware` and `GET /status` tell of it. */
export interface FirmwareSlots {
	/** The slot that runs. */
	slot: string;
	/** The image is new and has yet to prove itself. */
	pending: boolean;
	/** Why the pod started last: "power on", "restart", "panic". */
	reset: string;
	/** One under way. */
	update: { size: number; received: number } | null;
	/** Of the last update. */
	last_error: string | null;
}

/** `GET /firmware`. */
export interface FirmwareState extends FirmwareSlots {
	version: string;
}

/** The answer to an update. */
export interface FirmwareInstalled {
	size: number;
	/** The image's own hash, 64 hexadecimal digits. */
	sha256: string;
	version: string;
	restarting: true;
}

/** The answer to `POST /restart`. */
export interface Restarting {
	restarting: true;
}

/** `GET /status`. Older pods tell no more than name and version. */
export interface PodStatus {
	name: string;
	version: string;
	uptime_seconds?: number;
	memory?: MemoryState;
	power?: {
		/** Null: the switch can't be read, and `error` is the code of what is wrong. */
		camera_on: boolean | null;
		switching: boolean;
		seconds: number;
		error?: string;
	};
	/** Bytes from and to the camera. */
	uart?: { owner: string | null; baud: number; rx: number; tx: number; overruns: number; dropped: number };
	tftp?: { transfers: number; completed: number; failed: number; under_way: Transfer[]; [counter: string]: number | Transfer[] };
	fastboot?: FastbootState;
	networks?: NetworksState;
	/** Connections that came from the camera's side and were not let in. */
	refused?: { http: number; console: number };
	settings?: Pick<SettingValues, "origin" | "kept" | "problems">;
	firmware?: FirmwareSlots;
	/** Connections to HTTP, live responses, and who has the console. */
	clients?: { http: number; streams?: number; bridge: string | null };
	/** Exceptions that nobody expected, since the pod started. */
	faults?: { count: number; last: string | null };
	/** The last of them, oldest first: seconds since start, and how often in a row. */
	defects?: readonly { seconds: number; times: number; text: string }[];
}

/** A TFTP transfer under way. */
export interface Transfer {
	name: string;
	/** "address:port". */
	client: string;
	direction: "download" | "upload";
	/** Bytes of the file that the client has, or has sent. */
	bytes: number;
	/** Of the file, where it is known. */
	size: number | undefined;
	state: string;
	blockSize: number;
	window: number;
	/** Blocks sent again. */
	repeated: number;
	/** Milliseconds since the request. */
	age: number;
}

/** Bytes, and counts. Boards add what they know. */
export interface MemoryState {
	psram_total_bytes: number;
	psram_free_bytes: number;
	files: number;
	max_files: number;
	uploads: number;
	[detail: string]: number | undefined;
}

/** The pod's networks. Boards add what they know. */
export interface NetworksState {
	/** The lab's network holds addresses of the camera's, so one of the two can't be reached reliably. */
	overlap: boolean;
	lab?: NetworkPlace | null;
	camera?: NetworkPlace | null;
	/** Null: it has none. */
	wifi?: { ssid: string } | null;
	[fact: string]: unknown;
}

/** Where the pod is in a network. */
export interface NetworkPlace {
	address: string;
	mask?: string;
	up?: boolean;
}

/** The body of every error answer. */
export interface ErrorBody {
	/** One of errors.ts, unless the pod is newer. */
	error: string;
	message?: string;
	[detail: string]: unknown;
}

/**
 * What goes over the pod's HTTP interface: the shapes of its JSON, named as on the wire. Types only.
 *
 * A CRC-32 is 8 lower-case hexadecimal digits without 0x (CRC-32/ISO-HDLC, the one of zlib and of U-Boot's `crc32`).
 * Sizes and offsets are bytes, times are milliseconds unless the name says otherwise.
 */

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
	/** Who has the console (null for nobody), for how many seconds, and how many have connected since the pod started. Older pods don't tell. */
	bridge?: { client: { address: string; port: number } | string | null; seconds: number; connections?: number };
}

/** `GET /status`: what every pod tells; the rest is for people. */
export interface PodStatus {
	name: string;
	version: string;
	[detail: string]: unknown;
}

/** The body of every error answer. */
export interface ErrorBody {
	error: string;
	message?: string;
	[detail: string]: unknown;
}

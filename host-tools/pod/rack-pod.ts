/**
 * A rack pod as a TypeScript object: one typed call for every endpoint of its HTTP interface.
 *
 *     const pod = new RackPod("pod-7.local");
 *     await pod.stage("kernel", { path: "uImage", length: size }, { crc32, onProgress });
 *     for (const file of (await pod.files()).files) ...
 *
 * Answers have the shapes of modules/protocol/answers.ts. Every call throws PodError: `code` is the pod's own (`busy`, `oom`, ...) or a
 * LocalCode, `retryable` says whether trying again can help by itself. Calls may run at the same time; each has its own connection. The
 * serial console is not here: pod-console.ts and console.ts.
 */
import { podAddress, type PodAddress } from "./address.ts";
import { ANSWERS, type Check } from "./answer-checks.ts";
import { exchange, openStream, type HttpAnswer, type HttpRequest, type HttpStream, type Source } from "./http.ts";
import { realNetwork, type Network } from "./network.ts";
import { Failure } from "../base/failure.ts";
import { parseJson } from "../base/input.ts";
import { PodError } from "./pod-error.ts";
import type {
	Directory, FastbootResult, FastbootState, FirmwareInstalled, FirmwareState, PodStatus, PowerState, SettingsChanged, SettingsState,
	SettingValue, StagedFile, StagingArea, UartState
} from "../../modules/protocol/answers.ts";
import { POWER_OFF } from "../../modules/protocol/limits.ts";

export interface RackPodOptions {
	/** Milliseconds to connect; default 5000. */
	connect?: number;
	/** Milliseconds in which something has to move; default 15000. What waits for the camera's supply, and fastboot, have longer ones. */
	idle?: number;
	/** Port of the console, where ports are forwarded on the way; default: what the pod tells. */
	consolePort?: number | undefined;
	/** The pod's token, for pods that have one: they want it for every change. */
	token?: string | undefined;
	/** Another than this computer's. */
	network?: Network | undefined;
}

export interface CallOptions {
	/** Ends the call with PodError `aborted`. */
	signal?: AbortSignal | undefined;
}

export interface UploadOptions extends CallOptions {
	/** CRC-32 of the bytes as 8 hexadecimal digits: the pod refuses (`checksum_mismatch`) what doesn't have it. */
	crc32?: string;
	onProgress?: ((sent: number, total: number) => void) | undefined;
}

export interface FastbootOptions extends CallOptions {
	/** Milliseconds without a byte moving, as they are while the pod does the job and before it answers; default 180000. */
	limit?: number;
}

/** A piece of the camera's output. */
export interface UartLog {
	bytes: Uint8Array;
	/** Absolute offset of the first byte; later than asked for when older output is gone. */
	start: number;
	/** What to ask for next. */
	next: number;
}

/** Partial Content. */
const PARTIAL = 206;

/** The camera's output from an offset on, as it is said. */
export interface UartStream {
	/** Absolute offset of the first byte; later than asked for when older output is gone. No byte is missing behind it. */
	readonly start: number;
	/** Throws PodError `connection_lost` when it is cut off: by the network, or by the pod whose log has overtaken a slow reader. Once. */
	pieces(): AsyncIterable<Uint8Array>;
	close(): void;
}

const SMALL = 1024 * 1024;
const LARGE = 2 ** 31;
const BYTES: Readonly<Record<string, string>> = { "Content-Type": "application/octet-stream" };

export class RackPod {
	readonly address: PodAddress;
	/** Port of the console if one was given. */
	readonly consolePort: number | undefined;
	/** By which it is reached; its console, too. */
	readonly network: Network;
	#connect: number;
	#idle: number;
	#headers: Readonly<Record<string, string>>;

	/** `host` is HOST, HOST:PORT or http://HOST:PORT. Throws Failure `usage` when it is none of these. */
	constructor(host: string, options: RackPodOptions = {}) {
		this.address = podAddress(host);
		this.consolePort = options.consolePort;
		this.network = options.network ?? realNetwork;
		this.#connect = options.connect ?? 5000;
		this.#idle = options.idle ?? 15000;
		if (options.token !== undefined && !/^[\x20-\x7e]*$/.test(options.token))
			throw new Failure("usage", "the token has characters that no token has, a line end for one", "check --token or RACKPOD_TOKEN");
		this.#headers = options.token ? { Authorization: `Bearer ${options.token}` } : {};
	}

	/** `GET /`: what there is. */
	async directory(options: CallOptions = {}): Promise<Directory> {
		return this.#json(ANSWERS.directory, "GET", "/", options, { headers: { Accept: "application/json" } });
	}

	/** `GET /status`. */
	async status(options: CallOptions = {}): Promise<PodStatus> {
		return this.#json(ANSWERS.status, "GET", "/status", options);
	}

	/** `GET /power`. */
	async power(options: CallOptions = {}): Promise<PowerState> {
		return this.#json(ANSWERS.power, "GET", "/power", options);
	}

	/** `POST /power/on`; within the minimum off time the pod waits before it answers. */
	async powerOn(options: CallOptions = {}): Promise<PowerState> {
		return this.#json(ANSWERS.power, "POST", "/power/on", options, { idle: this.#idle + POWER_OFF });
	}

	/** `POST /power/off`: at once, and ends a fastboot. */
	async powerOff(options: CallOptions = {}): Promise<PowerState> {
		return this.#json(ANSWERS.power, "POST", "/power/off", options);
	}

	/** `POST /power/cycle`: off, for the setting `power_off` at least, on. Answers when the camera is on again. */
	async powerCycle(options: CallOptions = {}): Promise<PowerState> {
		return this.#json(ANSWERS.power, "POST", "/power/cycle", options, { idle: this.#idle + POWER_OFF });
	}

	/** `GET /tftp`. */
	async files(options: CallOptions = {}): Promise<StagingArea> {
		return this.#json(ANSWERS.files, "GET", "/tftp", options);
	}

	/** Stages a file under `name`, replacing one of that name. */
	async stage(name: string, source: Source, options: UploadOptions = {}): Promise<StagedFile> {
		return this.#upload(ANSWERS.staged, filePath(name), source, options);
	}

	/** Arms a slot of `size` bytes that the camera may fill once by a TFTP write. Then it is a file as others: `files()` tells its CRC-32. */
	async arm(name: string, size: number, options: CallOptions = {}): Promise<void> {
		await this.#call("PUT", `${filePath(name)}?upload=${size}`, options);
	}

	/** The bytes of a staged file, or `length` of them from `start`. */
	async fetch(name: string, options: CallOptions & { start?: number; length?: number } = {}): Promise<Uint8Array> {
		const { start = 0, length } = options;
		if (length === 0)
			return new Uint8Array(0);
		const headers: Record<string, string> = {};
		if (start || length !== undefined)
			headers["Range"] = `bytes=${start}-${length === undefined ? "" : start + length - 1}`;
		const { status, body } = await this.#call("GET", filePath(name), options, { headers, limit: LARGE });
		// A server may answer with the whole (RFC 9110 section 14.2).
		return headers["Range"] === undefined || status === PARTIAL ? body
			: body.subarray(start, length === undefined ? undefined : start + length);
	}

	/** `HEAD /tftp/<name>`: what is staged, without its bytes; undefined when nothing is. */
	async describe(name: string, options: CallOptions = {}): Promise<StagedFile | undefined> {
		try {
			const { headers } = await this.#call("HEAD", filePath(name), options);
			return { name, size: Number(headers["content-length"]), crc32: String(headers["x-checksum-crc32"] ?? "") };
		}
		catch (error) {
			if (error instanceof PodError && error.status === 404)
				return undefined;
			throw error;
		}
	}

	/** Frees one staged file. Throws PodError `no_such_file` (404) when there is none. */
	async remove(name: string, options: CallOptions = {}): Promise<void> {
		await this.#call("DELETE", filePath(name), options);
	}

	/** Frees everything staged. */
	async clear(options: CallOptions = {}): Promise<void> {
		await this.#call("DELETE", "/tftp", options);
	}

	/**
	 * `POST /fastboot`: power-cycles the camera and brings `body` (blob.ts) up through its boot ROM. Resolves when U-Boot runs
	 * or when the camera has failed (`success: false`, with phase and frame); a refusal (busy, malformed) throws.
	 */
	async fastboot(body: Uint8Array, options: FastbootOptions = {}): Promise<FastbootResult> {
		try {
			return await this.#json(ANSWERS.fastboot, "POST", "/fastboot", options,
				{ headers: BYTES, body, idle: options.limit ?? 180000 });
		}
		catch (error) {
			if (error instanceof PodError && error.status === 500 && error.detail.success === false) {
				const { detail } = error;
				return { ...detail, success: false, last_phase: String(detail.last_phase ?? "unknown"), error: error.code };
			}
			throw error;
		}
	}

	/** `GET /fastboot`: how far it is. */
	async fastbootState(options: CallOptions = {}): Promise<FastbootState> {
		return this.#json(ANSWERS.fastbootState, "GET", "/fastboot", options);
	}

	/** `DELETE /fastboot`: ends the one that is running. Harmless when none is. */
	async cancelFastboot(options: CallOptions = {}): Promise<void> {
		await this.#call("DELETE", "/fastboot", options);
	}

	/** `GET /uart`. */
	async uart(options: CallOptions = {}): Promise<UartState> {
		return this.#json(ANSWERS.uart, "GET", "/uart", options);
	}

	/** `POST /uart/baud`. */
	async setBaud(rate: number, options: CallOptions = {}): Promise<void> {
		await this.#call("POST", "/uart/baud", options, jsonBody({ rate }));
	}

	/** `POST /uart/break`: holds the line low, 250 ms unless told otherwise. Answers when it is over. */
	async sendBreak(milliseconds?: number, options: CallOptions = {}): Promise<void> {
		await this.#call("POST", "/uart/break", options, jsonBody({ milliseconds }));
	}

	/** `GET /uart/log`: camera output from absolute offset `since`, or all that is kept. */
	async uartLog(since?: number, options: CallOptions = {}): Promise<UartLog> {
		const { body, headers } = await this.#call("GET", since === undefined ? "/uart/log" : `/uart/log?since=${since}`, options,
			{ limit: 2 * SMALL });
		const start = this.#place("/uart/log", headers["x-log-start"] ?? since ?? 0);
		return { bytes: body, start, next: this.#place("/uart/log", headers["x-log-next"] ?? start + body.length) };
	}

	/**
	 * `GET /uart/stream`: camera output from absolute offset `since`, or all that is kept, and what is said from then on. It takes nobody's
	 * line. `followLog` goes on after a connection is lost.
	 */
	async uartStream(since?: number, options: CallOptions = {}): Promise<UartStream> {
		const path = since === undefined ? "/uart/stream" : `/uart/stream?since=${since}`;
		const stream = await openStream(this.#request("GET", path, options));
		try {
			if (stream.status !== 200)
				throw PodError.from(`GET ${this.address.url.origin}${path}`, stream.status, await beginningOf(stream));
			return { start: this.#place("/uart/stream", stream.headers["x-log-start"]), pieces: stream.pieces, close: stream.close };
		}
		catch (error) {
			stream.close();
			throw error;
		}
	}

	/** An offset of the log in an answer's head. */
	#place(path: string, value: unknown): number {
		const place = typeof value === "string" && value !== "" || typeof value === "number" ? Number(value) : NaN;
		if (!Number.isSafeInteger(place) || place < 0)
			throw new PodError("bad_answer", 200,
				`GET ${this.address.url.origin}${path}: its places in the log are no numbers; is this a rack pod?`);
		return place;
	}

	/** `GET /settings`. */
	async settings(options: CallOptions = {}): Promise<SettingsState> {
		return this.#json(ANSWERS.settings, "GET", "/settings", options);
	}

	/** `PATCH /settings`: all of them or none; null brings a default back. */
	async changeSettings(changes: Readonly<Record<string, SettingValue | null>>, options: CallOptions = {}): Promise<SettingsChanged> {
		return this.#json(ANSWERS.settingsChanged, "PATCH", "/settings", options, jsonBody(changes));
	}

	/** `GET /firmware`. */
	async firmware(options: CallOptions = {}): Promise<FirmwareState> {
		return this.#json(ANSWERS.firmware, "GET", "/firmware", options);
	}

	/** `PUT /firmware`: installs an image, which the pod proves first. Then it restarts. */
	async updateFirmware(image: Source, options: Omit<UploadOptions, "crc32"> = {}): Promise<FirmwareInstalled> {
		return this.#upload(ANSWERS.installed, "/firmware", image, options);
	}

	/** `DELETE /firmware`: ends an update that hangs. Harmless when none is running. */
	async cancelUpdate(options: CallOptions = {}): Promise<void> {
		await this.#call("DELETE", "/firmware", options);
	}

	/** `POST /restart`: restarts the pod. The camera keeps its supply, staged files are lost. */
	async restart(options: CallOptions = {}): Promise<void> {
		await this.#json(ANSWERS.restarting, "POST", "/restart", options);
	}

	/** Sends what the pod is to keep. */
	async #upload<T>(check: Check, path: string, body: Source, options: UploadOptions): Promise<T> {
		const { crc32, onProgress } = options;
		const headers = { ...BYTES, ...crc32 ? { "X-Checksum-CRC32": crc32 } : {} };
		return this.#json(check, "PUT", path, options, { headers, body, onProgress, idle: Math.max(this.#idle, 30000) });
	}

	async #json<T>(check: Check, method: string, path: string, options: CallOptions, more: Partial<HttpRequest> = {}): Promise<T> {
		const { status, body } = await this.#call(method, path, options, more);
		let answer: unknown;
		try {
			answer = parseJson(new TextDecoder().decode(body));
		}
		catch {
			// That is no object.
		}
		const complaint = check(answer, "");
		if (complaint)
			throw new PodError("bad_answer", status, `${method} ${this.address.url.origin}${path}: ${complaint}; is this a rack pod?`);
		return answer as T;
	}

	async #call(method: string, path: string, options: CallOptions, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
		const answer = await exchange(this.#request(method, path, options, more));
		if (answer.status < 200 || answer.status > 299)
			throw PodError.from(`${method} ${this.address.url.origin}${path}`, answer.status, answer.body);
		return answer;
	}

	#request(method: string, path: string, options: CallOptions, more: Partial<HttpRequest> = {}): HttpRequest {
		return { network: this.network, base: this.address.url, method, path, connect: this.#connect, idle: this.#idle, limit: SMALL,
			signal: options.signal, ...more, headers: { ...this.#headers, ...more.headers } };
	}
}

/** Of a refusal's body what there is need of. */
async function beginningOf(stream: HttpStream): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const part of stream.pieces()) {
		parts.push(part);
		if ((length += part.length) >= SMALL)
			break;
	}
	return Buffer.concat(parts);
}

/** A small JSON object, and what says that it is one. */
function jsonBody(value: object): Pick<HttpRequest, "headers" | "body"> {
	return { headers: { "Content-Type": "application/json" }, body: new TextEncoder().encode(JSON.stringify(value)) };
}

/** Throws Failure `usage` for a name with a part `.` or `..`, which no URL can carry: the path would be another one. */
function filePath(name: string): string {
	const parts = name.split("/");
	if (parts.includes(".") || parts.includes(".."))
		throw new Failure("usage", `${name} is no name for a file on a pod: it has a part that is . or ..`, "give it another name");
	return `/tftp/${parts.map(encodeURIComponent).join("/")}`;
}

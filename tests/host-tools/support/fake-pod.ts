/**
 * A pod's HTTP interface and serial bridge in this process, on this computer's network or one in memory, with faults to order. For what the real firmware never does by
 * itself; everything that works is tested against the simulator.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTCP, type AddressInfo, type Server as TCPServer, type Socket } from "node:net";
import { once } from "node:events";
import { realClock } from "../../../host-tools/base/clock.ts";
import { crcOf } from "../../../host-tools/base/crc32.ts";
import { RackPod, type RackPodOptions } from "../../../host-tools/pod/rack-pod.ts";
import type { ErrorBody, FastbootResult, FastbootState, PodStatus, PowerState, Removed, StagedFile, StagingArea, UartState } from "../../../modules/protocol/answers.ts";
import { ERRORS, type ErrorCode } from "../../../modules/protocol/errors.ts";
import { RFC2217_PORT } from "../../../modules/protocol/ports.ts";
import { VERSION } from "./dump.ts";
import { FakeUBoot, type CameraFaults } from "./fake-u-boot.ts";
import type { MemoryNetwork } from "./memory-network.ts";

export interface FakePodOptions {
	flashSize?: number;
	/** Bytes for staged files. */
	room?: number;
	slots?: number;
	/** Bytes that a fastboot takes while it runs. */
	blobRoom?: number;
	camera?: CameraFaults;
	/** Milliseconds for which a newcomer only reads along, unless it sends something; 0: it takes the line at once. */
	patience?: number;
	/** It tells nothing of its console. */
	old?: boolean;
	/** Answers to give instead, once each, for "METHOD /path"; status 0 breaks the connection. */
	answers?: { request: string; status: number; body: object | string }[];
}

/** Where the log begins. */
const LOG_START = 100;

export class FakePod {
	readonly camera: FakeUBoot;
	readonly files = new Map<string, Uint8Array>();
	/** Every request as "METHOD /path". */
	readonly requests: string[] = [];
	onRequest: (request: string) => void = () => undefined;
	/** Is told what a client sends before the camera hears it. */
	onBytes: (bytes: Buffer) => void = () => undefined;
	/** Somebody who has had the console all the time, by what the pod says. */
	holder: string | null = null;
	/** Everything the camera has said; the first of it is older than the pod's memory. */
	log = Buffer.from("12345");
	/** Connections to the console since start. */
	connections = 0;
	/** Requests are heard and not answered any more. */
	silent = false;
	#options: FakePodOptions;
	#http: Server;
	#tcp: TCPServer;
	#client: Socket | undefined;
	#sockets = new Set<Socket>();
	#network: MemoryNetwork | undefined;
	/** In memory: HTTP's and the console's; none while it is stopped. */
	#ports: readonly number[] = [];
	#running = false;
	#polled: () => void = () => undefined;
	#onRefused: () => void = () => undefined;

	constructor(options: FakePodOptions = {}) {
		this.#options = options;
		this.camera = new FakeUBoot(options.flashSize ?? 1024 * 1024, options.camera ?? {});
		this.camera.load = name => this.files.get(name);
		this.camera.say = text => {
			const bytes = Buffer.from(text, "latin1");
			this.log = Buffer.concat([this.log, bytes]);
			this.#client?.write(bytes);
		};
		this.#http = createServer((request, response) => void this.#handle(request, response));
		this.#http.on("checkContinue", (request, response) => {
			if (this.#refused(request, response))
				return;
			response.writeContinue();
			void this.#handle(request, response);
		});
		this.#tcp = createTCP({ noDelay: true }, socket => {
			if (!this.#tcp.listening && this.#ports.length === 0)
				return void socket.destroy();
			this.connections++;
			this.#sockets.add(socket);
			const clock = this.#network?.clock ?? realClock;
			const take = (): void => {
				clock.cancel(waiting);
				if (this.#client !== socket)
					this.#client?.destroy();
				this.#client = socket;
			};
			const waiting = clock.after(this.#client ? options.patience ?? 0 : 0, take);
			if (!this.#client || !options.patience)
				take();
			socket.on("close", () => {
				clock.cancel(waiting);
				this.#sockets.delete(socket);
				if (this.#client === socket)
					this.#client = undefined;
			});
			socket.on("data", bytes => {
				if (socket.destroyed)
					return;
				take();
				this.onBytes(bytes);
				if (!socket.destroyed)
					this.camera.hear(bytes);
			});
			socket.on("error", () => undefined);
		});
	}

	/** Starts both servers on free ports, in `network` from now on if there is one; resolves with a client. */
	async start(options: RackPodOptions = {}, network = this.#network): Promise<RackPod> {
		this.#network = network;
		if (network) {
			this.#ports = [network.listen(socket => {
				this.#sockets.add(socket);
				socket.on("close", () => this.#sockets.delete(socket));
				this.#http.emit("connection", socket);
			}), network.listen(socket => this.#tcp.emit("connection", socket))];
			return new RackPod(this.host, { network, ...options });
		}
		this.#http.listen(0, "127.0.0.1");
		this.#tcp.listen(0, "127.0.0.1");
		await Promise.all([once(this.#http, "listening"), once(this.#tcp, "listening")]);
		return new RackPod(this.host, options);
	}

	get host(): string {
		return `127.0.0.1:${this.#ports[0] ?? (this.#http.address() as AddressInfo).port}`;
	}

	get consolePort(): number {
		return this.#ports[1] ?? (this.#tcp.address() as AddressInfo).port;
	}

	/** The bridge's client loses its connection. */
	dropClient(): void {
		this.#client?.destroy();
	}

	async stop(): Promise<void> {
		if (this.#network) {
			this.#ports.forEach(port => this.#network!.close(port));
			this.#ports = [];
			this.#sockets.forEach(socket => socket.destroy());
			return;
		}
		this.#http.closeAllConnections();
		this.#http.close();
		this.#tcp.close();
		this.#sockets.forEach(socket => socket.destroy());
		await Promise.all([once(this.#http, "close"), once(this.#tcp, "close")]);
	}

	get #free(): number {
		let used = 0;
		for (const { length } of this.files.values())
			used += length;
		return (this.#options.room ?? 8 * 1024 * 1024) - used - (this.#running ? this.#options.blobRoom ?? 0 : 0);
	}

	#ordered(request: IncomingMessage, response: ServerResponse): boolean {
		const name = `${request.method} ${request.url}`;
		this.requests.push(name);
		this.onRequest(name);
		if (this.silent)
			return true;
		const at = this.#options.answers?.findIndex(answer => answer.request === name) ?? -1;
		if (at < 0)
			return false;
		const { status, body } = this.#options.answers!.splice(at, 1)[0]!;
		if (status)
			this.#answer(response, status, body);
		else
			request.socket.destroy();
		return true;
	}

	/** What a pod refuses before it reads the body. */
	#refused(request: IncomingMessage, response: ServerResponse): boolean {
		const length = Number(request.headers["content-length"]);
		if (request.method === "PUT" && length > this.#free) {
			this.requests.push(`refused ${request.url}`);
			this.#onRefused();
			this.#refuse(response, "oom", "no room", { requested: length, psram_largest_free: this.#free });
			return true;
		}
		return false;
	}

	async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (this.#ordered(request, response))
			return;
		const name = decodeURIComponent(/^\/tftp\/(.*)$/.exec(request.url!)?.[1] ?? "");
		let body: Buffer;
		try {
			body = await readAll(request);
		}
		catch {
			return;
		}
		switch (`${request.method} ${name ? "/tftp/" : request.url}`) {
			case "GET /status":
				return this.#answer(response, 200, { name: "fake", version: "1", refused: { http: 0, console: 0 }, defects: [] } satisfies PodStatus);
			case "GET /power":
			case "POST /power/on":
				return this.#answer(response, 200, { camera_on: true, camera_path: "5V" } satisfies PowerState);
			case "GET /tftp":
				return this.#answer(response, 200, {
					files: [...this.files].map(([file, bytes]) => ({ name: file, size: bytes.length, crc32: crcOf(bytes), reads: 0, completed: 0, last_error: null })),
					max_size_bytes: this.#options.room ?? 8 * 1024 * 1024, max_slots: this.#options.slots ?? 32, psram_free_bytes: this.#free, psram_largest_free_block: this.#free
				} satisfies StagingArea);
			case "DELETE /tftp":
				this.files.clear();
				return this.#answer(response, 200, { ok: true } satisfies Removed);
			case "PUT /tftp/":
				return this.#stage(request, response, name, body);
			case "DELETE /tftp/":
				return this.files.delete(name) ? this.#answer(response, 200, { ok: true } satisfies Removed) : this.#refuse(response, "no_such_file", "no such file");
			case "GET /tftp/":
				response.writeHead(200, { "X-Checksum-CRC32": crcOf(this.files.get(name)!) });
				response.end(this.files.get(name));
				return;
			case "GET /fastboot":
				this.#answer(response, 200, (this.#running
					? { running: true, phase: "agent", bytes_sent: 10, bytes_total: 20, rate: 11000, elapsed_ms: 5, last_result: null }
					: { running: false, last_result: null }) satisfies FastbootState);
				if (this.#running)
					this.#polled();
				return;
			case "POST /fastboot":
				return this.#fastboot(request, response);
			case "GET /uart":
				return this.#answer(response, 200, this.#uart());
			default:
				if (name === "" && request.method === "GET" && request.url!.startsWith("/uart/log"))
					return this.#showLog(request, response);
				return this.#refuse(response, "not_found", "no such resource");
		}
	}

	/** An old pod tells less than any type asks for. */
	#uart(): Partial<UartState> {
		const { old } = this.#options;
		const client = this.holder ?? (this.#client ? `${this.#client.remoteAddress}:${this.#client.remotePort}` : null);
		const [, address, port] = /^(.*):(\d+)$/.exec(client ?? "") ?? [];
		return {
			owner: client ? `bridge ${client}` : null, baud: 115200, log_start: LOG_START, log_end: LOG_START + this.log.length,
			...old ? {} : { raw_port: this.consolePort, rfc2217_port: RFC2217_PORT, bridge: { client: client && { address, port: Number(port) }, seconds: 42, connections: this.connections } }
		};
	}

	#showLog(request: IncomingMessage, response: ServerResponse): void {
		const since = new URL(request.url!, "http://pod").searchParams.get("since");
		const from = Math.max(LOG_START, Math.min(since === null ? 0 : Number(since), LOG_START + this.log.length));
		response.writeHead(200, { "X-Log-Start": from, "X-Log-Next": LOG_START + this.log.length });
		response.end(this.log.subarray(from - LOG_START));
	}

	#stage(request: IncomingMessage, response: ServerResponse, name: string, bytes: Buffer): void {
		const announced = request.headers["x-checksum-crc32"];
		if (announced !== undefined && announced !== crcOf(bytes))
			return this.#refuse(response, "checksum_mismatch", "other bytes");
		if (!this.files.has(name) && this.files.size >= (this.#options.slots ?? 32))
			return this.#refuse(response, "no_slots", "all slots are taken");
		this.files.set(name, bytes);
		this.#answer(response, 200, { name, size: bytes.length, crc32: crcOf(bytes) } satisfies StagedFile);
	}

	/** Runs until its progress was looked at, as the real one runs much longer than that. */
	async #fastboot(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (this.#running)
			return this.#refuse(response, "busy", "a fastboot is running", { failed_phase: "busy" });
		this.#running = true;
		const polled = new Promise<void>(resolve => this.#polled = resolve);
		// With room to care for, it runs until somebody has tried to stage.
		const refused = this.#options.blobRoom ? new Promise<void>(resolve => this.#onRefused = resolve) : undefined;
		await Promise.race([Promise.all([polled, refused]), once(request.socket, "close")]);
		this.#running = false;
		this.camera.start();
		this.#answer(response, 200, { success: true, last_phase: "done", elapsed_ms: 5, handshake_markers: 5, banner: VERSION } satisfies FastbootResult);
	}

	#refuse(response: ServerResponse, error: ErrorCode, message: string, detail: object = {}): void {
		this.#answer(response, ERRORS[error].status, { error, message, ...detail } satisfies ErrorBody);
	}

	#answer(response: ServerResponse, status: number, body: object | string): void {
		response.writeHead(status, { "Content-Type": "application/json" });
		response.end(typeof body === "string" ? body : JSON.stringify(body));
	}
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of request as AsyncIterable<Buffer>)
		parts.push(part);
	return Buffer.concat(parts);
}

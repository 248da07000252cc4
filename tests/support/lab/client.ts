/**
 * The lab's clients of a pod, of the same shapes as those that tests of real processes use: TCP (`Peer`), HTTP (`fetch`, `ask`), UDP
 * (`Datagrams`). All of them run on Node and on XS.
 */
import type { Packet } from "base/io";
import { bytesOf, joined, textOf } from "../strings.ts";
import type { Peer as SimPeer } from "../tcp.ts";
import { LAB } from "./pod.ts";
import { CLIENT, connect, labTime, podAt } from "./world.ts";

/** `bytes` as what Node's tests compare with; on XS as they are. */
export function asBuffer(bytes: Uint8Array): Buffer {
	return typeof Buffer === "undefined" ? bytes as Buffer : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Milliseconds of the pod's time that a test waits for something on a connection. */
const PATIENCE = 600_000;

/** A TCP connection whose received bytes can be waited for. */
export class Peer {
	readonly socket: { readonly localPort: number; readonly localAddress: string; pause(): void; resume(): void; end(): void; destroy(): void; resetAndDestroy(): void };
	/** Called with the length of each piece that comes. */
	onReceive: ((length: number) => void) | undefined;
	private readonly wire: SimPeer;
	private readonly waiting = new Set<() => void>();

	/** Rejects when nobody listens. */
	static async connect(port: number, host = LAB, from = CLIENT): Promise<Peer> {
		await labTime().pause(1);
		return new Peer(connect(port, from, host), from);
	}

	constructor(wire: SimPeer, from: string) {
		this.wire = wire;
		let length = 0;
		wire.onChange = () => {
			labTime().touch();
			const came = wire.received.length - length;
			length += came;
			if (came > 0)
				this.onReceive?.(came);
			for (const changed of [...this.waiting])
				changed();
		};
		this.socket = {
			localPort: wire.port,
			localAddress: from,
			pause: () => void (wire.window = 0),
			resume: () => wire.open(),
			end: () => wire.end(),
			destroy: () => this.close(),
			resetAndDestroy: () => wire.abort()
		};
	}

	get received(): Buffer {
		return asBuffer(this.wire.received);
	}

	get text(): string {
		return this.wire.text;
	}

	/** The pod has ended it, in whatever way. */
	get closed(): boolean {
		return this.wire.closed || this.wire.reset;
	}

	/** The pod has reset it. */
	get reset(): boolean {
		return this.wire.reset;
	}

	send(bytes: string | Uint8Array): void {
		labTime().touch();
		this.wire.send(typeof bytes === "string" ? latin1(bytes) : bytes);
	}

	/** Waits until `condition` holds, looking at every arrival. Rejects when the peer closes first or nothing comes for long. */
	async until(condition: (text: string) => boolean, what: string): Promise<void> {
		while (!condition(this.text)) {
			if (this.closed)
				throw new Error(`closed before ${what}; received ${JSON.stringify(this.text)}`);
			await this.changed(what);
		}
	}

	async untilClosed(): Promise<void> {
		while (!this.closed)
			await this.changed("the end");
	}

	/** Waits until nothing has come for `milliseconds`. */
	async quiet(milliseconds: number): Promise<void> {
		for (let before = -1; before !== this.received.length;) {
			before = this.received.length;
			await labTime().pause(milliseconds);
		}
	}

	/** Goes away for good. */
	close(): void {
		this.wire.end();
	}

	/** Goes without a word that the pod could hear at once. */
	vanish(): void {
		this.wire.drop();
	}

	private changed(what: string): Promise<void> {
		return new Promise((resolve, reject) => {
			const time = labTime();
			const alarm = time.after(PATIENCE, () => settle(() => reject(new Error(`waited for ${what}; received ${JSON.stringify(this.text)}`))));
			const changed = (): void => settle(resolve);
			const settle = (how: () => void): void => {
				time.cancel(alarm);
				this.waiting.delete(changed);
				time.touch();
				how();
			};
			this.waiting.add(changed);
		});
	}
}

/** The bytes of a text of one byte per character; a loop, as Uint8Array.from takes a slot of the heap for each on XS. */
export function latin1(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at++)
		bytes[at] = text.charCodeAt(at);
	return bytes;
}

export interface FetchOptions {
	method?: string;
	headers?: Record<string, string>;
	body?: string | Uint8Array;
	/** The client's address. */
	from?: string;
}

/** What of `Response` tests use. */
class Answer {
	readonly status: number;
	private readonly names: Record<string, string>;
	private readonly bytes: Uint8Array;

	constructor(status: number, names: Record<string, string>, bytes: Uint8Array) {
		this.status = status;
		this.names = names;
		this.bytes = bytes;
	}

	get ok(): boolean {
		return this.status >= 200 && this.status < 300;
	}

	get headers(): { get(name: string): string | null } {
		return { get: name => this.names[name.toLowerCase()] ?? null };
	}

	async arrayBuffer(): Promise<ArrayBuffer> {
		return new Uint8Array(this.bytes).buffer; // a Buffer's own slice is no copy
	}

	async text(): Promise<string> {
		const bytes = await this.arrayBuffer();
		return typeof TextDecoder === "undefined" ? String.fromArrayBuffer(bytes) : new TextDecoder().decode(bytes);
	}

	async json(): Promise<unknown> {
		return JSON.parse(await this.text());
	}
}

/** One request on a connection of its own, as the global `fetch`. */
export async function fetch(url: string | URL, { method = "GET", headers = {}, body, from }: FetchOptions = {}): Promise<Response> {
	const [, host, port, path] = /^http:\/\/([^/:]+):(\d+)(\/.*)?$/.exec(String(url))!;
	const peer = await Peer.connect(Number(port), host, from);
	const bytes = typeof body === "string" ? bytesOf(body) : body;
	const lines = [`${method} ${path ?? "/"} HTTP/1.1`, `Host: ${host}:${port}`, "Connection: close", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
	if (bytes || method !== "GET" && method !== "HEAD")
		lines.push(`Content-Length: ${bytes?.length ?? 0}`);
	peer.send(`${lines.join("\r\n")}\r\n\r\n`);
	if (bytes?.length)
		peer.send(bytes);
	for (;;) {
		const answer = parsed(peer, method);
		if (answer) {
			peer.close();
			return answer as unknown as Response;
		}
		if (peer.closed)
			throw new TypeError("fetch failed");
		await peer.until(() => peer.closed || parsed(peer, method) !== undefined, "the answer").catch((error: unknown) => {
			if (!peer.closed)
				throw error;
		});
	}
}

/** The answer in what `peer` has received, when all of it is there. */
function parsed(peer: Peer, method: string): Answer | undefined {
	const all = peer.received;
	let start = 0;
	for (;;) {
		const end = headEnd(all, start);
		if (end === undefined)
			return undefined;
		const [line, ...fields] = textOf(all.subarray(start, end)).split("\r\n");
		const status = Number(line!.split(" ")[1]);
		start = end + 4;
		if (status < 200)
			continue;
		const names: Record<string, string> = {};
		for (const field of fields) {
			const colon = field.indexOf(":");
			names[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
		}
		const rest = all.subarray(start);
		if (method === "HEAD" || status === 204 || status === 304)
			return new Answer(status, names, new Uint8Array(0));
		if (names["transfer-encoding"] === "chunked") {
			const body = dechunked(rest);
			return body && new Answer(status, names, body);
		}
		const length = names["content-length"];
		if (length === undefined ? !peer.closed : rest.length < Number(length))
			return undefined;
		return new Answer(status, names, length === undefined ? rest : rest.subarray(0, Number(length)));
	}
}

function headEnd(bytes: Uint8Array, start: number): number | undefined {
	for (let at = bytes.indexOf(13, start); at >= 0; at = bytes.indexOf(13, at + 1)) {
		if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10)
			return at;
	}
	return undefined;
}

/** A chunked body without its sizes; undefined while it isn't complete. */
function dechunked(bytes: Uint8Array): Uint8Array | undefined {
	const parts: Uint8Array[] = [];
	for (let at = 0; ;) {
		const end = bytes.indexOf(10, at);
		if (end < 0)
			return undefined;
		const size = parseInt(textOf(bytes.subarray(at, end)), 16);
		at = end + 1 + size + 2;
		if (at > bytes.length)
			return undefined;
		if (size === 0)
			return joined(parts);
		parts.push(bytes.subarray(end + 1, end + 1 + size));
	}
}

export interface JSONRequest {
	method?: string;
	body?: string | Uint8Array;
	token?: string;
	/** Where the client is. */
	from?: string;
}

export interface JSONAnswer {
	status: number;
	headers: Record<string, string | undefined>;
	body: any;
}

/** One request whose answer is JSON. Rejects when the pod closes without an answer. */
export async function ask(pod: { http: string }, path: string, { method, body, token, from }: JSONRequest = {}): Promise<JSONAnswer> {
	const answer = await fetch(pod.http + path, { method, body, from, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });
	return { status: answer.status, headers: (answer as unknown as { names: Record<string, string> }).names, body: await answer.json() };
}

/** A UDP socket on the lab's side or, from one of its addresses, on the camera's. */
export class Datagrams {
	/** What came, oldest first. */
	readonly received: { bytes: Buffer; address: string; port: number }[] = [];
	onMessage: ((bytes: Buffer, from: { address: string; port: number }) => void) | undefined;
	private readonly socket: { write(bytes: Uint8Array, address: string, port: number): void; close(): void };

	constructor(pod: { httpPort: number }, from = CLIENT) {
		const owner = this;
		this.socket = new (podAt(pod.httpPort)!.udp.at(from))({
			onReadable(): void {
				for (let packet: Packet | undefined; (packet = this.read());) {
					const { address, port } = packet;
					const bytes = asBuffer(new Uint8Array(packet));
					owner.received.push({ bytes, address, port });
					owner.onMessage?.(bytes, { address, port });
					labTime().touch();
				}
			}
		});
	}

	send(bytes: string | Uint8Array, port: number, address: string = LAB): void {
		labTime().touch();
		this.socket.write(typeof bytes === "string" ? latin1(bytes) : bytes, address, port);
	}

	close(): void {
		this.socket.close();
	}
}

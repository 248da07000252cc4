/** What the HTTP tests share: a server on the simulated network, with a handler that can do a bit of everything. */
import type { Door } from "base/door";
import type { Refusal } from "base/refusal";
import type { BodySink } from "http/body";
import type { Exchange } from "http/exchange";
import type { HTTPLimits } from "http/limits";
import { HTTPServer } from "http/server";
import { VirtualTime } from "../../support/clock.ts";
import { bytesOf, joined, textOf } from "../../support/strings.ts";
import { Network, type NetworkOptions, type Peer } from "../../support/tcp.ts";

/** Remembers what became of a body. */
export class RecordingSink implements BodySink {
	log: string[] = [];
	#parts: Uint8Array[] = [];
	#view = new Uint8Array(0);
	#size: number;
	#onDone: (sink: RecordingSink) => void;

	/** Offers `size` bytes at a time. */
	constructor(onDone: (sink: RecordingSink) => void, size = 1_000) {
		this.#onDone = onDone;
		this.#size = size;
	}

	get body(): Uint8Array {
		return joined(this.#parts);
	}

	space(): Uint8Array {
		return this.#view = new Uint8Array(this.#size);
	}

	advance(count: number): void {
		this.#parts.push(this.#view.subarray(0, count));
	}

	done(): void {
		this.log.push("done");
		this.#onDone(this);
	}

	aborted(reason: string): void {
		this.log.push("aborted: " + reason);
	}
}

export interface Lab {
	time: VirtualTime;
	network: Network;
	server: HTTPServer;
	/** One line per thing that happened to an exchange. */
	log: string[];
	/** What went to onDefect. */
	reports: string[];
	exchanges: Exchange[];
	sinks: RecordingSink[];
	/** Replaces the handler. */
	handler: (exchange: Exchange) => void;
	activity: number;
	connect(): Peer;
	/** Connects, sends, lets time for IO pass, returns what came back. */
	ask(request: string | Uint8Array): string;
}

export interface LabOptions {
	limits?: Partial<HTTPLimits>;
	door?: Door;
	network?: Partial<NetworkOptions>;
	onRefusal?: (exchange: Exchange, refusal: Refusal) => void;
}

/**
 * The default handler echoes "METHOD TARGET LENGTH:BODY" after it has received the body, with a log line when finished.
 * Faults are answered as "CODE" with the status in the table below.
 */
export function lab(options: LabOptions = {}): Lab {
	const time = new VirtualTime();
	const network = new Network({ time, ...options.network });
	const self: Lab = {
		time, network, log: [], reports: [], exchanges: [], sinks: [], activity: 0,
		handler: exchange => {
			const sink = new RecordingSink(() => exchange.respond(200, exchange.method + " " + exchange.target + " " + sink.body.length + ":" + textOf(sink.body)));
			self.sinks.push(sink);
			exchange.receive(sink);
		},
		connect: () => network.connect(80),
		ask: request => {
			const peer = self.connect();
			peer.send(request);
			time.advance(0);
			return peer.text;
		},
		server: new HTTPServer({
			io: network.Listener,
			tcp: network.TCP,
			port: 80,
			time,
			limits: options.limits ?? {},
			...(options.door ? { door: options.door } : {}),
			onRequest: exchange => {
				self.exchanges.push(exchange);
				self.log.push("request " + exchange.method + " " + exchange.target);
				exchange.finished = ok => self.log.push("finished " + ok);
				self.handler(exchange);
			},
			onRefusal: options.onRefusal ?? ((exchange, refusal) => exchange.respond(statuses[refusal.code] ?? 400, refusal.code)),
			onActivity: () => void self.activity++,
			onDefect: (where, error) => self.reports.push(where + ": " + (error as Error).message)
		})
	};
	return self;
}

const statuses: Record<string, number> = {
	no_room: 503,
	request_timeout: 408, body_too_large: 413, target_too_long: 414, expectation_failed: 417, headers_too_large: 431, internal: 500,
	coding_unsupported: 501, too_many_connections: 503, too_many_streams: 503, version_unsupported: 505, oom: 503
};

/** A request with a Host header. `head` is the request line and perhaps more lines, without the last line break. */
export function request(head: string, body = ""): string {
	return head + "\r\nHost: pod\r\n\r\n" + body;
}

/** A chunked body of these chunks. */
export function chunked(...chunks: string[]): string {
	return chunks.map(chunk => chunk.length.toString(16) + "\r\n" + chunk + "\r\n").join("") + "0\r\n\r\n";
}

export interface Answer {
	status: number;
	headers: Record<string, string>;
	body: string;
}

/** Parses responses that lie one behind the other, as a client would. `silent`: indexes of those that have no body (HEAD). */
export function answers(text: string, silent: number[] = []): Answer[] {
	const found: Answer[] = [];
	let rest = text;
	while (rest !== "") {
		const end = rest.indexOf("\r\n\r\n");
		const lines = rest.slice(0, end).split("\r\n");
		const status = /^HTTP\/1\.1 ([0-9]{3}) [A-Z][A-Za-z -]+$/.exec(lines[0]!);
		if (end < 0 || !status)
			throw new Error("not a response: " + rest.slice(0, 100));
		const headers: Record<string, string> = {};
		for (const line of lines.slice(1))
			headers[line.slice(0, line.indexOf(":"))] = line.slice(line.indexOf(":") + 2);
		const length = silent.includes(found.length) ? 0 : Number(headers["content-length"] ?? 0);
		const body = rest.slice(end + 4, end + 4 + length);
		if (body.length !== length)
			throw new Error("body cut at " + body.length + " of " + length);
		found.push({ status: Number(status[1]), headers, body });
		rest = rest.slice(end + 4 + length);
	}
	return found;
}

/** The only answer in `text`. */
export function answer(text: string): Answer {
	const all = answers(text);
	if (all.length !== 1)
		throw new Error(all.length + " answers: " + text);
	return all[0]!;
}

export { bytesOf, textOf };

/**
 * An HTTP/1.1 server for a small machine: bodies stream both ways without a copy, everything has a limit, and nothing a client
 * sends ends it. It speaks HTTP/1.0 and 1.1 with keep-alive, pipelining, Content-Length, chunked request bodies, HEAD and
 * Expect: 100-continue.
 *
 *     new HTTPServer({ io: Listener, tcp: TCP, port: 8080, time, onFault, onRequest(exchange) { exchange.respond(200, "hello\n"); } });
 *
 * What it is not for: routes, error texts, TLS, compression. Faults it makes itself (code: usual status): bad_request 400,
 * bad_encoding 400, request_timeout 408, body_too_large 413, target_too_long 414, expectation_failed 417, headers_too_large 431,
 * internal 500, coding_unsupported 501, too_many_connections 503, version_unsupported 505.
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { DiscardSink } from "./body";
import { BufferPool } from "./buffers";
import { Connection, type ConnectionHost } from "./connection";
import type { Exchange } from "./exchange";
import { defaultLimits, type HTTPLimits } from "./limits";

export interface HTTPServerOptions {
	io: ListenerConstructor;
	tcp: TCPConstructor;
	/** 0: any free port. */
	port: number;
	/** The address to listen on; every address when absent. */
	address?: string;
	time: Time;
	limits?: Partial<HTTPLimits>;
	/** May a client at `address` connect? Others are disconnected without a word. Everybody may when absent. */
	admits?: (address: string) => boolean;
	/** A request's head has come: answer it, now or later. A Fault thrown here goes to onError; anything else is answered 500. */
	onRequest: (exchange: Exchange) => void;
	/** Renders a fault with exchange.respond(). The default is a plain text of the message with the usual status. */
	onError?: (exchange: Exchange, fault: Fault) => void;
	/** Bytes moved on some connection. */
	onActivity?: () => void;
	/** Is told of exceptions nobody expected. */
	onFault: Report;
}

/** Milliseconds between looks at the connections' deadlines, while there are connections. */
const sweepInterval = 500;
/** Connections beyond the limit that are told so; still more are closed without a word. */
const refusals = 2;

export class HTTPServer {
	#listener: Listener | undefined;
	#time: Time;
	#limits: Readonly<HTTPLimits>;
	#onFault: Report;
	#onError: (exchange: Exchange, fault: Fault) => void;
	#admits: ((address: string) => boolean) | undefined;
	#host: ConnectionHost;
	#connections: Connection[] = [];
	#refused: Connection[] = [];
	#sweep: Alarm | undefined;
	#accepted = 0;
	#requests = 0;
	#faults = 0;
	#turnedAway = 0;

	/** Listens at once. Throws what the listener's constructor throws. */
	constructor(options: HTTPServerOptions) {
		const limits = Object.freeze({ ...defaultLimits, ...options.limits });
		const { onRequest, onActivity, onFault, time } = options;
		this.#time = time;
		this.#limits = limits;
		this.#admits = options.admits;
		this.#onFault = onFault;
		this.#onError = options.onError ?? respondPlainly;
		this.#host = {
			tcp: options.tcp,
			time,
			limits,
			buffers: new BufferPool(limits.headBytes),
			discard: new DiscardSink(),
			onFault,
			request: exchange => {
				this.#requests++;
				onRequest(exchange);
			},
			fault: (exchange, fault) => {
				this.#faults++;
				this.#onError(exchange, fault);
			},
			activity: onActivity ?? (() => {}),
			closed: connection => this.#forget(connection)
		};
		this.#listener = new options.io({
			port: options.port,
			...(options.address === undefined ? {} : { address: options.address }),
			onReadable: guarded("http.accept", onFault, count => this.#acceptAll(count))
		});
	}

	/** The port it listens on. Throws when closed. */
	get port(): number {
		return this.#listener!.port;
	}

	/** Connections now. */
	get connections(): number {
		return this.#connections.length;
	}

	/** Since start: connections accepted, turned away for want of room, requests handled, faults answered. */
	get counters(): { accepted: number; turned_away: number; requests: number; faults: number } {
		return { accepted: this.#accepted, turned_away: this.#turnedAway, requests: this.#requests, faults: this.#faults };
	}

	/** Stops listening and closes all connections. Harmless twice. */
	close(): void {
		this.#listener?.close();
		this.#listener = undefined;
		for (const connection of this.#connections.concat(this.#refused))
			connection.close();
	}

	#acceptAll(count: number): void {
		// closing a connection to make room may close the server
		for (; count > 0 && this.#listener; count--) {
			const tcp = this.#listener.read();
			try {
				this.#accept(tcp);
			}
			catch (error) {
				this.#onFault("http.accept", error);
				tcp.close();
			}
		}
	}

	#accept(tcp: TCP): void {
		if (this.#admits?.(tcp.remoteAddress ?? "") === false) {
			tcp.close();
			return;
		}
		if (this.#connections.length >= this.#limits.connections)
			this.#sacrifice()?.close();
		if (this.#connections.length < this.#limits.connections) {
			this.#accepted++;
			this.#connections.push(new Connection(this.#host, tcp));
		}
		else {
			this.#turnedAway++;
			if (this.#refused.length >= refusals) {
				tcp.close();
				return;
			}
			this.#refused.push(new Connection(this.#host, tcp, new Fault("too_many_connections", "all " + this.#limits.connections + " connections are in use", { limit: this.#limits.connections })));
		}
		this.#sweep ??= this.#time.every(sweepInterval, guarded("http.sweep", this.#onFault, () => this.#sweepAll()));
	}

	/** The connection that is missed least: one that was answered and only lingers, else the one that idles longest. */
	#sacrifice(): Connection | undefined {
		let found: Connection | undefined;
		for (const connection of this.#connections) {
			if (connection.state === "lingering")
				return connection;
			if (connection.state === "idle" && (!found || connection.deadline < found.deadline))
				found = connection;
		}
		return found;
	}

	#sweepAll(): void {
		const now = this.#time.now();
		for (const connection of this.#connections.concat(this.#refused))
			connection.sweep(now);
	}

	#forget(connection: Connection): void {
		this.#connections = this.#connections.filter(other => other !== connection);
		this.#refused = this.#refused.filter(other => other !== connection);
		if (this.#connections.length + this.#refused.length === 0) {
			this.#time.cancel(this.#sweep);
			this.#sweep = undefined;
		}
	}
}

const statuses: Readonly<Record<string, number>> = Object.freeze({
	request_timeout: 408, body_too_large: 413, target_too_long: 414, expectation_failed: 417, headers_too_large: 431,
	internal: 500, coding_unsupported: 501, too_many_connections: 503, version_unsupported: 505
});

function respondPlainly(exchange: Exchange, fault: Fault): void {
	exchange.respond(statuses[fault.code] ?? 400, fault.message + "\n", { "content-type": "text/plain; charset=utf-8" });
}

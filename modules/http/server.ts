/**
 * An HTTP/1.1 server for a small machine: bodies stream both ways without a copy, everything has a limit, and nothing a client
 * sends ends it. It speaks HTTP/1.0 and 1.1 with keep-alive, pipelining, Content-Length, chunked request bodies, HEAD and
 * Expect: 100-continue.
 *
 *     new HTTPServer({ io: Listener, tcp: TCP, port: 8080, time, onDefect, onRequest(exchange) { exchange.respond(200, "hello\n"); } });
 *
 * What it is not for: routes, error texts, TLS, compression. Refusals it makes itself (code: usual status): bad_request 400,
 * bad_encoding 400, request_timeout 408, body_too_large 413, target_too_long 414, expectation_failed 417, headers_too_large 431,
 * internal 500, coding_unsupported 501, too_many_connections and too_many_streams 503, version_unsupported 505.
 */
import { FIRST_ROOM } from "base/outlet";
import { Refusal } from "base/refusal";
import type { Door } from "base/door";
import type { OnDefect } from "base/guard";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import type { BodySink } from "./body";
import { Blocks } from "./buffers";
import type { Answering, ConnectionHost } from "./answering";
import { Connection } from "./connection";
import { Exchange } from "./exchange";
import { RequestHead } from "./head";
import { defaultLimits, type HTTPLimits } from "./limits";
import { LiveResponse, type LiveHost } from "./live";
import { Places } from "./places";
import { Rejection, type RejectionHost } from "./rejection";
import type { Response } from "./response";
import { Turns } from "./turns";
import type { ClientSocket } from "./client-socket";
import type { HTTPCode } from "./codes";

export interface HTTPServerOptions {
	io: ListenerConstructor;
	tcp: TCPConstructor;
	/** 0: any free port. */
	port: number;
	/** The address to listen on; every address when absent. */
	address?: string;
	time: Time;
	limits?: Partial<HTTPLimits>;
	/** Big memory outside the heap, taken once: some 10 KiB a connection. Inside the heap when absent. */
	allocate?: (bytes: number) => Uint8Array;
	/** Open to everybody when absent. */
	door?: Door;
	/** A request's head has come: answer it, now or later. A Refusal thrown here goes to onRefusal; anything else is answered 500. */
	onRequest: (exchange: Exchange) => void;
	/** Renders a refusal with exchange.respond(). The default is a plain text of the message with the usual status. */
	onRefusal?: (exchange: Exchange, refusal: Refusal) => void;
	/** Bytes moved on some connection. */
	onActivity?: () => void;
	/** Is told of exceptions nobody expected. */
	onDefect: OnDefect;
}

/** Milliseconds between looks at the connections' deadlines, while there are connections. */
const sweepInterval = 500;
/** Clients beyond the limit that are told so at the same time; one more, and the first of them is closed. */
const refusals = 4;

export class HTTPServer implements ConnectionHost, LiveHost, RejectionHost {
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly limits: Readonly<HTTPLimits>;
	readonly blocks: Blocks;
	readonly turns: Turns;
	readonly onDefect: OnDefect;
	/** Since start: connections accepted, turned away for want of room, requests handled, refusals answered. */
	readonly counters = { accepted: 0, turned_away: 0, requests: 0, refused: 0 };
	readonly discard: BodySink;
	private listener: Listener | undefined;
	private onRequest: (exchange: Exchange) => void;
	private onRefusal: (exchange: Exchange, refusal: Refusal) => void;
	private onActivity: (() => void) | undefined;
	private door: Door | undefined;
	private places: Places;
	private rejected: Rejection[] = [];
	private alarm: Alarm | undefined;

	/** Listens at once. Throws what the listener's constructor throws. */
	constructor(options: HTTPServerOptions) {
		const { address, time, allocate = (bytes: number) => new Uint8Array(bytes) } = options;
		this.tcp = options.tcp;
		this.time = time;
		this.limits = Object.freeze({ ...defaultLimits, ...options.limits });
		this.blocks = new Blocks(this.limits, allocate);
		this.discard = new DiscardSink(this.blocks.scratch);
		this.turns = new Turns(time);
		this.places = new Places(this.limits);
		this.onDefect = options.onDefect;
		this.onRequest = options.onRequest;
		this.onRefusal = options.onRefusal ?? respondPlainly;
		this.onActivity = options.onActivity;
		this.door = options.door;
		this.listener = new options.io({ port: options.port, ...(address === undefined ? {} : { address }), target: this, onReadable: pending });
	}

	/** The port it listens on. Throws when closed. */
	get port(): number {
		return this.listener!.port;
	}

	/** Connections now. */
	get connections(): number {
		return this.places.connections.length;
	}

	/** Live responses now. */
	get streams(): number {
		return this.places.live.length;
	}

	/** Stops listening and closes all connections. Harmless twice. */
	close(): void {
		this.listener?.close();
		this.listener = undefined;
		for (const connection of this.places.connections)
			connection.close();
		for (const live of this.places.live)
			live.close();
		for (const rejection of this.rejected)
			rejection.close();
	}

	/** Cuts off all live responses. */
	cutLive(reason: string): void {
		for (const live of this.places.live)
			live.cut(reason);
	}

	/** Closes the newest live response, or else a connection, for want of memory. False when there is none that may go. */
	shed(): boolean {
		return this.places.shed();
	}

	/** For a connection: its request. */
	request(exchange: Exchange): void {
		this.counters.requests++;
		this.onRequest(exchange);
	}

	/** For a connection: what went wrong with its request. */
	refuse(exchange: Exchange, refusal: Refusal): void {
		this.counters.refused++;
		this.onRefusal(exchange, refusal);
	}

	/** For a connection: bytes moved. */
	activity(): void {
		this.onActivity?.();
	}

	/** For a connection: its request turns out to be a long one. */
	admitLong(connection: Answering): boolean {
		return this.places.admitLong(connection, this.time.now());
	}

	/** For a connection: its response is a live one. */
	beginLive(socket: ClientSocket, address: string, response: Response, version: string): boolean {
		if (!this.places.admitLive(address, this.time.now()))
			return false;
		const live = new LiveResponse(this, socket, address, response, version);
		this.places.live.push(live);
		live.start();
		return true;
	}

	/** For a live response: it is over. */
	leftLive(live: LiveResponse): void {
		this.places.removeLive(live);
		this.rest();
	}

	/** For a connection: it is over. */
	closed(connection: Answering): void {
		this.places.remove(connection);
		this.rest();
	}

	/** For a client that was turned away: it is gone. */
	left(rejection: Rejection): void {
		this.rejected = this.rejected.filter(other => other !== rejection);
		this.rest();
	}

	/** For the listener: `count` clients are waiting. */
	acceptAll(count: number): void {
		// closing a connection to make room may close the server
		for (; count > 0 && this.listener; count--) {
			const tcp = this.listener.read();
			try {
				this.accept(tcp);
			}
			catch (error) {
				this.onDefect("http.accept", error);
				tcp.close();
			}
		}
	}

	private accept(tcp: TCP): void {
		const address = tcp.remoteAddress ?? "";
		if (this.door?.admits(tcp.localAddress) === false) {
			tcp.close();
			return;
		}
		const memory = this.door?.hasRoom() !== false;
		if (this.places.admit(address, this.time.now(), memory)) {
			this.counters.accepted++;
			this.places.connections.push(new Connection(this, tcp, address));
		}
		else {
			this.counters.turned_away++;
			if (this.rejected.length >= refusals)
				this.rejected[0]!.close();
			this.rejected.push(new Rejection(this, tcp, this.turnAway(memory)));
		}
		this.alarm ??= this.time.every(sweepInterval, sweep, this as HTTPServer);
	}

	/** What a client is told for whom there is no place or, without `memory`, none of that. */
	private turnAway(memory: boolean): Uint8Array {
		const exchange = new Exchange(new RequestHead(), nobody);
		this.refuse(exchange, memory
			? new Refusal<HTTPCode>("too_many_connections", "all connections are in use; ask again in a moment", { limit: this.limits.connections })
			: new Refusal<HTTPCode>("no_room", "the pod's own memory is nearly full; ask again in a moment"));
		const response = exchange.takeResponse()!;
		const head = new Uint8Array(ArrayBuffer.fromString(response.head("1.1", true)));
		const body = response.body instanceof Uint8Array ? response.body : new Uint8Array(0);
		const bytes = new Uint8Array(head.length + body.length);
		bytes.set(head);
		bytes.set(body, head.length);
		return bytes.subarray(0, FIRST_ROOM);
	}

	/** For the alarm: ends what takes too long. */
	sweepAll(): void {
		const now = this.time.now();
		for (const connection of this.places.connections)
			connection.sweep(now);
		for (const live of this.places.live)
			live.sweep(now);
		for (const rejection of this.rejected)
			rejection.sweep(now);
	}

	/** Nobody is there: nothing to sweep. */
	private rest(): void {
		if (this.places.connections.length + this.places.live.length + this.rejected.length > 0)
			return;
		this.time.cancel(this.alarm);
		this.alarm = undefined;
	}
}

/** Reads bodies nobody wants. One for all connections: what lands in its memory is never looked at. */
class DiscardSink implements BodySink {
	private scratch: Uint8Array;

	constructor(scratch: Uint8Array) {
		this.scratch = scratch;
	}

	space(): Uint8Array {
		return this.scratch;
	}

	advance(): void {}
	done(): void {}
	aborted(): void {}
}

/** Owns the exchange of a client without a connection. */
const nobody = Object.freeze({
	localAddress: undefined,
	wake(): void {},
	collecting: (bytes: number) => new Uint8Array(bytes)
});

function pending(this: Listener, count: number): void {
	const server = this.target as HTTPServer;
	try {
		server.acceptAll(count);
	}
	catch (error) {
		server.onDefect("http.accept", error);
	}
}

function sweep(server: HTTPServer): void {
	try {
		server.sweepAll();
	}
	catch (error) {
		server.onDefect("http.sweep", error);
	}
}

const statuses: Readonly<Record<string, number>> = Object.freeze({
	request_timeout: 408, body_too_large: 413, target_too_long: 414, expectation_failed: 417, headers_too_large: 431,
	internal: 500, coding_unsupported: 501, no_room: 503, too_many_connections: 503, too_many_streams: 503, version_unsupported: 505
});

function respondPlainly(exchange: Exchange, refusal: Refusal): void {
	exchange.respond(statuses[refusal.code] ?? 400, refusal.message + "\n", { "content-type": "text/plain; charset=utf-8" });
}

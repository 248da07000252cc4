/**
 * One request and its response, as a handler sees them.
 *
 * A handler may answer at once, after the body, or much later (a boot takes 25 s). `receive`, `collect` and `respond` only note
 * what is wanted: no sink and no `finished` is ever called from inside them.
 */
import { Collector } from "./collect";
import type { BodySink } from "./body";
import type { RequestHead } from "./head";
import { Response, type Body, type Headers } from "./response";

/** Whose request it is: the connection. */
export interface ExchangeOwner {
	readonly localAddress: string | undefined;
	/** The handler wants something. */
	wake(): void;
	/** Memory for a body of up to `bytes` bytes, until the answer. Throws when that is more than there is. */
	collecting(bytes: number): Uint8Array;
}

export class Exchange {
	/**
	 * Set by the handler; called once, when the response has been handed to the network (`ok`), or when the client has gone or the
	 * exchange failed before that. The place to release what the exchange holds.
	 */
	finished: ((ok: boolean) => void) | undefined;
	/** As sent, e.g. "GET"; "" when the request could not be read so far. */
	readonly method: string;
	/** Whether the client has gone or the response was sent. */
	closed = false;
	/** Set by the handler: this one isn't ended to give memory to others. */
	essential = false;
	/** Whether `respond` was called. */
	responded = false;
	private owner: ExchangeOwner;
	/** For the connection. */
	readonly head: RequestHead;
	private sink: BodySink | undefined;
	private response: Response | undefined;
	private asked = false;

	/** Only connections make exchanges. */
	constructor(head: RequestHead, owner: ExchangeOwner) {
		this.head = head;
		this.method = head.method;
		this.owner = owner;
	}

	/** The address of the interface by which the request came; undefined when its connection is over already. */
	get localAddress(): string | undefined {
		return this.owner.localAddress;
	}

	/** As sent, not decoded: "/tftp/a%2fb?x=1". */
	get target(): string {
		return this.head.target;
	}

	/** The target without its query, not decoded. */
	get path(): string {
		return this.head.path;
	}

	get version(): "1.0" | "1.1" {
		return this.head.version;
	}

	/** Bytes of the request's body; 0: none; undefined: chunked. */
	get length(): number | undefined {
		return this.head.length;
	}

	/** The value of a request header; `name` in lower case. Several of one name are joined with ", ". */
	header(name: string): string | undefined {
		return this.head.header(name);
	}

	/** The decoded value of a query parameter, "" when it has none. Throws Refusal bad_encoding. */
	query(name: string): string | undefined {
		return this.head.query(name);
	}

	/** `bytes` bytes of the connection's memory, for the handler until the answer; no more than a collected body may have, and not beside one. */
	memory(bytes: number): Uint8Array {
		return this.owner.collecting(bytes);
	}

	/** The first query parameter that is not one of `names`, or that stands there twice; as sent, not decoded. */
	strangeQuery(names: readonly string[]): string | undefined {
		return this.head.strangeQuery(names);
	}

	/**
	 * Lets the body flow into `sink`; "100 Continue" is sent only now. When the client has gone, the sink is aborted soon.
	 * Throws when the body was asked for before or the request was answered.
	 */
	receive(sink: BodySink): void {
		if (this.asked || this.responded)
			throw new Error("body asked for twice or after the answer");
		this.asked = true;
		this.sink = sink;
		this.owner.wake();
	}

	/**
	 * Calls back with the whole body, which is valid during the call. Throws, or answers, Refusal body_too_large {limit, length} when it is
	 * longer than `limit`, which is 4,096 at most.
	 */
	collect(limit: number, callback: (body: Uint8Array) => void): void {
		this.receive(new Collector(this.length, this.owner.collecting(limit), callback));
	}

	/**
	 * Answers. Content is streamed as the client takes it and must stay readable until `finished`; pieces are asked for as the client takes
	 * them, and so is a live body, which needs a place of its own: where there is none the answer is 503 too_many_streams. A live
	 * response has `finished` called when it begins, its body is told of its end. `headers` holds everything but Content-Length,
	 * Transfer-Encoding and Connection. Harmless when the client has gone; throws when called twice.
	 */
	respond(status: number, body?: Body, headers: Headers = {}): void {
		if (this.responded)
			throw new Error("responded twice");
		this.response = new Response(status, body, headers);
		this.responded = true;
		if (!this.closed)
			this.owner.wake();
	}

	/** For the connection: what was given to `respond`, which is the connection's from now on. */
	takeResponse(): Response | undefined {
		const response = this.response;
		this.response = undefined;
		return response;
	}

	/** For the connection: the sink, which is the connection's from now on. */
	takeSink(): BodySink | undefined {
		const sink = this.sink;
		this.sink = undefined;
		return sink;
	}

	/** For the connection: it is over. Calls `finished` the first time; throws what that throws. */
	finish(ok: boolean): void {
		if (this.closed)
			return;
		this.closed = true;
		this.head.close();
		const finished = this.finished;
		this.finished = undefined;
		finished?.(ok);
	}
}

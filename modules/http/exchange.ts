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

export class Exchange {
	/**
	 * Set by the handler; called once, when the response has been handed to the network (`ok`), or when the client has gone or the
	 * exchange failed before that. The place to release what the exchange holds.
	 */
	finished: ((ok: boolean) => void) | undefined;
	#head: RequestHead;
	#wake: () => void;
	#sink: BodySink | undefined;
	#response: Response | undefined;
	#asked = false;
	#closed = false;

	/** Only connections make exchanges; `wake` tells them that something is wanted. */
	constructor(head: RequestHead, wake: () => void) {
		this.#head = head;
		this.#wake = wake;
	}

	/** As sent, e.g. "GET"; "" when the request could not be read so far. */
	get method(): string {
		return this.#head.method;
	}

	/** As sent, not decoded: "/tftp/a%2fb?x=1". */
	get target(): string {
		return this.#head.target;
	}

	/** The target without its query, not decoded. */
	get path(): string {
		return this.#head.path;
	}

	get version(): "1.0" | "1.1" {
		return this.#head.version;
	}

	/** Bytes of the request's body; 0: none; undefined: chunked. */
	get length(): number | undefined {
		return this.#head.length;
	}

	/** Whether the client has gone or the response was sent. */
	get closed(): boolean {
		return this.#closed;
	}

	/** Whether `respond` was called. */
	get responded(): boolean {
		return this.#response !== undefined;
	}

	/** The value of a request header; `name` in lower case. */
	header(name: string): string | undefined {
		return this.#head.header(name);
	}

	/** The decoded value of a query parameter, "" when it has none. Throws Fault bad_encoding. */
	query(name: string): string | undefined {
		return this.#head.query(name);
	}

	/**
	 * Lets the body flow into `sink`; "100 Continue" is sent only now. When the client has gone, the sink is aborted soon.
	 * Throws when the body was asked for before or the request was answered.
	 */
	receive(sink: BodySink): void {
		if (this.#asked || this.#response)
			throw new Error("body asked for twice or after the answer");
		this.#asked = true;
		this.#sink = sink;
		this.#wake();
	}

	/** Calls back with the whole body. Throws, or answers, Fault body_too_large {limit, length} when it is longer than `limit`. */
	collect(limit: number, callback: (body: Uint8Array) => void): void {
		this.receive(new Collector(this.length, limit, callback));
	}

	/**
	 * Answers. Content is streamed as the client takes it and must stay readable until `finished`. `headers` holds everything but
	 * Content-Length and Connection. Harmless when the client has gone; throws when called twice.
	 */
	respond(status: number, body?: Body, headers: Headers = {}): void {
		if (this.#response)
			throw new Error("responded twice");
		this.#response = new Response(status, body, headers);
		if (!this.#closed)
			this.#wake();
	}

	/** For the connection: what was given to `respond`. */
	get response(): Response | undefined {
		return this.#response;
	}

	/** For the connection: the sink, which is the connection's from now on. */
	takeSink(): BodySink | undefined {
		const sink = this.#sink;
		this.#sink = undefined;
		return sink;
	}

	/** For the connection: it is over. Calls `finished` the first time; throws what that throws. */
	finish(ok: boolean): void {
		if (this.#closed)
			return;
		this.#closed = true;
		const finished = this.finished;
		this.finished = undefined;
		finished?.(ok);
	}
}

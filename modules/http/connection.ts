/**
 * One client's connection: heads, bodies and responses one after the other, each with its time limit.
 *
 * A single function, #step, moves the state on, and every callback ends in running it until nothing more can be done. So handlers
 * and sinks are called from one place, and nothing is called from inside a handler's call.
 * What it is not for: bytes (input.ts, body.ts, output.ts) and which requests mean what.
 * Dangers: a handler, a sink or a `finished` may close the whole server, so look at the state again after calling one. A FIN
 * means the client can't be answered any more (base/io.ts). Unread bytes at close() turn into a reset that can destroy a
 * response that is still on its way; therefore "lingering".
 */
import { Fault } from "base/fault";
import { guarded } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { BodyReader, type DiscardSink } from "./body";
import type { BufferPool } from "./buffers";
import { Handling, type Handler } from "./handling";
import { RequestHead } from "./head";
import { Input } from "./input";
import type { HTTPLimits } from "./limits";
import { Linger } from "./linger";
import { Output } from "./output";

/** What a connection needs of its server. */
export interface ConnectionHost extends Handler {
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly limits: Readonly<HTTPLimits>;
	readonly buffers: BufferPool;
	readonly discard: DiscardSink;
	/** Bytes moved. */
	activity(): void;
	/** The connection is over. */
	closed(connection: Connection): void;
}

/**
 * idle: nothing of the next request has come. head: it comes. handling: the handler has the request, nothing is read.
 * body: the body flows into the sink. sending: the response goes out. draining: the rest of a small body is forgotten.
 * lingering: everything is forgotten until the client closes. closed.
 */
export type ConnectionState = "idle" | "head" | "handling" | "body" | "sending" | "draining" | "lingering" | "closed";

export class Connection {
	#host: ConnectionHost;
	#tcp: TCP;
	#input: Input;
	#output: Output;
	#state: ConnectionState = "idle";
	#handling: Handling | undefined;
	#reader: BodyReader | undefined;
	#linger: Linger | undefined;
	/** The client waits for "100 Continue". */
	#continue = false;
	/** The connection ends after this response. */
	#last = false;
	/** There may be more to come than is known: the head was cut. */
	#cut = false;
	/** When the state's time is over. */
	#deadline: number;
	/** Bytes moved when the present time window began; see #expire. */
	#mark = 0;
	#running = false;
	#alarm: Alarm | undefined;

	/** Moves `from` into a new connection. With `refusal` it is answered with that and closed. */
	constructor(host: ConnectionHost, from: TCP, refusal?: Fault) {
		this.#host = host;
		this.#tcp = new host.tcp({
			from,
			nodelay: true,
			onReadable: guarded("http.readable", host.onFault, count => {
				this.#input.announce(count);
				host.activity();
				this.#run();
			}),
			onWritable: guarded("http.writable", host.onFault, count => {
				this.#output.announce(count);
				this.#run();
			}),
			onError: guarded("http.error", host.onFault, () => this.#end("client gone"))
		});
		this.#input = new Input(this.#tcp, host.buffers);
		this.#output = new Output(this.#tcp);
		this.#deadline = host.time.now() + host.limits.idleTime;
		if (refusal) {
			this.#cut = true;
			this.#refuse(new RequestHead(), refusal);
			this.#wake();
		}
	}

	get state(): ConnectionState {
		return this.#state;
	}

	/** When the present state's time is over, in milliseconds since start. */
	get deadline(): number {
		return this.#deadline;
	}

	/** Closes at once; what was handed to the socket is still delivered. */
	close(): void {
		this.#end("closed");
	}

	/** Called now and then by the server: ends what takes too long. */
	sweep(now: number): void {
		if (now < this.#deadline || this.#state === "closed")
			return;
		this.#expire(now);
		this.#run();
	}

	#expire(now: number): void {
		const limits = this.#host.limits;
		switch (this.#state) {
			case "head":
				this.#cut = true;
				this.#refuse(new RequestHead(), new Fault("request_timeout", "the head of the request took too long", { limit_ms: limits.headTime }));
				break;
			case "body":
			case "draining":
				if (this.#reader!.received - this.#mark >= limits.bodyMinimum) {
					this.#watch(now + limits.bodyTime, this.#reader!.received);
				}
				else if (this.#state === "body") {
					this.#last = true;
					this.#handling!.fail(new Fault("request_timeout", "the body of the request took too long", { limit_ms: limits.bodyTime, received: this.#reader!.received }));
				}
				else {
					this.#end("timeout");
				}
				break;
			case "sending":
				if (this.#output.sent - this.#mark >= limits.sendMinimum)
					this.#watch(now + limits.sendTime, this.#output.sent);
				else
					this.#end("timeout");
				break;
			default:
				this.#end("timeout");
		}
	}

	#watch(deadline: number, mark: number): void {
		this.#deadline = deadline;
		this.#mark = mark;
	}

	/** Asks for a run soon: something changed outside of one. */
	#wake(): void {
		if (this.#running || this.#alarm)
			return;
		this.#alarm = this.#host.time.after(0, guarded("http.wake", this.#host.onFault, () => {
			this.#alarm = undefined;
			this.#run();
		}));
	}

	#run(): void {
		this.#running = true;
		try {
			while (this.#step());
		}
		catch (error) {
			// only the socket or a bug gets here: what handlers and sinks throw has been answered
			const gone = this.#input.lost || this.#output.lost;
			if (!gone)
				this.#host.onFault("http.connection", error);
			this.#end(gone ? "client gone" : "failed");
		}
		this.#running = false;
	}

	/** Does the next thing; false when there is nothing to do before something comes. */
	#step(): boolean {
		switch (this.#state) {
			case "idle":
			case "head":
				return this.#stepHead();
			case "handling":
				return this.#stepHandling();
			case "body":
				return this.#stepBody();
			case "sending":
				return this.#stepSending();
			case "draining":
				if (this.#reader!.step(this.#input, this.#host.discard))
					return true;
				return this.#reader!.done && this.#next();
			case "lingering":
				this.#linger!.forget(this.#input, this.#host.discard.space());
				this.#deadline = this.#linger!.deadline(this.#host.time.now());
				return false;
			default:
				// the client went before the handler asked for the body
				this.#handling?.abort("client gone");
				return false;
		}
	}

	#stepHead(): boolean {
		const input = this.#input;
		if (input.available === 0)
			return false;
		const head = new RequestHead();
		try {
			if (this.#state === "idle") {
				if (input.skipEmptyLines(4) > 0 && input.available === 0)
					return false;
				this.#state = "head";
				this.#deadline = this.#host.time.now() + this.#host.limits.headTime;
			}
			const text = input.head();
			if (text === undefined)
				return false;
			head.parse(text, this.#host.limits);
		}
		catch (error) {
			if (input.lost)
				throw error;
			this.#cut = error instanceof Fault && (error.code === "headers_too_large" || error.code === "target_too_long");
			this.#refuse(head, error);
			return true;
		}
		this.#last = !head.keepAlive;
		this.#continue = head.expectContinue;
		this.#reader = new BodyReader(head.length);
		this.#handle(head).start();
		return true;
	}

	/** Answers a request that can't be read. */
	#refuse(head: RequestHead, error: unknown): void {
		this.#last = true;
		this.#reader = undefined;
		this.#handle(head).fail(error);
	}

	#handle(head: RequestHead): Handling {
		this.#state = "handling";
		this.#deadline = Infinity;
		return this.#handling = new Handling(this.#host, head, () => this.#wake());
	}

	#stepHandling(): boolean {
		const handling = this.#handling!;
		if (handling.response)
			return this.#respond();
		if (!handling.sink)
			return false;
		if (this.#continue && this.#input.available === 0)
			this.#output.begin(new Uint8Array(ArrayBuffer.fromString("HTTP/1.1 100 Continue\r\n\r\n")), undefined);
		this.#continue = false;
		this.#input.release();
		this.#state = "body";
		this.#watch(this.#host.time.now() + this.#host.limits.bodyTime, 0);
		return true;
	}

	#stepBody(): boolean {
		const handling = this.#handling!;
		const reader = this.#reader!;
		if (handling.response) {
			handling.abort("answered");
			return this.#respond();
		}
		this.#output.write();
		try {
			if (reader.step(this.#input, handling.sink!))
				return true;
		}
		catch (error) {
			if (this.#input.lost)
				throw error;
			handling.fail(error);
			if (this.#state === "body")
				this.#state = "handling";
			return true;
		}
		if (!reader.done || this.#state !== "body")
			return false;
		this.#state = "handling";
		this.#deadline = Infinity;
		handling.complete();
		return true;
	}

	/** Begins to send the exchange's response, and decides whether the connection outlives it. */
	#respond(): boolean {
		const exchange = this.#handling!.exchange;
		const response = exchange.response!;
		if (this.#reader && !this.#reader.done) {
			const left = this.#reader.left;
			// a client that still waits for "100 Continue" may or may not send the body now: nobody can tell where it ends
			if (left === undefined || left > this.#host.limits.drainBytes || this.#continue)
				this.#last = true;
		}
		const silent = exchange.method === "HEAD" || response.bodiless;
		const head = new Uint8Array(ArrayBuffer.fromString(response.head(exchange.version, this.#last)));
		this.#output.begin(head, silent ? undefined : response.content);
		this.#state = "sending";
		this.#watch(this.#host.time.now() + this.#host.limits.sendTime, this.#output.sent);
		return true;
	}

	#stepSending(): boolean {
		const before = this.#output.sent;
		const written = this.#output.write();
		if (this.#output.sent > before)
			this.#host.activity();
		if (!written)
			return false;
		this.#handling!.finish(true);
		if (this.#state !== "sending")
			return false;
		if (this.#last) {
			if (!this.#cut && this.#input.available === 0 && (!this.#reader || this.#reader.done)) {
				this.#end("done");
				return false;
			}
			this.#state = "lingering";
			this.#linger = new Linger(this.#host.limits, this.#host.time.now());
			return true;
		}
		if (this.#reader!.done)
			return this.#next();
		this.#state = "draining";
		this.#watch(this.#host.time.now() + this.#host.limits.bodyTime, this.#reader!.received);
		return true;
	}

	/** Waits for the next request, some of which may have come already. */
	#next(): boolean {
		this.#handling = this.#reader = undefined;
		this.#input.release();
		this.#state = "idle";
		this.#deadline = this.#host.time.now() + this.#host.limits.idleTime;
		return true;
	}

	#end(reason: string): void {
		if (this.#state === "closed")
			return;
		this.#state = "closed";
		this.#deadline = Infinity;
		this.#host.time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#tcp.close();
		this.#input.close();
		this.#handling?.abort(reason);
		this.#handling?.finish(false);
		this.#host.closed(this);
	}
}

/**
 * One client's connection: heads, bodies and responses one after the other, each with its time limit.
 *
 * A single function, #step, moves the state on, and every callback ends in running it until nothing more can be done. So handlers
 * and sinks are called from one place, and nothing is called from inside a handler's call.
 * What it is not for: bytes (input.ts, body.ts, output.ts) and which requests mean what.
 * Danger: a FIN means the client can't be answered any more (base/io.ts), and unread bytes at close() turn into a reset that can
 * destroy a response that is still on its way; therefore "lingering".
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { BodyReader, type BodySink, type DiscardSink } from "./body";
import type { BufferPool } from "./buffers";
import { Exchange } from "./exchange";
import { RequestHead } from "./head";
import { Input } from "./input";
import type { HTTPLimits } from "./limits";
import { Output } from "./output";

/** What a connection needs of its server. */
export interface ConnectionHost {
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly limits: Readonly<HTTPLimits>;
	readonly buffers: BufferPool;
	readonly discard: DiscardSink;
	readonly onFault: Report;
	/** A request's head is complete. May throw; a Fault is the answer. */
	request(exchange: Exchange): void;
	/** Renders a fault by exchange.respond(). */
	fault(exchange: Exchange, fault: Fault): void;
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
	#exchange: Exchange | undefined;
	#reader: BodyReader | undefined;
	#sink: BodySink | undefined;
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
	/** When lingering began, and the bytes forgotten since. */
	#lingerStart = 0;
	#lingered = 0;
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
					this.#fail(new Fault("request_timeout", "the body of the request took too long", { limit_ms: limits.bodyTime, received: this.#reader!.received }));
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
			this.#host.onFault("http.connection", error);
			this.#end("failed");
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
				return this.#stepLingering();
			default:
				// the client went before the handler asked for the body
				this.#exchange?.takeSink()?.aborted("client gone");
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
			this.#cut = error instanceof Fault && (error.code === "headers_too_large" || error.code === "target_too_long");
			this.#refuse(head, error);
			return true;
		}
		this.#last = !head.keepAlive;
		this.#continue = head.expectContinue;
		this.#reader = new BodyReader(head.length);
		this.#exchange = new Exchange(head, this.#tcp.remoteAddress, () => this.#wake());
		this.#state = "handling";
		this.#deadline = Infinity;
		try {
			this.#host.request(this.#exchange);
		}
		catch (error) {
			this.#fail(error);
		}
		return true;
	}

	/** Answers a request that can't be read. */
	#refuse(head: RequestHead, error: unknown): void {
		this.#last = true;
		this.#reader = undefined;
		this.#exchange = new Exchange(head, this.#tcp.remoteAddress, () => this.#wake());
		this.#state = "handling";
		this.#deadline = Infinity;
		this.#fail(error);
	}

	#stepHandling(): boolean {
		const exchange = this.#exchange!;
		if (exchange.response)
			return this.#respond();
		this.#sink = exchange.takeSink();
		if (!this.#sink)
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
		if (this.#exchange!.response) {
			this.#abortSink("answered");
			return this.#respond();
		}
		const reader = this.#reader!;
		try {
			this.#output.write();
			if (reader.step(this.#input, this.#sink!))
				return true;
			if (!reader.done)
				return false;
			const sink = this.#sink!;
			this.#sink = undefined;
			this.#state = "handling";
			this.#deadline = Infinity;
			sink.done();
		}
		catch (error) {
			this.#fail(error);
		}
		return true;
	}

	/** Begins to send the exchange's response, and decides whether the connection outlives it. */
	#respond(): boolean {
		const exchange = this.#exchange!;
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
		this.#finish(true);
		if (this.#last) {
			if (!this.#cut && this.#input.available === 0 && (!this.#reader || this.#reader.done)) {
				this.#end("done");
				return false;
			}
			this.#state = "lingering";
			this.#lingerStart = this.#host.time.now();
			this.#deadline = this.#lingerStart + this.#host.limits.lingerIdle;
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
		this.#exchange = this.#reader = undefined;
		this.#input.release();
		this.#state = "idle";
		this.#deadline = this.#host.time.now() + this.#host.limits.idleTime;
		return true;
	}

	#stepLingering(): boolean {
		const count = this.#input.ready;
		if (count === 0)
			return false;
		const scratch = this.#host.discard.space();
		this.#input.read(count < scratch.length ? scratch.subarray(0, count) : scratch);
		this.#lingered += Math.min(count, scratch.length);
		const limits = this.#host.limits;
		this.#deadline = Math.min(this.#host.time.now() + limits.lingerIdle, this.#lingerStart + limits.lingerTime);
		if (this.#lingered > limits.lingerBytes)
			this.#end("done");
		return true;
	}

	/** Makes an error the answer, if the request can still be answered. What isn't a Fault is a bug: reported, answered 500. */
	#fail(error: unknown): void {
		const exchange = this.#exchange!;
		let fault: Fault;
		if (error instanceof Fault) {
			fault = error;
		}
		else {
			this.#host.onFault("http.handler", error);
			fault = new Fault("internal", "something failed inside the server");
		}
		this.#abortSink(fault.code);
		if (this.#state === "body") {
			this.#state = "handling";
			this.#deadline = Infinity;
		}
		if (exchange.responded)
			return;
		try {
			this.#host.fault(exchange, fault);
		}
		catch (failure) {
			this.#host.onFault("http.fault", failure);
		}
		if (!exchange.responded)
			exchange.respond(500, "internal error\n", { "content-type": "text/plain" });
	}

	/** Tells the sink that it gets no more, if it does not know yet. */
	#abortSink(reason: string): void {
		const sink = this.#sink ?? this.#exchange?.takeSink();
		this.#sink = undefined;
		try {
			sink?.aborted(reason);
		}
		catch (error) {
			this.#host.onFault("http.sink", error);
		}
	}

	#finish(ok: boolean): void {
		try {
			this.#exchange?.finish(ok);
		}
		catch (error) {
			this.#host.onFault("http.finished", error);
		}
	}

	#end(reason: string): void {
		if (this.#state === "closed")
			return;
		this.#state = "closed";
		this.#deadline = Infinity;
		this.#tcp.close();
		this.#input.close();
		this.#abortSink(reason);
		this.#finish(false);
		this.#host.closed(this);
	}
}

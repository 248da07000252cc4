/**
 * One client's connection: heads, bodies and responses one after the other, each with its time limit.
 *
 * A single function, step, moves the state on, and every callback ends in running it until nothing more can be done or the
 * connection has had its share of this turn of the event loop. So handlers and sinks are called from one place, and nothing is called
 * from inside a handler's call.
 * What it is not for: bytes (input.ts, body.ts, output.ts), which requests mean what, how long what may take (timed.ts), and who gives way
 * to whom (places.ts).
 * Dangers: a handler, a sink or a `finished` may close the whole server, so look at the state again after calling one. A FIN
 * means the client can't be answered any more (base/io.ts). Unread bytes at close() turn into a reset that can destroy a
 * response that is still on its way; therefore "lingering".
 */
import { Refusal } from "base/refusal";
import type { TCP, TCPConstructor } from "base/io";
import { BodyReader, type BodySink } from "./body";
import type { Blocks } from "./buffers";
import type { ExchangeOwner } from "./exchange";
import { Handling, type Handler } from "./handling";
import { RequestHead } from "./head";
import { Input } from "./input";
import { Linger } from "./linger";
import { LiveBody } from "./live-body";
import { Output } from "./output";
import type { Response } from "./response";
import { Timed, type TimedHost } from "./timed";
import type { Resumable, Turns } from "./turns";
import type { HTTPCode } from "./codes";
import { ClientSocket, type SocketOwner } from "./client-socket";

/** What a connection needs of its server. */
export interface ConnectionHost extends Handler, TimedHost {
	readonly tcp: TCPConstructor;
	readonly blocks: Blocks;
	readonly turns: Turns;
	/** Where bodies go that nobody wants. */
	readonly discard: BodySink;
	/** Bytes moved. */
	activity(): void;
	/** Makes room for a long request of `connection`. False when there is none. */
	admitLong(connection: Connection): boolean;
	/** Lets `response` go on by itself, with the socket, in a place for live ones. False when there is none. */
	beginLive(socket: ClientSocket, address: string, response: Response, version: string): boolean;
	/** The connection is over. */
	closed(connection: Connection): void;
}

/** Work of one connection in one turn of the event loop: some 5 ms on the chip. A step is one piece of at most 8 KiB; a head costs as much as many. */
const share = 32;
const headCost = 12;

export class Connection extends Timed implements ExchangeOwner, Resumable, SocketOwner {
	protected override host: ConnectionHost;
	protected override socket: ClientSocket;
	/** Memory while a request is under way, and who uses it. */
	private block: Uint8Array | undefined;
	private input: Input | undefined;
	private output: Output | undefined;
	private handling: Handling | undefined;
	private reader: BodyReader | undefined;
	private linger: Linger | undefined;
	/** The client waits for "100 Continue". */
	private waits = false;
	/** The connection ends after this response. */
	private last = false;
	/** There may be more to come than is known: the head was cut. */
	private cut = false;
	/** Steps are being taken, or will be in a later turn. */
	private running = false;
	private queued = false;

	/** Moves `from` into a new connection. */
	constructor(host: ConnectionHost, from: TCP, address: string) {
		super(host, address);
		this.host = host;
		this.socket = new ClientSocket(host.tcp, from, this);
	}

	/** Its request has begun what matters more than memory for others. */
	get essential(): boolean {
		return this.handling?.exchange.essential === true;
	}

	get localAddress(): string | undefined {
		return this.socket.localAddress;
	}

	/** Closes at once; what was handed to the socket is still delivered. */
	close(): void {
		this.end("closed");
	}

	/** Closes to make room. Tells the client, if it is in the middle of a request. */
	giveWay(): void {
		const refusal = new Refusal<HTTPCode>("request_timeout", "the request came too slowly while others were waiting", { limit: this.host.limits.slow });
		this.last = true;
		if (this.state === "body")
			this.handling!.fail(refusal);
		else if (this.state === "head")
			this.refuse(new RequestHead(), refusal);
		this.leaveTurns();
		this.run();
		this.end("gave way");
	}

	protected override overdue(): void {
		const { limits } = this.host;
		if (this.state === "head") {
			this.cut = true;
			this.refuse(new RequestHead(), new Refusal<HTTPCode>("request_timeout", "the head of the request took too long", { limit_ms: limits.headTime }));
		}
		else if (this.state === "body") {
			this.last = true;
			this.handling!.fail(new Refusal<HTTPCode>("request_timeout", "the body of the request took too long", { limit_ms: limits.bodyTime, received: this.reader!.received }));
		}
		else {
			this.end("timeout");
		}
		this.run();
	}

	readable(): void {
		this.run();
	}

	writable(): void {
		this.run();
	}

	gone(): void {
		this.end("client gone");
	}

	/** For the exchange: asks for a run soon, when something changed outside of one. */
	wake(): void {
		if (this.running || this.queued)
			return;
		this.queued = true;
		this.host.turns.add(this);
	}

	/** For the turns: this one is ours. */
	resume(): void {
		this.queued = false;
		this.run();
	}

	private leaveTurns(): void {
		if (this.queued)
			this.host.turns.remove(this);
		this.queued = false;
	}

	/** For the exchange: memory for a body that is collected. */
	collecting(bytes: number): Uint8Array {
		const { body, size } = this.host.blocks;
		if (body + bytes > size)
			throw new Error("more than a block has for a body");
		// without a block the client has gone, and the body with it
		return this.block?.subarray(body, body + bytes) ?? new Uint8Array(bytes);
	}

	private run(): void {
		if (this.queued)
			return;
		let left = share;
		const { moved } = this.socket;
		this.running = true;
		try {
			for (let cost = 1; cost > 0 && left > 0; left -= cost)
				cost = this.step();
		}
		catch (error) {
			// what handlers and sinks throw has been answered: here it is the socket, a Refusal of content that is there no longer, or a bug
			if (!this.socket.lost && !(error instanceof Refusal))
				this.host.onDefect("http.connection", error);
			this.end(this.socket.lost ? "client gone" : "failed");
		}
		this.running = false;
		if (this.socket.moved > moved)
			this.host.activity();
		if (left <= 0 && this.state !== "closed")
			this.wake();
	}

	/** Does the next thing and returns what it cost; 0 when there is nothing to do before something comes. */
	private step(): number {
		switch (this.state) {
			case "idle":
			case "head":
				return this.stepHead();
			case "handling":
				return this.stepHandling();
			case "body":
				return this.stepBody();
			case "sending":
				return this.stepSending();
			case "draining":
				if (this.reader!.step(this.input!, this.host.discard))
					return 1;
				return this.reader!.done ? this.next() : 0;
			case "lingering":
				return this.stepLingering();
			default:
				// the client went before the handler asked for the body
				this.handling?.abort("client gone");
				return 0;
		}
	}

	private stepHead(): number {
		if (!this.block && this.socket.unread === 0)
			return 0;
		const { blocks, limits } = this.host;
		this.block ??= blocks.take();
		const input = this.input ??= new Input(this.socket, blocks, this.block);
		const head = new RequestHead();
		try {
			if (this.state === "idle") {
				input.skipEmptyLines(4);
				if (input.available === 0) {
					this.release();
					return 0;
				}
				this.state = "head";
				this.watch(limits.headTime);
			}
			const size = input.head(limits.headBytes);
			if (size === undefined)
				return 0;
			head.parse(this.block, size, limits);
		}
		catch (error) {
			if (this.socket.lost)
				throw error;
			this.cut = error instanceof Refusal && (error.code === "headers_too_large" || error.code === "target_too_long");
			this.refuse(head, error);
			return headCost;
		}
		this.last = !head.keepAlive;
		this.waits = head.expectContinue;
		this.reader = new BodyReader(head.length);
		const long = head.length === undefined || head.length > limits.shortBody;
		this.handle(head);
		if (long && !this.becomeLong())
			this.handling!.fail(noRoom());
		else
			this.handling!.start();
		head.forget();
		return headCost;
	}

	/** The request turns out to be a long one. False when there is no room for it. */
	private becomeLong(): boolean {
		return this.long = this.long || this.host.admitLong(this);
	}

	/** Answers a request that can't be read. */
	private refuse(head: RequestHead, error: unknown): void {
		this.last = true;
		this.reader = undefined;
		this.handle(head);
		this.handling!.fail(error);
	}

	private handle(head: RequestHead): void {
		this.state = "handling";
		this.watch();
		this.handling = new Handling(this.host, head, this);
	}

	private stepHandling(): number {
		const handling = this.handling!;
		if (handling.exchange.responded)
			return this.respond();
		if (!handling.sink)
			return 0;
		if (this.waits && this.input!.available === 0)
			this.say("HTTP/1.1 100 Continue\r\n\r\n");
		this.waits = false;
		this.state = "body";
		this.watch(this.host.limits.bodyTime);
		return 1;
	}

	private stepBody(): number {
		const handling = this.handling!;
		const reader = this.reader!;
		if (handling.exchange.responded) {
			handling.abort("answered");
			return this.respond();
		}
		while (this.output?.step() === "more");
		try {
			if (reader.step(this.input!, handling.sink!))
				return 1;
		}
		catch (error) {
			if (this.socket.lost)
				throw error;
			handling.fail(error);
			if (this.state === "body")
				this.state = "handling";
			return 1;
		}
		if (!reader.done || this.state !== "body")
			return 0;
		this.state = "handling";
		this.watch();
		handling.complete();
		return 1;
	}

	/** Begins to send the exchange's response, and decides whether the connection outlives it. */
	private respond(): number {
		const { exchange } = this.handling!;
		const response = exchange.takeResponse()!;
		const silent = exchange.method === "HEAD" || response.bodiless;
		if (!silent && response.body instanceof LiveBody)
			return this.goLive(response);
		if (!silent && (response.size ?? 0) > this.host.limits.shortAnswer && !this.becomeLong()) {
			this.handling!.finish(false);
			this.refuse(exchange.head, noRoom());
			return 1;
		}
		if (this.reader && !this.reader.done) {
			const { left } = this.reader;
			// a client that still waits for "100 Continue" may or may not send the body now: nobody can tell where it ends
			if (left === undefined || left > this.host.limits.drainBytes || this.waits)
				this.last = true;
		}
		this.send(response, silent);
		return 1;
	}

	/** The response goes on without the connection, which is over then. */
	private goLive(response: Response): number {
		const { exchange } = this.handling!;
		if (this.host.beginLive(this.socket, this.address, response, exchange.version)) {
			this.leave(true);
			return 0;
		}
		this.handling!.finish(false);
		this.refuse(exchange.head, new Refusal<HTTPCode>("too_many_streams", "as many live responses run as there may; the others are served as ever"));
		return 1;
	}

	private send(response: Response, silent: boolean): void {
		const { version } = this.handling!.exchange;
		// the end of a response of unknown size is where the connection ends, in HTTP/1.0
		if (version === "1.0" && response.size === undefined)
			this.last = true;
		this.say(response.head(version, this.last));
		if (!silent)
			this.output!.body(response, version === "1.1");
		this.state = "sending";
		this.watch(this.host.limits.sendTime);
	}

	private say(text: string): void {
		this.block ??= this.host.blocks.take();
		this.output ??= new Output(this.socket, this.host.blocks, this.block);
		this.output.say(text);
	}

	private stepSending(): number {
		const step = this.output!.step();
		if (step === "wait")
			return 0;
		if (step === "more")
			return 1;
		this.handling!.finish(true);
		if (this.state !== "sending")
			return 0;
		this.answered = true;
		if (!this.last && this.reader!.done)
			return this.next();
		if (!this.last) {
			this.state = "draining";
			this.watch(this.host.limits.bodyTime);
		}
		else if (!this.cut && (this.input?.available ?? this.socket.unread) === 0 && (!this.reader || this.reader.done)) {
			this.end("done");
		}
		else {
			this.state = "lingering";
			this.release();
			this.linger = new Linger(this.host.limits, this.host.time.now());
			this.deadline = this.linger.deadline;
		}
		return 1;
	}

	private stepLingering(): number {
		const count = this.socket.forget(this.host.blocks.scratch);
		if (count === 0)
			return 0;
		this.linger!.took(count, this.host.time.now());
		this.deadline = this.linger!.deadline;
		return 1;
	}

	/** Waits for the next request, some of which may have come already. */
	private next(): number {
		this.handling = this.reader = undefined;
		this.long = false;
		if (this.input!.empty)
			this.release();
		this.state = "idle";
		this.watch(this.host.limits.idleTime);
		return 1;
	}

	/** Gives the memory back; what is in it is forgotten. */
	private release(): void {
		if (this.block)
			this.host.blocks.give(this.block);
		this.block = this.input = this.output = undefined;
	}

	private end(reason: string): void {
		if (this.state === "closed")
			return;
		this.socket.close();
		this.leave(false, reason);
	}

	/** Its socket is closed, or another's: the response has been handed over (`ok`), or never will be. */
	private leave(ok: boolean, reason = "answered"): void {
		this.state = "closed";
		this.deadline = Infinity;
		this.leaveTurns();
		this.handling?.abort(reason);
		this.handling?.finish(ok);
		this.release();
		this.host.closed(this);
	}
}

function noRoom(): Refusal {
	return new Refusal<HTTPCode>("too_many_connections", "as many long uploads and downloads run as there may; short requests are still served");
}

/**
 * The second half of what happens on a connection: a request is in its handler's hands, gets its answer, and then the next one comes or the
 * connection ends.
 * What it is not for: how requests come in (connection.ts, which extends this), and bytes (output.ts).
 * Dangers: a handler, a sink or a `finished` may close the whole server, so look at the state again after calling one. Unread bytes at
 * close() turn into a reset that can destroy a response that is still on its way; therefore "lingering".
 */
import type { TCP, TCPConstructor } from "base/io";
import { Refusal } from "base/refusal";
import type { BodyReader, BodySink } from "./body";
import type { Blocks } from "./buffers";
import { ClientSocket, type SocketOwner } from "./client-socket";
import type { HTTPCode } from "./codes";
import type { ExchangeOwner } from "./exchange";
import { Handling, type Handler } from "./handling";
import type { RequestHead } from "./head";
import type { Input } from "./input";
import { Linger } from "./linger";
import { LiveBody } from "./live-body";
import { Output } from "./output";
import type { Response } from "./response";
import { Timed, type TimedHost } from "./timed";

/** What a connection needs of its server. */
export interface ConnectionHost extends Handler, TimedHost {
	readonly tcp: TCPConstructor;
	readonly blocks: Blocks;
	/** Where bodies go that nobody wants. */
	readonly discard: BodySink;
	/** Bytes moved. */
	activity(): void;
	/** Makes room for a long request of `connection`. False when there is none. */
	admitLong(connection: Answering): boolean;
	/** Lets `response` go on by itself, with the socket, in a place for live ones. False when there is none. */
	beginLive(socket: ClientSocket, address: string, response: Response, version: string): boolean;
	/** The connection is over. */
	closed(connection: Answering): void;
}

export abstract class Answering extends Timed implements ExchangeOwner, SocketOwner {
	protected override readonly host: ConnectionHost;
	protected override readonly socket: ClientSocket;
	/** Memory while a request is under way, and who uses it. */
	protected block: Uint8Array | undefined;
	protected input: Input | undefined;
	protected output: Output | undefined;
	protected handling: Handling | undefined;
	protected reader: BodyReader | undefined;
	/** The client waits for "100 Continue". */
	protected waits = false;
	/** The connection ends after this response. */
	protected last = false;
	/** There may be more to come than is known: the head was cut. */
	protected cut = false;
	private linger: Linger | undefined;

	/** Moves `from` into a new connection. */
	constructor(host: ConnectionHost, from: TCP, address: string) {
		super(host, address);
		this.host = host;
		this.socket = new ClientSocket(host.tcp, from, this);
	}

	abstract readable(): void;
	abstract writable(): void;
	abstract gone(): void;

	/** Its request has begun what matters more than memory for others. */
	get essential(): boolean {
		return this.handling?.exchange.essential === true;
	}

	get localAddress(): string | undefined {
		return this.socket.localAddress;
	}

	/** For the exchange: memory for a body that is collected. */
	collecting(bytes: number): Uint8Array {
		const { body, size } = this.host.blocks;
		if (body + bytes > size)
			throw new Error("more than a block has for a body");
		// without a block the client has gone, and the body with it
		return this.block?.subarray(body, body + bytes) ?? new Uint8Array(bytes);
	}

	/** The request turns out to be a long one. False when there is no room for it. */
	protected becomeLong(): boolean {
		return this.long = this.long || this.host.admitLong(this);
	}

	/** Answers a request that can't be read. */
	protected refuse(head: RequestHead, error: unknown): void {
		this.last = true;
		this.reader = undefined;
		this.handle(head);
		this.handling!.fail(error);
	}

	protected handle(head: RequestHead): void {
		this.state = "handling";
		this.watch();
		this.handling = new Handling(this.host, head, this);
	}

	/** Begins to send the exchange's response, and decides whether the connection outlives it. */
	protected respond(): number {
		const { exchange } = this.handling!;
		const response = exchange.takeResponse()!;
		const silent = exchange.method === "HEAD" || response.bodiless;
		if (!silent && response.body instanceof LiveBody)
			return this.goLive(response);
		if (!silent && (response.size ?? 0) > this.host.limits.shortAnswer && !this.becomeLong())
			return this.refuseInstead(noRoom());
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
		let step = this.output?.step();
		while (step === "more")
			step = this.output!.step();
		if (step === "wait") {
			// half of a "100 Continue" is in the socket, which takes no more
			this.end("client too slow");
			return 0;
		}
		if (this.host.beginLive(this.socket, this.address, response, exchange.version)) {
			this.leave(true);
			return 0;
		}
		return this.refuseInstead(new Refusal<HTTPCode>("too_many_streams", "as many live responses run as there may; the others are served as ever"));
	}

	/** There is no place for the response that the handler gave. */
	private refuseInstead(refusal: Refusal): number {
		const { head } = this.handling!.exchange;
		this.handling!.finish(false);
		this.last = true;
		this.handle(head);
		this.handling!.fail(refusal);
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

	protected say(text: string): void {
		this.block ??= this.host.blocks.take();
		this.output ??= new Output(this.socket, this.host.blocks, this.block);
		this.output.say(text);
	}

	protected stepSending(): number {
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

	protected stepLingering(): number {
		const count = this.socket.forget(this.host.blocks.scratch);
		if (count === 0)
			return 0;
		this.linger!.took(count, this.host.time.now());
		this.deadline = this.linger!.deadline;
		return 1;
	}

	/** Waits for the next request, some of which may have come already. */
	protected next(): number {
		this.handling = this.reader = undefined;
		this.long = false;
		if (this.input!.empty)
			this.release();
		this.state = "idle";
		this.watch(this.host.limits.idleTime);
		return 1;
	}

	/** Gives the memory back; what is in it is forgotten. */
	protected release(): void {
		if (this.block)
			this.host.blocks.give(this.block);
		this.block = this.input = this.output = undefined;
	}

	protected end(reason: string): void {
		if (this.state === "closed")
			return;
		this.socket.close();
		this.leave(false, reason);
	}

	/** Its socket is closed, or another's: the response has been handed over (`ok`), or never will be. */
	protected leave(ok: boolean, reason = "answered"): void {
		this.state = "closed";
		this.deadline = Infinity;
		this.leaveTurns();
		this.handling?.abort(reason);
		this.handling?.finish(ok);
		this.release();
		this.host.closed(this);
	}
}

export function noRoom(): Refusal {
	return new Refusal<HTTPCode>("too_many_connections", "as many long uploads and downloads run as there may; short requests are still served");
}

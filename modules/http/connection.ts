/**
 * One client's connection: heads, bodies and responses one after the other, each with its time limit. Here is how requests come in, and how
 * the connection lives; how they are answered is in answering.ts.
 *
 * A single function, step, moves the state on, and every callback ends in running it (stepping.ts). So handlers and sinks are called from
 * one place, and nothing is called from inside a handler's call.
 * What it is not for: bytes (input.ts, body.ts), which requests mean what, how long what may take (timed.ts), and who gives way to whom
 * (places.ts).
 * Danger: a FIN means the client can't be answered any more (base/io.ts).
 */
import { Refusal } from "base/refusal";
import { Answering, noRoom } from "./answering";
import { BodyReader } from "./body";
import type { HTTPCode } from "./codes";
import { RequestHead } from "./head";
import { Input } from "./input";

/** What reading a head costs of the share of a turn: as much as many pieces of a body. */
const headCost = 12;

export class Connection extends Answering {
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

	override readable(): void {
		this.run();
	}

	override writable(): void {
		this.run();
	}

	override gone(): void {
		this.end("client gone");
	}

	protected override run(): void {
		const { moved } = this.socket;
		super.run();
		if (this.socket.moved > moved)
			this.host.activity();
	}

	protected override failed(error: unknown): void {
		// what handlers and sinks throw has been answered: here it is the socket, a Refusal of content that is there no longer, or a bug
		if (!this.socket.lost && !(error instanceof Refusal))
			this.host.onDefect("http.connection", error);
		this.end(this.socket.lost ? "client gone" : "failed");
	}

	protected override step(): number {
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
}

/**
 * One request in its handler's hands, seen from the connection: whatever the handler, its sink or its `finished` throws stays here
 * and becomes an answer or a report.
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { BodySink } from "./body";
import { Exchange, type ExchangeOwner } from "./exchange";
import type { RequestHead } from "./head";
import type { HTTPCode } from "./codes";

/** What the server does with requests. */
export interface Handler {
	readonly onDefect: OnDefect;
	/** A request's head is complete. May throw; a Refusal is the answer. */
	request(exchange: Exchange): void;
	/** Renders a refusal by exchange.respond(). */
	refuse(exchange: Exchange, refusal: Refusal): void;
}

export class Handling {
	readonly exchange: Exchange;
	private handler: Handler;
	private taken: BodySink | undefined;

	constructor(handler: Handler, head: RequestHead, owner: ExchangeOwner) {
		this.handler = handler;
		this.exchange = new Exchange(head, owner);
	}

	/** Where the handler wants the body, when it does; the same until `complete` or `abort`. */
	get sink(): BodySink | undefined {
		return this.taken ??= this.exchange.takeSink();
	}

	/** Hands the request to the handler. */
	start(): void {
		try {
			this.handler.request(this.exchange);
		}
		catch (error) {
			this.fail(error);
		}
	}

	/** The sink has got the whole body. */
	complete(): void {
		const sink = this.taken!;
		this.taken = undefined;
		try {
			sink.done();
		}
		catch (error) {
			this.fail(error);
		}
	}

	/** Makes an error the answer, unless there is one. What isn't a Refusal is a bug: reported, answered 500. */
	fail(error: unknown): void {
		let refusal: Refusal;
		if (error instanceof Refusal) {
			refusal = error;
		}
		else {
			this.handler.onDefect("http.handler", error);
			refusal = new Refusal<HTTPCode>("internal", "something failed inside the server");
		}
		this.abort(refusal.code);
		if (this.exchange.responded)
			return;
		try {
			this.handler.refuse(this.exchange, refusal);
		}
		catch (failure) {
			this.handler.onDefect("http.refusal", failure);
		}
		if (!this.exchange.responded)
			this.exchange.respond(500, "internal error\n", { "content-type": "text/plain" });
	}

	/** Tells the sink that it gets no more, if it does not know yet. */
	abort(reason: string): void {
		const { sink } = this;
		this.taken = undefined;
		try {
			sink?.aborted(reason);
		}
		catch (error) {
			this.handler.onDefect("http.sink", error);
		}
	}

	/** It is over. Only the first call counts. */
	finish(ok: boolean): void {
		try {
			this.exchange.finish(ok);
		}
		catch (error) {
			this.handler.onDefect("http.finished", error);
		}
	}
}

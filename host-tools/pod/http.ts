/**
 * One HTTP/1.1 request to a pod: streaming in both directions, with limits on time and size, over node:http.
 *
 * Not for anything but pods: no redirects, no proxies, no cookies. Each request has its own connection, as the pod's other
 * clients do it; over Wi-Fi a kept connection that died unseen costs more than a new one.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { open } from "node:fs/promises";
import { hostOf } from "./address.ts";
import type { Network } from "./network.ts";
import { PodError, type LocalCode } from "./pod-error.ts";
import { textOf } from "../base/failure.ts";

/** Where an upload's bytes come from: memory, or `length` bytes of a file from `start`. */
export type Source = Uint8Array | { readonly path: string; readonly start?: number; readonly length: number };

export interface HttpRequest {
	readonly network: Network;
	readonly base: URL;
	readonly method: string;
	/** Path with query, already encoded. */
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Source;
	/** Milliseconds without a byte moving after which the request fails. */
	readonly idle: number;
	/** Milliseconds to connect. */
	readonly connect: number;
	/** An answer longer than this is an error. */
	readonly limit: number;
	readonly signal?: AbortSignal | undefined;
	/** Called as body bytes are handed to the network. */
	readonly onProgress?: ((sent: number, total: number) => void) | undefined;
}

export interface HttpAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Uint8Array;
}

/** Bodies above this wait for `100 Continue`, so that a pod without room says so before they are sent. */
const EXPECT_FROM = 16 * 1024;
/** A server that doesn't know Expect gets the body after this many milliseconds anyway (RFC 9110 section 10.1.1). */
const EXPECT_WAIT = 1000;
const CHUNK = 64 * 1024;
/** Milliseconds of silence after which TCP asks whether the other side is still there. */
const KEEP_ALIVE = 30_000;

/** Resolves with the answer of any status. Throws PodError with a LocalCode when there is none. */
export async function exchange(options: HttpRequest): Promise<HttpAnswer> {
	const call = new Call(options);
	try {
		const response = await call.answer();
		const body = await call.reading(collect(response, options.limit));
		return { status: response.statusCode!, headers: response.headers, body };
	}
	finally {
		call.close();
	}
}

/** An answer whose body goes on, until it ends or `close`. */
export interface HttpStream {
	readonly status: number;
	readonly headers: HttpAnswer["headers"];
	/** The body as it comes. Throws PodError with a LocalCode when it is cut off. Once. */
	pieces(): AsyncIterable<Uint8Array>;
	close(): void;
}

/**
 * As `exchange`, for a body without an end. `idle` counts until the head has come: how long the body may be silent is the caller's to know.
 */
export async function openStream(options: HttpRequest): Promise<HttpStream> {
	const call = new Call(options);
	try {
		const response = await call.answer();
		// a refusal has an end
		if (response.statusCode === 200)
			call.waitLong();
		return { status: response.statusCode!, headers: response.headers, pieces: () => piecesOf(call, response), close: () => call.close() };
	}
	catch (error) {
		call.close();
		throw error;
	}
}

async function* piecesOf(call: Call, response: IncomingMessage): AsyncGenerator<Uint8Array> {
	const parts = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
	for (;;) {
		const { done, value } = await call.reading(parts.next());
		if (done)
			return;
		yield value;
	}
}

/** A request on its way. Whatever goes wrong comes out as a PodError. */
class Call {
	#request: ClientRequest;
	#options: HttpRequest;
	#name: string;
	#failure: PodError | undefined;
	#connected = false;
	#connecting: object | undefined;
	#onAbort = (): void => this.#fail("aborted", "interrupted");

	constructor(options: HttpRequest) {
		const { network, base, method, path, body, signal } = options;
		this.#options = options;
		this.#name = `${method} ${base.origin}${path}`;
		if (signal?.aborted)
			throw new PodError("aborted", 0, `${this.#name}: interrupted`);
		const headers: Record<string, string> = { ...options.headers };
		if (body || method !== "GET" && method !== "HEAD")
			headers["Content-Length"] = String(body ? body.length : 0);
		if (this.#expects)
			headers["Expect"] = "100-continue";
		const request = this.#request = httpRequest(new URL(path, base),
			{ method, headers, createConnection: () => network.connect({ host: hostOf(base), port: Number(base.port || 80) }) });
		signal?.addEventListener("abort", this.#onAbort, { once: true });
		this.#connecting = network.clock.after(options.connect,
			() => this.#fail("unreachable", `no connection within ${options.connect / 1000} s`));
		request.once("socket", socket => socket.once("connect", () => {
			this.#connected = true;
			network.clock.cancel(this.#connecting);
			socket.setNoDelay(true);
		}));
		request.setTimeout(options.idle, () => this.#fail("timeout", `nothing moved for ${options.idle / 1000} s`));
	}

	/** Sends the body; resolves when the head of the answer has come. */
	answer(): Promise<IncomingMessage> {
		const { network, body, onProgress } = this.#options;
		const answer = answerOf(this.#request);
		answer.catch(() => undefined);
		// Not awaited: a pod may refuse before it has read the body and close. The answer counts, not the broken pipe.
		send(this.#request, body, body ? body.length : 0, this.#expects ? network : undefined, answer, onProgress).catch((error: unknown) =>
			this.#fail(error instanceof Unreadable ? "unreadable" : "connection_lost", textOf(error), error));
		return this.reading(answer);
	}

	/** `part` of the answer, and what goes wrong with it. */
	async reading<T>(part: Promise<T>): Promise<T> {
		try {
			return await part;
		}
		catch (error) {
			if (error instanceof TooLong)
				this.#fail("bad_answer", `the answer is longer than ${this.#options.limit} bytes`);
			else
				this.#fail(this.#connected ? "connection_lost" : "unreachable", textOf(error) || "connection failed", error);
			throw this.#failure;
		}
	}

	/** From now on nothing needs to move. */
	waitLong(): void {
		this.#request.setTimeout(0);
		this.#request.socket?.setKeepAlive(true, KEEP_ALIVE);
	}

	close(): void {
		this.#options.network.clock.cancel(this.#connecting);
		this.#options.signal?.removeEventListener("abort", this.#onAbort);
		this.#request.destroy();
	}

	get #expects(): boolean {
		return (this.#options.body?.length ?? 0) >= EXPECT_FROM;
	}

	/** The first reason counts. */
	#fail(code: LocalCode, text: string, cause?: unknown): void {
		this.#failure ??= new PodError(code, 0, `${this.#name}: ${text}`, {}, cause);
		// without a reset, what of a body is on its way would become a file behind the back of who has just given it up
		if (this.#connected)
			this.#request.socket?.resetAndDestroy?.();
		this.#request.destroy(this.#failure);
	}
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		request.once("response", resolve);
		// Stays for good: a late error of a request that was answered must not end the program.
		request.on("error", reject);
		request.once("close", () => reject(new Error("the connection was closed without an answer")));
	});
}

async function send(request: ClientRequest, body: Source | undefined, length: number, expect: Network | undefined, answer: Promise<unknown>,
	onProgress?: (sent: number, total: number) => void): Promise<void> {
	if (!body || !length) {
		request.end();
		return;
	}
	if (expect) {
		request.flushHeaders();
		const go = await permission(request, expect, answer);
		if (!go)
			return;
	}
	let sent = 0;
	for await (const chunk of chunks(body)) {
		if (request.destroyed)
			return;
		if (!request.write(chunk))
			await roomIn(request);
		sent += chunk.length;
		onProgress?.(sent, length);
	}
	request.end();
}

/** Resolves when more can be written, or when nothing can be written any more. */
function roomIn(request: ClientRequest): Promise<void> {
	return new Promise(resolve => {
		const settle = (): void => {
			request.off("drain", settle);
			request.off("close", settle);
			resolve();
		};
		request.on("drain", settle);
		request.on("close", settle);
	});
}

/** False when the server answered instead of asking for the body. */
function permission(request: ClientRequest, { clock }: Network, answer: Promise<unknown>): Promise<boolean> {
	return new Promise(resolve => {
		const alarm = clock.after(EXPECT_WAIT, () => resolve(true));
		const settle = (go: boolean): void => {
			clock.cancel(alarm);
			resolve(go);
		};
		request.once("continue", () => settle(true));
		answer.then(() => settle(false), () => settle(false));
	});
}

class Unreadable extends Error {}

async function* chunks(source: Source): AsyncGenerator<Uint8Array> {
	if (source instanceof Uint8Array) {
		for (let offset = 0; offset < source.length; offset += CHUNK)
			yield source.subarray(offset, offset + CHUNK);
		return;
	}
	const file = await open(source.path, "r").catch((error: unknown) => {
		throw new Unreadable(`${source.path} can't be read any more: ${textOf(error)}`);
	});
	try {
		let offset = source.start ?? 0;
		for (let left = source.length; left > 0;) {
			const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(CHUNK, left)), 0, Math.min(CHUNK, left), offset);
			if (!bytesRead)
				throw new Unreadable(`${source.path} became shorter while it was sent`);
			yield buffer.subarray(0, bytesRead);
			offset += bytesRead;
			left -= bytesRead;
		}
	}
	finally {
		await file.close();
	}
}

class TooLong extends Error {}

async function collect(response: IncomingMessage, limit: number): Promise<Buffer> {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of response as AsyncIterable<Buffer>) {
		length += part.length;
		if (length > limit)
			throw new TooLong();
		parts.push(part);
	}
	return Buffer.concat(parts);
}

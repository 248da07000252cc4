/**
 * One HTTP/1.1 request to a pod: streaming in both directions, with limits on time and size, over node:http.
 *
 * Not for anything but pods: no redirects, no proxies, no cookies. Each request has its own connection, as the pod's other
 * clients do it; over Wi-Fi a kept connection that died unseen costs more than a new one.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { open } from "node:fs/promises";
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
	/**
	 * Gets the body of a good answer as it comes; nothing of it is collected then. Such an answer may go on for ever and be silent for as long:
	 * `idle` holds until it begins, and after that TCP finds out whether the pod is still there.
	 */
	readonly onBody?: ((part: Uint8Array, headers: HttpAnswer["headers"]) => void) | undefined;
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
	const { network, base, method, path, body, signal } = options;
	const name = `${method} ${base.origin}${path}`;
	if (signal?.aborted)
		throw new PodError("aborted", 0, `${name}: interrupted`);
	const length = body ? body.length : 0;
	const headers: Record<string, string> = { ...options.headers };
	if (body || method !== "GET" && method !== "HEAD")
		headers["Content-Length"] = String(length);
	const expect = length >= EXPECT_FROM;
	if (expect)
		headers["Expect"] = "100-continue";
	const request = httpRequest(new URL(path, base), { method, headers, createConnection: () => network.connect(placeOf(base)) });
	let failure: PodError | undefined;
	const fail = (code: LocalCode, text: string, cause?: unknown): void => {
		failure ??= new PodError(code, 0, `${name}: ${text}`, {}, cause);
		request.destroy(failure);
	};
	const onAbort = (): void => fail("aborted", "interrupted");
	signal?.addEventListener("abort", onAbort, { once: true });
	let connected = false;
	const connecting = network.clock.after(options.connect, () => fail("unreachable", `no connection within ${options.connect / 1000} s`));
	request.once("socket", socket => socket.once("connect", () => {
		connected = true;
		network.clock.cancel(connecting);
		socket.setNoDelay(true);
	}));
	request.setTimeout(options.idle, () => fail("timeout", `nothing moved for ${options.idle / 1000} s`));
	try {
		const answer = answerOf(request);
		answer.catch(() => undefined);
		// Not awaited: a pod may refuse before it has read the body and close. The answer counts, not the broken pipe.
		send(request, body, length, expect ? network : undefined, answer, options.onProgress).catch((error: unknown) => fail(error instanceof Unreadable ? "unreadable" : "connection_lost", textOf(error), error));
		const response = await answer;
		const { onBody } = options;
		if (onBody && response.statusCode === 200) {
			request.setTimeout(0);
			response.socket.setKeepAlive(true, KEEP_ALIVE);
			for await (const part of response as AsyncIterable<Buffer>)
				onBody(part, response.headers);
			return { status: 200, headers: response.headers, body: new Uint8Array() };
		}
		const collected = await collect(response, options.limit);
		return { status: response.statusCode!, headers: response.headers, body: collected };
	}
	catch (error) {
		if (!failure) {
			if (error instanceof TooLong)
				fail("bad_answer", `the answer is longer than ${options.limit} bytes`);
			else
				fail(connected ? "connection_lost" : "unreachable", textOf(error) || "connection failed", error);
		}
		throw failure;
	}
	finally {
		network.clock.cancel(connecting);
		signal?.removeEventListener("abort", onAbort);
		request.destroy();
	}
}

/** Where TCP connects to. */
function placeOf({ hostname, port }: URL): { host: string; port: number } {
	return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		request.once("response", resolve);
		// Stays for good: a late error of a request that was answered must not end the program.
		request.on("error", reject);
		request.once("close", () => reject(new Error("the connection was closed without an answer")));
	});
}

async function send(request: ClientRequest, body: Source | undefined, length: number, expect: Network | undefined, answer: Promise<unknown>, onProgress?: (sent: number, total: number) => void): Promise<void> {
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

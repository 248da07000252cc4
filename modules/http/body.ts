/**
 * The body of a request on its way into a sink: Content-Length and chunked (RFC 9112 6 and 7).
 *
 * Bytes are read from the socket straight into the view that the sink offers. What it is not for: deciding what happens to a
 * connection whose body was not wanted (connection.ts).
 */
import { Refusal } from "base/refusal";
import type { Input } from "./input";
import type { HTTPCode } from "./codes";

/** Where the bytes of a body go. After `done` or `aborted`, one of which is called exactly once, nothing more is called. */
export interface BodySink {
	/**
	 * A place for the next bytes: 1 or more; more than `limit` are not used now. A Refusal thrown here, in `advance` or in `done`
	 * is the answer to the request.
	 */
	space(limit: number): Uint8Array;
	/** `count` bytes were put at the beginning of the last space. */
	advance(count: number): void;
	/** All bytes have come. */
	done(): void;
	/** No more bytes will come: "client gone", "answered", "closed", or the code of the refusal. */
	aborted(reason: string): void;
}

/** Longest chunk-size line with its extensions, and longest trailer line. */
const lineLimit = 256;
const trailerLimit = 2_048;
/** Bytes of one step at most. */
const stepBytes = 8_192;
/** Bytes read beyond a chunk-size line at most: enough for the usual line, little to copy. */
const lineAhead = 32;
const sizeForm = /^([0-9A-Fa-f]{1,8})(;[\t -~]*)?$/;

type State = "data" | "size" | "chunkEnd" | "trailer" | "done";

export class BodyReader {
	/** Bytes of the body so far. */
	received = 0;
	private state: State;
	private chunked: boolean;
	/** Bytes to come of the body, or of the chunk. */
	private rest: number;
	private trailer = 0;

	/** `length` bytes, or chunked when undefined. */
	constructor(length: number | undefined) {
		this.chunked = length === undefined;
		this.rest = length ?? 0;
		this.state = this.chunked ? "size" : length === 0 ? "done" : "data";
	}

	/** Whether the body has been read to its end. */
	get done(): boolean {
		return this.state === "done";
	}

	/** Bytes to come; undefined when nobody knows, as with chunks. */
	get left(): number | undefined {
		return this.state === "done" ? 0 : this.chunked ? undefined : this.rest;
	}

	/**
	 * Takes one step: moves one piece into `sink` or reads one line. False when more has to come first. Calls neither `done` nor
	 * `aborted`. Throws what the sink throws, and Refusal bad_request when the chunks are malformed; then the body's end is lost.
	 */
	step(input: Input, sink: BodySink): boolean {
		return this.state === "data" ? this.move(input, sink) : this.readLine(input);
	}

	private move(input: Input, sink: BodySink): boolean {
		const count = Math.min(input.ready, this.rest, stepBytes);
		if (count === 0)
			return false;
		let view = sink.space(count);
		if (view.length === 0)
			throw new Error("a sink without space");
		if (view.length > count)
			view = view.subarray(0, count);
		input.read(view);
		this.received += view.length;
		this.rest -= view.length;
		if (this.rest === 0)
			this.state = this.chunked ? "chunkEnd" : "done";
		sink.advance(view.length);
		return true;
	}

	private readLine(input: Input): boolean {
		if (this.state === "done")
			return false;
		const line = input.line(lineLimit, lineAhead);
		if (line === undefined)
			return false;
		if (this.state === "size") {
			const size = sizeForm.exec(line);
			if (!size)
				throw new Refusal<HTTPCode>("bad_request", "a chunk's size is 1 to 8 hex digits");
			this.rest = parseInt(size[1]!, 16);
			this.state = this.rest === 0 ? "trailer" : "data";
		}
		else if (this.state === "chunkEnd") {
			if (line !== "")
				throw new Refusal<HTTPCode>("bad_request", "a chunk is longer than its size");
			this.state = "size";
		}
		else if (line === "") {
			this.state = "done";
		}
		else {
			this.trailer += line.length + 2;
			if (this.trailer > trailerLimit)
				throw new Refusal<HTTPCode>("headers_too_large", "the trailers of a chunked body have " + trailerLimit + " bytes at most", { limit: trailerLimit });
		}
		return true;
	}
}

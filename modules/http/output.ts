/**
 * A response on its way to a client, as much of it as the socket takes at a time: what is small is copied into the connection's
 * block, files and the like are read where they are, pieces are made when there is room for them.
 * What it is not for: what the bytes mean (response.ts).
 */
import type { Content } from "store/content";
import type { Blocks } from "./buffers";
import { LiveBody } from "./live-body";
import { Pieces } from "./pieces";
import type { Response } from "./response";
import type { ClientSocket } from "./client-socket";

/** Bytes of content handed to the socket in one step at most. */
const stepBytes = 8_192;
/** Characters of pieces that are sent together. */
const pieceText = 1_024;

export class Output {
	private socket: ClientSocket;
	private block: Uint8Array;
	/** Where the part of the block that is for output begins and ends. */
	private first: number;
	private last: number;
	/** block[start..end) is to be sent first. */
	private start: number;
	private end: number;
	/** Then what did not fit there. */
	private excess: Uint8Array | undefined;
	/** Then `content` from `offset` on. */
	private content: Content | undefined;
	private offset = 0;
	/** Then `pieces`, as chunks or plain. */
	private pieces: Pieces | undefined;
	private chunked = false;

	constructor(socket: ClientSocket, blocks: Blocks, block: Uint8Array) {
		this.socket = socket;
		this.block = block;
		this.first = this.start = this.end = blocks.output;
		this.last = blocks.body;
	}

	/** Sends `text`, which is short. */
	say(text: string): void {
		this.put(new Uint8Array(ArrayBuffer.fromString(text)));
	}

	/** Sends the body of `response`; `chunked`: what has no known size goes as chunks. */
	body(response: Response, chunked: boolean): void {
		const { body } = response;
		if (body === undefined || body instanceof LiveBody)
			return;
		if (body instanceof Uint8Array)
			this.put(body);
		else if (body instanceof Pieces)
			this.pieces = body;
		else if (body.size > 0)
			this.content = body;
		// pipelined requests are answered by one Output, one after the other
		this.offset = 0;
		this.chunked = chunked;
	}

	/**
	 * Does the next thing. "wait": the socket takes nothing now; "done": it has everything. Throws when it is gone, or the content ends
	 * before its size.
	 */
	step(): "wait" | "more" | "done" {
		const { socket, content, excess } = this;
		if (socket.room <= 0 && (this.start < this.end || excess || content))
			return "wait";
		if (this.start < this.end) {
			const count = Math.min(socket.room, this.end - this.start);
			socket.write(this.block.subarray(this.start, this.start + count));
			this.start += count;
		}
		else if (excess) {
			const count = Math.min(socket.room, stepBytes, excess.length);
			socket.write(excess.subarray(0, count));
			this.excess = count < excess.length ? excess.subarray(count) : undefined;
		}
		else if (content) {
			const view = content.span(this.offset, Math.min(socket.room, stepBytes, content.size - this.offset));
			if (view.length === 0)
				throw new Error("content ended before its size");
			socket.write(view);
			this.offset += view.length;
			if (this.offset === content.size)
				this.content = undefined;
		}
		else if (this.pieces) {
			this.make(this.pieces);
		}
		else {
			return "done";
		}
		return "more";
	}

	/** Queues `bytes`: a copy in the block, where they fit. */
	private put(bytes: Uint8Array): void {
		if (this.start === this.end)
			this.start = this.end = this.first;
		if (!this.excess && this.end + bytes.length <= this.last) {
			this.block.set(bytes, this.end);
			this.end += bytes.length;
			return;
		}
		const { excess } = this;
		this.excess = bytes;
		if (excess) {
			this.excess = new Uint8Array(excess.length + bytes.length);
			this.excess.set(excess);
			this.excess.set(bytes, excess.length);
		}
	}

	/** Takes as many pieces as are sent together. */
	private make(pieces: Pieces): void {
		let text = "";
		while (text.length < pieceText) {
			const piece = pieces.next();
			if (piece === undefined) {
				this.pieces = undefined;
				break;
			}
			text += piece;
		}
		const bytes = new Uint8Array(ArrayBuffer.fromString(text));
		if (!this.chunked) {
			this.put(bytes);
			return;
		}
		if (bytes.length > 0) {
			this.say(bytes.length.toString(16) + "\r\n");
			this.put(bytes);
			this.say("\r\n");
		}
		if (!this.pieces)
			this.say("0\r\n\r\n");
	}
}

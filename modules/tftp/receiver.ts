/**
 * Receives a file from a client that asked to write it (WRQ): the state machine of one upload, lock-step or in windows.
 *
 * Not for deciding who may write what: server.ts asks before.
 *
 * Measured behaviour this is built on: every acknowledgement but the one just due does harm to some U-Boot. 2010.06 answers each
 * repeated one with the next block again and takes a late ACK 0 for the end; 2016.11 loses its place by a second OACK or an old
 * number. So nothing is said unasked: the client's own timer repeats what was lost, and is answered at most once per REPEAT_AFTER.
 * Only clients that agreed on a window (no U-Boot) hear of a gap at once.
 */
import { Fault } from "base/fault";
import type { Packet } from "base/io";
import { ACK, DATA, HEADER, formatError, formatOACK, ACCESS_VIOLATION } from "tftp/packet";
import { PATIENCE, Transfer, type Outcome, type TransferOptions } from "tftp/transfer";

/** A place for a file that comes in. */
export interface Sink {
	/** The next free bytes, contiguous; empty when nothing more may come. */
	space(): Uint8Array;
	/** `count` bytes of the last `space()` were written. */
	advance(count: number): void;
	/** Every byte is here: looks whether it is what was armed, keeps it, or throws a Fault that says why not. */
	commit(): void;
	/** The upload is over: after `commit`, or instead of it. Called exactly once. If not completed, what came is to be thrown away. */
	ended(outcome: Outcome): void;
}

/** Milliseconds. What comes again sooner was made two of by the network. */
const REPEAT_AFTER = 100;
/** The same for the request, whose answer is an OACK that may come twice only if the first was lost. Below every client's own timer. */
const REPEAT_OFFER_AFTER = 500;
/** A window that stays incomplete for so long is acknowledged as far as it came. Milliseconds. */
const WINDOW_AFTER = 250;

export class Receiver extends Transfer {
	readonly #sink: Sink;
	readonly #window: number;
	readonly #blockSize: number;
	/** The block that is due. */
	#due = 1;
	#received = 0;
	/** Blocks since the last acknowledgement. */
	#pending = 0;
	/** The client knows of the gap before `#due`. */
	#complained = false;
	/** What was said last: OACK, ACK or, when all is over, an error. */
	#answer: Uint8Array;
	#answeredAt = 0;
	readonly #ack = new Uint8Array(HEADER);

	constructor(sink: Sink, options: TransferOptions) {
		super("upload", options);
		this.#sink = sink;
		this.#window = options.terms.window;
		this.#blockSize = options.terms.blockSize;
		this.#ack[1] = ACK;
		// Without options RFC 1350's answer is ACK 0. Every U-Boot sends options and needs the OACK.
		this.#answer = options.terms.answer.length ? formatOACK(options.terms.answer) : this.#ack;
	}

	override get bytes(): number {
		return this.#received;
	}

	override get size(): number | undefined {
		return this.terms.announced || undefined;
	}

	override get lingering(): boolean {
		return this.state === "dallying";
	}

	protected override open(): void {
		this.#say(this.#answer);
	}

	override repeat(): void {
		if (this.state === "offering" && this.clock.now - this.#answeredAt >= REPEAT_OFFER_AFTER) {
			this.heardAt = this.clock.now;
			this.#say(this.#answer);
		}
	}

	override tick(): void {
		if (this.state === "dallying" && this.quiet >= PATIENCE)
			this.end("completed");
		else if (this.quiet >= this.silence)
			this.end("failed", `the client was silent for ${Math.round(this.quiet / 1000)} s after block ${this.#due - 1}`);
		else if (this.#pending !== 0 && this.quiet >= WINDOW_AFTER)
			this.#acknowledge();
	}

	protected override heard(packet: Packet): void {
		const word = new DataView(packet).getUint32(0);
		if (word >>> 16 !== DATA)
			this.unexpected(packet, word >>> 16);
		else if (packet.byteLength > HEADER + this.#blockSize)
			this.counters.malformed++;
		else {
			// How far the block lies ahead of the one that is due; 0xffff is the one before.
			const ahead = (word - this.#due) & 0xffff;
			this.heardAt = this.clock.now;
			if (this.state === "dallying")
				this.#recall(ahead);
			else if (ahead === 0)
				this.#accept(packet);
			else if (ahead < this.#window)
				this.#complain();
			else
				this.#recall(ahead);
		}
	}

	protected override settle(outcome: Outcome): void {
		this.#sink.ended(outcome);
	}

	#accept(packet: Packet): void {
		const size = packet.byteLength - HEADER;
		this.state = "moving";
		this.#due++;
		this.#pending++;
		this.#complained = false;
		try {
			if (!this.#store(packet, size))
				this.#over("failed", "more bytes than there is room for");
			else if (size < this.#blockSize) {
				this.#sink.commit();
				this.#over("completed", "");
			}
			else if (this.#pending >= this.#window)
				this.#acknowledge();
		}
		catch (error) {
			if (!(error instanceof Fault))
				throw error;
			this.#over("failed", error.message);
		}
	}

	#store(packet: Packet, size: number): boolean {
		for (let at = 0; at < size;) {
			const space = this.#sink.space();
			const count = Math.min(space.length, size - at);
			if (count === 0)
				return false;
			space.set(new Uint8Array(packet, HEADER + at, count));
			this.#sink.advance(count);
			this.#received += count;
			at += count;
		}
		return true;
	}

	/** The last word: an acknowledgement or an error, repeated for a while when the client didn't get it. */
	#over(result: "completed" | "failed", reason: string): void {
		if (result === "completed")
			this.#acknowledge();
		else
			this.#say(formatError(ACCESS_VIOLATION, reason));
		this.#pending = 0;
		this.state = "dallying";
		this.conclude(result, reason, true);
	}

	#acknowledge(): void {
		const block = this.#due - 1;
		this.#ack[2] = block >> 8;
		this.#ack[3] = block;
		this.#pending = 0;
		this.#say(this.#ack);
	}

	/** The client resends because our last word was lost, or the network repeats: an answer is due in the first case only. */
	#recall(ahead: number): void {
		if (this.state === "offering" || ahead < 0x10000 - this.#window)
			return;
		this.repeated++;
		if (this.clock.now - this.#answeredAt < REPEAT_AFTER)
			return;
		if (this.state === "dallying")
			this.#say(this.#answer);
		else
			this.#acknowledge();
	}

	/** A block is missing: says once which one was the last good one (RFC 7440). */
	#complain(): void {
		if (this.#complained || this.state === "offering")
			return;
		this.#complained = true;
		this.#acknowledge();
	}

	#say(answer: Uint8Array): void {
		this.#answer = answer;
		this.#answeredAt = this.clock.now;
		this.send(answer);
	}
}

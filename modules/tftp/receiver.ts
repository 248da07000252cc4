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
import { Refusal } from "base/refusal";
import type { Packet } from "base/io";
import type { Terms } from "tftp/options";
import { ACCESS_VIOLATION, ACK, DATA, HEADER, formatError } from "tftp/packet";
import { PATIENCE, Transfer, type Host, type Outcome } from "tftp/transfer";

/** A place for a file that comes in. */
export interface Sink {
	/** The next free bytes, contiguous; empty when nothing more may come. */
	space(): Uint8Array;
	/** `count` bytes of the last `space()` were written. */
	advance(count: number): void;
	/** Every byte is here: looks whether it is what was armed, keeps it, or throws a Refusal that says why not. */
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
	override readonly size: number | undefined;
	protected override readonly blockSize: number;
	private readonly sink: Sink;
	private readonly ack: Uint8Array;
	/** The block that is due. */
	private due = 1;
	private received = 0;
	/** Blocks since the last acknowledgement. */
	private pending = 0;
	/** The client knows of the gap before `due`. */
	private complained = false;
	private answeredAt = 0;
	/** Why it failed; empty as long as it didn't. Said in place of an acknowledgement. */
	private failure = "";

	constructor(sink: Sink, host: Host, place: number, peer: Packet, request: number, name: string, terms: Terms) {
		super(host, place, peer, request, name, terms);
		this.sink = sink;
		this.size = terms.announced || undefined;
		this.blockSize = terms.blockSize;
		this.ack = this.buffer(HEADER);
	}

	override get direction(): "upload" {
		return "upload";
	}

	override get bytes(): number {
		return this.received;
	}

	override get lingering(): boolean {
		return this.state === "dallying";
	}

	protected override open(): void {
		this.answer();
	}

	override repeat(): void {
		if (this.state === "offering" && this.host.now - this.answeredAt >= REPEAT_OFFER_AFTER) {
			this.heardAt = this.host.now;
			this.answer();
		}
	}

	override tick(): void {
		if (this.state === "dallying" && this.quiet >= PATIENCE)
			this.end("completed");
		else if (this.quiet >= this.silence)
			this.end("failed", `the client was silent for ${Math.round(this.quiet / 1000)} s after block ${this.due - 1}`);
		else if (this.pending !== 0 && this.quiet >= WINDOW_AFTER)
			this.answer();
	}

	protected override heard(packet: Packet): void {
		const word = new DataView(packet).getUint32(0);
		if (word >>> 16 !== DATA)
			this.unexpected(packet, word >>> 16);
		else if (packet.byteLength > HEADER + this.blockSize)
			this.host.counters.malformed++;
		else {
			// How far the block lies ahead of the one that is due; 0xffff is the one before.
			const ahead = (word - this.due) & 0xffff;
			this.heardAt = this.host.now;
			if (this.state === "dallying")
				this.recall(ahead);
			else if (ahead === 0)
				this.accept(packet);
			else if (ahead < this.window)
				this.complain();
			else
				this.recall(ahead);
		}
	}

	protected override settle(outcome: Outcome): void {
		this.sink.ended(outcome);
	}

	private accept(packet: Packet): void {
		const size = packet.byteLength - HEADER;
		this.state = "moving";
		this.due++;
		this.pending++;
		this.complained = false;
		try {
			if (!this.store(packet, size))
				this.over("more bytes than there is room for");
			else if (size < this.blockSize) {
				this.sink.commit();
				this.over("");
			}
			else if (this.pending >= this.window)
				this.answer();
		}
		catch (error) {
			if (!(error instanceof Refusal))
				throw error;
			this.over(error.message);
		}
	}

	private store(packet: Packet, size: number): boolean {
		for (let at = 0; at < size;) {
			const space = this.sink.space();
			const count = Math.min(space.length, size - at);
			if (count === 0)
				return false;
			space.set(new Uint8Array(packet, HEADER + at, count));
			this.sink.advance(count);
			this.received += count;
			at += count;
		}
		return true;
	}

	/** The last word: an acknowledgement or an error, repeated for a while when the client didn't get it. */
	private over(failure: string): void {
		this.failure = failure;
		this.answer();
		this.state = "dallying";
		this.conclude(failure === "" ? "completed" : "failed", failure, true);
	}

	/** The client resends because our last word was lost, or the network repeats: an answer is due in the first case only. */
	private recall(ahead: number): void {
		if (this.state === "offering" || ahead < 0x10000 - this.window)
			return;
		this.repeated++;
		if (this.host.now - this.answeredAt < REPEAT_AFTER)
			return;
		this.answer();
	}

	/** A block is missing: says once which one was the last good one (RFC 7440). */
	private complain(): void {
		if (this.complained || this.state === "offering")
			return;
		this.complained = true;
		this.answer();
	}

	/** Says how things stand: the OACK while nothing came, then what came last, or in its place why it can't go on. */
	private answer(): void {
		const { ack, failure } = this;
		const block = this.due - 1;
		this.pending = 0;
		this.answeredAt = this.host.now;
		if (failure !== "")
			this.send(formatError(ACCESS_VIOLATION, failure));
		else if (this.state === "offering" && this.offer !== 0)
			this.send(this.buffer(this.offer));
		else {
			// Without options RFC 1350's answer is ACK 0. Every U-Boot sends options and needs the OACK.
			ack[0] = 0;
			ack[1] = ACK;
			ack[2] = block >> 8;
			ack[3] = block;
			this.send(ack);
		}
	}
}

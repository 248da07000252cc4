/**
 * Sends a file to a client that asked for it (RRQ): the state machine of one download, lock-step or in windows.
 *
 * Not for finding files or agreeing on options: server.ts does that before. Blocks are counted from 1 without end inside and
 * roll over to 0 on the wire.
 *
 * Measured behaviour this is built on: U-Boots store whatever block comes where its number says and never miss one (so nothing
 * is ever skipped or reordered); they do not answer a block they have (so a lost acknowledgement is repaired by their own timer
 * only); an OACK after block 1 makes them start again; 2010.06 counts a repeated block 0 as another 64 K blocks.
 *
 * Danger: the way from an acknowledgement to the next block is short on purpose. XS has no JIT; each property and call there is
 * paid 5,715 times per 8 MiB.
 */
import type { Packet } from "base/io";
import { FLOOR, Pace } from "tftp/pace";
import { ACK, DATA, HEADER, formatOACK } from "tftp/packet";
import { PATIENCE, Transfer, type Outcome, type TransferOptions } from "tftp/transfer";

/** A file to be sent. Its bytes must not change until `ended`. */
export interface Source {
	/** Bytes. */
	readonly size: number;
	/** The longest view of contiguous bytes that starts at `offset`, 1 to `limit` bytes. */
	span(offset: number, limit: number): Uint8Array;
	/** The transfer is over. Called exactly once; then nothing of the source is used any more. */
	ended(outcome: Outcome): void;
}

/** The acknowledgement of block 0: opcode and number as they stand in the packet. */
const ACK_0 = ACK << 16;
/** A repeated request is answered again when the last answer is at least this old; before that the network made two of one. Milliseconds. */
const REPEAT_AFTER = 100;
/** How long a client may go without getting further, in multiples of the silence it may keep. */
const STALL = 4;
/** The source is asked for views of this many bytes, which serve many blocks. */
const RUN = 0x10000;

export class Sender extends Transfer {
	/** What an acknowledgement of everything sent looks like. */
	#expected = 0;
	/** The oldest block that is not acknowledged. */
	#base = 1;
	/** The block to be sent next. */
	#next = 1;
	/** On the server's clock. */
	#sentAt = 0;
	/** Milliseconds until what was sent is sent again. */
	#interval: number;
	readonly #window: number;
	/** The last block, the only one that is shorter, perhaps empty. */
	readonly #last: number;
	readonly #blockSize: number;
	/** Opcode, block number and bytes of the block `#loaded`. */
	readonly #packet: Uint8Array;
	#loaded = 0;
	/** What `#packet` holds of it. */
	#loadedSize = 0;
	/** A part of the source and where it begins and ends. */
	#run: Uint8Array;
	#runStart = 0;
	#runEnd = 0;

	readonly #source: Source;
	readonly #pace = new Pace();
	/** The OACK, until it is acknowledged. */
	#offer: Uint8Array | undefined;
	/** Sendings of the present blocks beyond the first. */
	#tries = 0;
	/** When the client last got further; valid while `#tries` is not 0, before that `#sentAt` says it. */
	#movedAt = 0;
	/** A repeated acknowledgement may start the window again. */
	#eager = true;
	/** The stack refused a packet in the middle of a window. */
	#blocked = false;

	constructor(source: Source, options: TransferOptions) {
		super("download", options);
		const { blockSize, window, answer } = options.terms;
		this.#source = source;
		this.#window = window;
		this.#blockSize = blockSize;
		this.#last = Math.floor(source.size / blockSize) + 1;
		this.#interval = this.#pace.interval;
		this.#packet = new Uint8Array(HEADER + blockSize);
		this.#packet[1] = DATA;
		this.#run = this.#packet;
		this.#offer = answer.length ? formatOACK(answer) : undefined;
	}

	override get bytes(): number {
		return Math.min(this.#source.size, (this.#base - 1) * this.#blockSize);
	}

	override get size(): number {
		return this.#source.size;
	}

	override get lingering(): boolean {
		return this.state === "moving" && this.#base === this.#last && this.#next > this.#last;
	}

	override get quiet(): number {
		return this.clock.now - (this.#tries === 0 ? this.#sentAt : this.heardAt);
	}

	override start(): void {
		this.#expected = ACK_0;
		this.#sendAgain();
	}

	override repeat(): void {
		if (this.state === "offering" && this.clock.now - this.#sentAt >= REPEAT_AFTER) {
			this.#suspect();
			this.heardAt = this.clock.now;
			this.#sendAgain();
		}
	}

	override tick(): void {
		const { quiet, lingering } = this;
		const now = this.clock.now;
		if (lingering && quiet >= PATIENCE)
			this.end("completed", "", false);
		else if (quiet >= this.silence)
			this.end("failed", `the client was silent for ${Math.round(quiet / 1000)} s at block ${this.#base}`);
		else if (this.#tries !== 0 && now - this.#movedAt >= STALL * this.silence)
			this.end("failed", `the client did not get beyond block ${this.#base - 1}`);
		else if (this.rival && this.state === "moving")
			return;
		else if (this.#blocked) {
			this.#suspect();
			this.#sendOn();
		}
		else if (now - this.#sentAt >= (this.#isDelicate() ? this.#ownTimer() : this.#interval)) {
			this.#suspect();
			this.#pace.lost();
			this.#interval = this.#pace.interval;
			this.#sendAgain();
		}
	}

	protected override heard(packet: Packet): void {
		const word = new DataView(packet).getUint32(0);
		if (word === this.#expected) {
			if (this.state !== "moving" || this.rival)
				this.#answered();
			if (this.clock.now !== this.#sentAt || this.#interval !== FLOOR)
				this.#measure();
			this.#base = this.#next;
			if (this.#base > this.#last)
				this.end("completed");
			else
				this.#sendOn();
		}
		else if (word >>> 16 === ACK)
			this.#acknowledged(word & 0xffff);
		else
			this.unexpected(packet, word >>> 16);
	}

	protected override settle(outcome: Outcome): void {
		this.#source.ended(outcome);
	}

	/** The first answer of the client: the OACK may never be said again. */
	#answered(): void {
		this.state = "moving";
		this.#offer = undefined;
		this.chosen();
	}

	/** An acknowledgement that is not the one of everything sent: a part of a window, an old one, or nonsense. */
	#acknowledged(block: number): void {
		const now = this.clock.now;
		const blocks = (block - this.#base + 1) & 0xffff;
		if (blocks > this.#next - this.#base || this.state !== "moving")
			return;
		this.heardAt = now;
		this.chosen();
		if (blocks !== 0) {
			// The client has these and misses the next one: go back to it (RFC 7440).
			this.#base += blocks;
			this.#tries = 0;
			this.#pace.answered();
			this.#interval = this.#pace.interval;
			this.#eager = false;
			this.#sendAgain();
		}
		else if (this.#isDelicate() ? now - this.#sentAt >= this.#interval : this.#eager && this.#window > 1) {
			this.#suspect();
			this.#eager = false;
			this.#sendAgain();
		}
	}

	/** What was sent may be lost: remembers since when. */
	#suspect(): void {
		if (this.#tries++ === 0)
			this.#movedAt = this.#sentAt;
		this.heardAt = Math.max(this.heardAt, this.#movedAt);
	}

	/** Everything sent was acknowledged, not within the same tick or not as usual. */
	#measure(): void {
		if (this.#tries === 0)
			this.#pace.measured(this.clock.now - this.#sentAt);
		else
			this.#pace.answered();
		this.#interval = this.#pace.interval;
		// A repeated acknowledgement may be the echo of blocks sent twice: only a window that went through makes it count again.
		this.#eager = this.#tries === 0;
		this.#tries = 0;
	}

	/**
	 * Block 0 after the rollover, alone on its way. U-Boot 2010.06 takes a second one for another rollover and stores what
	 * follows 64 K blocks too far, so it is sent again only when the client asks, by repeating its acknowledgement, or stays
	 * silent for longer than its timer.
	 */
	#isDelicate(): boolean {
		return this.#window === 1 && (this.#base & 0xffff) === 0;
	}

	/** Long enough for two turns of the client's own timer. Milliseconds. */
	#ownTimer(): number {
		return (this.terms.timeout || 5) * 2_000 + 500;
	}

	#sendAgain(): void {
		if (this.#offer) {
			this.#sentAt = this.clock.now;
			this.send(this.#offer);
		}
		else {
			this.repeated += this.#next - this.#base;
			this.#next = this.#base;
			this.#sendOn();
		}
	}

	/** Sends the blocks that the window has room for, and prepares the one after while they are under way. */
	#sendOn(): void {
		let block = this.#next;
		const end = Math.min(this.#base + this.#window, this.#last + 1);
		this.#blocked = false;
		while (block < end) {
			if (this.#loaded !== block)
				this.#load(block);
			if (!this.send(this.#loadedSize === this.#packet.length ? this.#packet : this.#packet.subarray(0, this.#loadedSize))) {
				this.#blocked = true;
				break;
			}
			block++;
		}
		this.#next = block;
		this.#expected = ACK_0 | (block - 1 & 0xffff);
		this.#sentAt = this.clock.now;
		if (block <= this.#last && !this.#blocked)
			this.#load(block);
	}

	/** Puts `block` into the packet. */
	#load(block: number): void {
		const packet = this.#packet;
		const from = (block - 1) * this.#blockSize;
		const to = block === this.#last ? this.#source.size : from + this.#blockSize;
		packet[2] = block >> 8;
		packet[3] = block;
		if (from >= this.#runStart && to <= this.#runEnd)
			packet.set(this.#run.subarray(from - this.#runStart, to - this.#runStart), HEADER);
		else
			this.#gather(from, to);
		this.#loaded = block;
		this.#loadedSize = HEADER + to - from;
	}

	/** Copies a block that begins in one run and ends in another, and keeps the last run for the blocks to come. */
	#gather(from: number, to: number): void {
		for (let at = from; at < to;) {
			if (at < this.#runStart || at >= this.#runEnd) {
				this.#run = this.#source.span(at, RUN);
				this.#runStart = at;
				this.#runEnd = at + this.#run.length;
				if (this.#run.length === 0)
					throw new Error(`the source ends at ${at} of ${this.#source.size} bytes`);
			}
			const end = Math.min(to, this.#runEnd);
			this.#packet.set(this.#run.subarray(at - this.#runStart, end - this.#runStart), HEADER + at - from);
			at = end;
		}
	}
}

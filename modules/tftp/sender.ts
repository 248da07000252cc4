/**
 * Sends a file to a client that asked for it (RRQ): the state machine of one download, lock-step or in windows.
 *
 * Not for finding files or agreeing on options: server.ts does that before. Blocks are counted from 1 without end inside and
 * roll over to 0 on the wire.
 *
 * Measured behaviour this is built on: U-Boots store whatever block comes where its number says and never miss one (so nothing
 * is ever skipped or reordered); they do not answer a block they have (so a lost acknowledgement is repaired by their own timer
 * only); an OACK after block 1 makes them start again; 2010.06 counts a repeated block 0 as another 64 K blocks.
 */
import type { Packet, UDP } from "base/io";
import type { Terms } from "tftp/options";
import { Flow, acknowledged, type FileBytes } from "tftp/flow";
import { Pace } from "tftp/pace";
import { ACK, HEADER } from "tftp/packet";
import { PATIENCE, Transfer, type Host, type Outcome } from "tftp/transfer";

/** A file to be sent. */
export interface Source extends FileBytes {
	/** The transfer is over. Called exactly once; then nothing of the source is used any more. */
	ended(outcome: Outcome): void;
}

/**
 * A repeated request is answered again when the last answer is at least this old; before that the network made two of one. Milliseconds.
 */
const REPEAT_AFTER = 100;
/** How long a client may go without getting further, in multiples of the silence it may keep. */
const STALL = 4;

export class Sender extends Transfer {
	private readonly flow: Flow<Source>;
	private readonly pace = new Pace();
	/** The oldest block that is not acknowledged. On the short way it is the one before `next`, whatever stands here. */
	private base = 1;
	/** `next` as the last tick saw it; 0 after anything was sent on the long way. */
	private seen = 0;
	/** The first tick after the last sending, on the server's clock. */
	private sentAt: number;
	/** Sendings of the present blocks beyond the first. */
	private tries = 0;
	/** When the client last got further; valid while `tries` is not 0, before that `sentAt` says it. */
	private movedAt = 0;
	/** A repeated acknowledgement may start the window again. */
	private eager = true;
	/** The stack refused a packet. */
	private blocked = false;

	constructor(source: Source, host: Host, place: number, peer: Packet, request: number, name: string, terms: Terms) {
		super(host, place, peer, request, name, terms);
		this.sentAt = host.now;
		this.flow = new Flow(this, source, this.buffer(HEADER + terms.blockSize));
	}

	override get direction(): "download" {
		return "download";
	}

	override get bytes(): number {
		const { brisk, next, blockSize } = this.flow;
		const base = brisk !== 0 ? next - 1 : this.base;
		return Math.min(this.size, (base - 1) * blockSize);
	}

	override get size(): number {
		return this.flow.file.size;
	}

	protected override get blockSize(): number {
		return this.flow.blockSize;
	}

	override get lingering(): boolean {
		return this.state === "moving" && this.base === this.flow.last && this.flow.next > this.flow.last;
	}

	override get quiet(): number {
		return this.host.now - (this.tries === 0 ? this.sentAt : this.heardAt);
	}

	protected override open(): void {
		this.sendAgain();
	}

	override repeat(): void {
		if (this.state === "offering" && this.host.now - this.sentAt >= REPEAT_AFTER) {
			this.suspect();
			this.heardAt = this.host.now;
			this.sendAgain();
		}
	}

	override compete(rival: Transfer): void {
		this.halt();
		super.compete(rival);
	}

	override tick(): void {
		const now = this.host.now;
		if (this.flow.next !== this.seen && !this.blocked) {
			this.seen = this.flow.next;
			this.sentAt = now;
			return;
		}
		// An answer that comes now has been waited for, and is to be measured.
		this.halt();
		const { quiet, lingering } = this;
		if (lingering && quiet >= PATIENCE)
			this.end("completed", "", false);
		else if (quiet >= this.silence)
			this.end("failed", `the client was silent for ${Math.round(quiet / 1000)} s at block ${this.base}`);
		else if (this.tries !== 0 && now - this.movedAt >= STALL * this.silence)
			this.end("failed", `the client did not get beyond block ${this.base - 1}`);
		else if (this.rival && this.state === "moving")
			return;
		else if (this.blocked) {
			this.suspect();
			this.sendOn();
		}
		else if (now - this.sentAt >= (this.isDelicate() ? this.ownTimer() : this.pace.interval)) {
			this.suspect();
			this.pace.lost();
			this.sendAgain();
		}
	}

	protected override bind(): UDP {
		return this.host.socket(this.flow, acknowledged);
	}

	protected override heard(packet: Packet): void {
		const word = new DataView(packet).getUint32(0);
		this.halt();
		if (word >>> 16 !== ACK) {
			this.unexpected(packet, word >>> 16);
			return;
		}
		const { state } = this;
		const blocks = (word - this.base + 1) & 0xffff;
		const sent = this.flow.next - this.base;
		// All that was sent; or the OACK, when that is what was sent.
		if (blocks === sent && (state === "moving" ? blocks !== 0 : true)) {
			if (state === "offering")
				this.answered();
			this.chosen();
			this.measure();
			this.base = this.flow.next;
			if (this.base > this.flow.last)
				this.end("completed");
			else
				this.sendOn();
		}
		else if (blocks < sent && state === "moving")
			this.partly(blocks);
	}

	protected override settle(outcome: Outcome): void {
		this.flow.file.ended(outcome);
	}

	/** The first answer of the client: the OACK may never be said again. */
	private answered(): void {
		this.state = "moving";
		this.offer = 0;
	}

	/** The next acknowledgement takes the long way. */
	private halt(): void {
		if (this.flow.brisk !== 0) {
			this.flow.brisk = 0;
			this.flow.loaded = this.flow.next;
			this.base = this.flow.next - 1;
		}
	}

	/** Fewer blocks than were sent are acknowledged, perhaps none. */
	private partly(blocks: number): void {
		this.heardAt = this.host.now;
		this.chosen();
		if (blocks !== 0) {
			// The client has these and misses the next one: go back to it (RFC 7440).
			this.base += blocks;
			this.tries = 1;
			this.movedAt = this.host.now;
			this.pace.answered();
			this.eager = false;
			this.sendAgain();
		}
		else if (this.isDelicate()
			? this.flow.next === this.seen && this.host.now - this.sentAt >= this.pace.interval
			: this.eager && this.window > 1) {
			this.suspect();
			this.eager = false;
			this.sendAgain();
		}
	}

	/** What was sent may be lost: remembers since when. */
	private suspect(): void {
		if (this.tries++ === 0)
			this.movedAt = this.sentAt;
		this.heardAt = Math.max(this.heardAt, this.movedAt);
	}

	/** Everything sent was acknowledged. */
	private measure(): void {
		if (this.tries === 0)
			this.pace.measured(this.flow.next === this.seen ? this.host.now - this.sentAt : 0);
		else
			this.pace.answered();
		// A repeated acknowledgement may be the echo of blocks sent twice: only a window that went through makes it count again.
		this.eager = this.tries === 0;
		this.tries = 0;
	}

	/**
	 * Block 0 after the rollover, alone on its way. U-Boot 2010.06 takes a second one for another rollover and stores what
	 * follows 64 K blocks too far, so it is sent again only when the client asks, by repeating its acknowledgement, or stays
	 * silent for longer than its timer.
	 */
	private isDelicate(): boolean {
		return this.window === 1 && (this.base & 0xffff) === 0;
	}

	/** Long enough for two turns of the client's own timer. Milliseconds. */
	private ownTimer(): number {
		return (this.timeout || 5) * 2_000 + 500;
	}

	private sendAgain(): void {
		if (this.offer !== 0) {
			this.seen = 0;
			this.send(this.buffer(this.offer));
		}
		else {
			this.repeated += this.flow.next - this.base;
			this.flow.next = this.base;
			this.sendOn();
		}
	}

	/** Sends the blocks that the window has room for, and prepares the one after while they are under way. */
	private sendOn(): void {
		const { address, port } = this;
		const udp = this.udp!;
		const flow = this.flow;
		const { last, packet } = flow;
		const end = Math.min(this.base + this.window, last + 1);
		let block = flow.next;
		this.seen = 0;
		this.blocked = false;
		let writing = false;
		try {
			for (; block < end; block++) {
				writing = false;
				flow.load(block);
				writing = true;
				udp.write(block === last ? flow.lastPacket : packet, address, port);
			}
		}
		catch (error) {
			if (!writing)
				throw error;
			flow.next = block;
			this.unsent();
			return;
		}
		flow.next = block;
		if (block > last)
			return;
		flow.load(block);
		// what answers a block sent twice takes the long way: it ends the counting of tries and of silence
		if (this.window === 1 && this.state === "moving" && !this.rival && this.tries === 0)
			flow.brisk = last;
	}

	/** The stack takes no more now: goes on at the next tick. */
	unsent(): void {
		const flow = this.flow;
		this.host.counters.unsent++;
		if (flow.brisk !== 0) {
			// the block is in the packet, and all before it are acknowledged
			flow.brisk = 0;
			this.base = flow.loaded = --flow.next;
		}
		this.blocked = true;
	}
}

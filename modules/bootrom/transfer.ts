/**
 * One part of a request on its way into the camera: HEAD, its DATA frames, TAIL.
 */
import type { Content } from "store/content";
import { Bytes } from "bytes/bytes";
import type { FrameExchange, FrameOutcome, Rule, FrameSender } from "./exchange";
import { BLOCK, type Frames } from "./frame";
import type { Part } from "./request";

/** Attempts and timeouts that work with real cameras. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;
const TAIL: Rule = Object.freeze({ attempts: 16, timeout: 150, limit: UNLIMITED, confirm: 0, endsWithOutput: false });
/** U-Boot may run before it has answered its TAIL; more TAILs would be keys on its console. */
const AGENT_TAIL: Rule = Object.freeze({ ...TAIL, endsWithOutput: true });
const DATA: Rule = Object.freeze({ ...TAIL, attempts: 32 });
/** A HEAD may follow a flood of AAs closely, whose echo may still be on its way: see exchange.ts for why its ACK needs confirmation. */
const HEAD: Rule = Object.freeze({ ...TAIL, confirm: 5 });
const AGENT_HEAD: Rule = Object.freeze({ ...HEAD, attempts: 64 });
/** One AA and a HEAD until the ROM answers. */
export const START: Rule = Object.freeze({ ...HEAD, attempts: UNLIMITED, timeout: 50, limit: 30_000 });

/** Runs of at least this many FF in one DATA payload hang the boot ROMs of the cv500 family (11 pass). */
const HANGING_RUN = 12;
/** A DDR step at this address means the cv500 family: hi3516av300, cv500, dv300, hi3559v200. */
const CV500_DDR_STEP = 0x0401_7000;

export type FrameKind = "START" | "HEAD" | "DATA" | "TAIL";

/** Whose transfer it is. */
export interface TransferOwner {
	/** A frame was answered or given up; DATA frames count from 1 without wrapping. */
	framed(kind: FrameKind, sequence: number): void;
	/** The part is there; else `failure` names the frame that was not ACKed ("HEAD", "DATA 17", "TAIL"). */
	transferred(failure: string | undefined): void;
}

export class PartTransfer implements FrameSender {
	/** Payload bytes ACKed in all transfers since `restart`. */
	sent = 0;
	/** Runs of FF overwritten with 0. */
	runsZeroed = 0;
	private exchange: FrameExchange;
	private frames: Frames;
	private content: Content;
	private readonly zeroRuns: boolean;
	private owner: TransferOwner;
	private part: Part | undefined;
	/** The part is the boot: it does not come back to the ROM. */
	private isAgent = false;
	private tailNeeded = false;
	/** What is under way. */
	private kind: FrameKind = "HEAD";
	private sequence = 0;
	private offset = 0;
	private length = 0;

	constructor(exchange: FrameExchange, frames: Frames, content: Content, ddrStepAddress: number, owner: TransferOwner) {
		this.exchange = exchange;
		this.frames = frames;
		this.content = content;
		this.zeroRuns = ddrStepAddress === CV500_DDR_STEP;
		this.owner = owner;
	}

	/** Sends `part` to `address`. `isAgent`: it is the boot, and does not come back to the ROM. `tailNeeded`: an unanswered TAIL is a failure. */
	send(part: Part, address: number, isAgent: boolean, tailNeeded: boolean): void {
		this.part = part;
		this.isAgent = isAgent;
		this.tailNeeded = tailNeeded;
		this.kind = "HEAD";
		this.sequence = 0;
		this.offset = 0;
		this.exchange.send(this.frames.head(part.length, address), isAgent ? AGENT_HEAD : HEAD, this);
	}

	/** Everything is sent anew. */
	restart(): void {
		this.sent = 0;
	}

	/** For the exchange. */
	answered(outcome: FrameOutcome): void {
		const kind = this.kind;
		const acked = outcome === "acked";
		if (kind === "DATA" && acked) {
			this.offset += this.length;
			this.sent += this.length;
		}
		this.owner.framed(kind, this.sequence);
		if (kind === "TAIL")
			this.owner.transferred(outcome === "silent" && this.tailNeeded ? "TAIL" : undefined);
		else if (acked)
			this.sendNext();
		else
			this.owner.transferred(kind === "DATA" ? `DATA ${this.sequence}` : kind);
	}

	private sendNext(): void {
		const part = this.part!;
		this.sequence++;
		if (this.offset === part.length) {
			this.kind = "TAIL";
			this.exchange.send(this.frames.tail(this.sequence), this.isAgent ? AGENT_TAIL : TAIL, this);
			return;
		}
		this.kind = "DATA";
		this.length = Math.min(BLOCK, part.length - this.offset);
		const data = this.frames.data(this.sequence, this.content, part.offset + this.offset, this.length);
		if (this.zeroRuns)
			this.runsZeroed += Bytes.replaceRuns(data.subarray(3, 3 + this.length), 0xff, HANGING_RUN, 0);
		this.exchange.send(this.frames.seal(data), DATA, this);
	}
}

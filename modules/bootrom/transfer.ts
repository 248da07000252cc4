/**
 * One part of a request on its way into the camera: HEAD, its DATA frames, TAIL.
 */
import type { Content } from "store/content";
import { Bytes } from "bytes/bytes";
import type { Exchange, Outcome, Rule } from "./exchange";
import { BLOCK, type Frames } from "./frame";
import type { Part } from "./request";

/** The attempts and timeouts that the reference client uses with real cameras. */
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

export interface Shipment {
	readonly part: Part;
	readonly address: number;
	/** The part that is the boot: it does not come back to the ROM. */
	readonly isAgent: boolean;
	/** An unanswered TAIL is a failure. */
	readonly tailNeeded: boolean;
}

export type FrameKind = "START" | "HEAD" | "DATA" | "TAIL";

/** `failure` names the frame that was not ACKed ("HEAD", "DATA 17", "TAIL"). */
export type TransferDone = (failure: string | undefined) => void;

export class Transfer {
	/** Payload bytes ACKed in all transfers since `restart`. */
	sent = 0;
	/** Runs of FF overwritten with 0. */
	runsZeroed = 0;
	#exchange: Exchange;
	#frames: Frames;
	#content: Content;
	#zeroRuns: boolean;
	#onFrame: (kind: FrameKind, sequence: number) => void;
	#shipment: Shipment | undefined;
	#done: TransferDone | undefined;
	#sequence = 0;
	#offset = 0;
	#length = 0;
	#onHead = (outcome: Outcome): void => this.#afterHead(outcome);
	#onData = (outcome: Outcome): void => this.#afterData(outcome);
	#onTail = (outcome: Outcome): void => this.#afterTail(outcome);

	/** `onFrame` hears of every frame that was answered or given up; DATA frames count from 1 without wrapping. */
	constructor(exchange: Exchange, frames: Frames, content: Content, ddrStepAddress: number, onFrame: (kind: FrameKind, sequence: number) => void) {
		this.#exchange = exchange;
		this.#frames = frames;
		this.#content = content;
		this.#zeroRuns = ddrStepAddress === CV500_DDR_STEP;
		this.#onFrame = onFrame;
	}

	send(shipment: Shipment, done: TransferDone): void {
		this.#shipment = shipment;
		this.#done = done;
		this.#sequence = 0;
		this.#offset = 0;
		this.#exchange.send(this.#frames.head(shipment.part.length, shipment.address), shipment.isAgent ? AGENT_HEAD : HEAD, this.#onHead);
	}

	/** Everything is sent anew. */
	restart(): void {
		this.sent = 0;
	}

	#afterHead(outcome: Outcome): void {
		this.#onFrame("HEAD", 0);
		if (outcome === "acked")
			this.#sendNext();
		else
			this.#end("HEAD");
	}

	#sendNext(): void {
		const { part, isAgent } = this.#shipment!;
		this.#sequence++;
		if (this.#offset === part.length) {
			this.#exchange.send(this.#frames.tail(this.#sequence), isAgent ? AGENT_TAIL : TAIL, this.#onTail);
			return;
		}
		this.#length = Math.min(BLOCK, part.length - this.#offset);
		const data = this.#frames.data(this.#sequence, this.#content, part.offset + this.#offset, this.#length);
		if (this.#zeroRuns)
			this.runsZeroed += Bytes.replaceRuns(data.subarray(3, 3 + this.#length), 0xff, HANGING_RUN, 0);
		this.#exchange.send(this.#frames.seal(data), DATA, this.#onData);
	}

	#afterData(outcome: Outcome): void {
		if (outcome === "acked") {
			this.#offset += this.#length;
			this.sent += this.#length;
		}
		this.#onFrame("DATA", this.#sequence);
		if (outcome === "acked")
			this.#sendNext();
		else
			this.#end(`DATA ${this.#sequence}`);
	}

	#afterTail(outcome: Outcome): void {
		this.#onFrame("TAIL", this.#sequence);
		this.#end(outcome === "silent" && this.#shipment!.tailNeeded ? "TAIL" : undefined);
	}

	#end(failure: string | undefined): void {
		const done = this.#done!;
		this.#done = undefined;
		done(failure);
	}
}

/** The boot ROM's end of a bring-up's frames: each read whole and checked, then answered; with the faults that a test puts in. */
import { crc16 } from "./crc.ts";
import type { Processor, Program } from "./processor.ts";
import type { Uart } from "./uart.ts";

/** What both ends say when they are content; the pod's first one lets it in. */
export const ACK = 0xaa;
const NAK = 0x55;

/** Milliseconds: a frame that stops arriving is given up after this and answered NAK. */
export const IDLE = 100;

/** A good frame, before it is answered. `upload`: how many uploads were completed before. */
export interface Frame {
	readonly kind: "HEAD" | "DATA" | "TAIL";
	readonly upload: number;
	/** Of this upload's DATA frames, from 1; 0 of a HEAD. */
	readonly index: number;
	/** How often this very frame came before. */
	readonly repeat: number;
}

/**
 * What becomes of a good frame: it is taken and acknowledged; it is not taken, and NAKed; it is taken, but no ACK arrives; it is as if it
 * never came; the ROM is gone from here on.
 */
export type Fate = "ack" | "nak" | "lose" | "ignore" | "die";

export interface BootFramesOptions {
	uart: Uart;
	processor: Processor;
	/** A test's fault in a frame; "ack" when absent. */
	fate?: (frame: Frame) => Fate;
	onHang: (reason: string) => void;
}

/** The frames of one boot ROM. */
export class BootFrames {
	#options: BootFramesOptions;
	#last = "";
	#repeat = 0;

	constructor(options: BootFramesOptions) {
		this.#options = options;
	}

	/** The whole frame of `length` bytes whose first ones were read already; undefined when it does not arrive or its CRC is wrong. */
	*rest(first: number, length: number, second?: number, hangsOnFF = false): Program<Uint8Array | undefined> {
		const { uart, processor, onHang } = this.#options;
		const frame = new Uint8Array(length);
		let filled = 0;
		frame[filled++] = first;
		if (second !== undefined)
			frame[filled++] = second;
		let run = 0;
		while (filled < length) {
			const byte = yield* uart.get(IDLE);
			if (byte === undefined)
				return undefined;
			frame[filled++] = byte;
			run = byte === 0xff && filled > 3 && filled <= length - 2 ? run + 1 : 0;
			if (hangsOnFF && run >= 12) {
				onHang("12 consecutive 0xFF in a DATA payload");
				yield* processor.hang();
			}
		}
		return crc16(frame) === 0 ? frame : undefined;
	}

	/** What comes of a good frame: it is taken ("lose": without an ACK), or not. */
	*taken(kind: Frame["kind"], upload: number, index: number): Program<"ack" | "lose" | undefined> {
		const { fate, processor, onHang } = this.#options;
		const name = `${kind} ${upload} ${index}`;
		this.#repeat = name === this.#last ? this.#repeat + 1 : 0;
		this.#last = name;
		const verdict = fate?.({ kind, upload, index, repeat: this.#repeat }) ?? "ack";
		if (verdict === "ack" || verdict === "lose")
			return verdict;
		if (verdict === "die") {
			onHang(`died at ${name}`);
			yield* processor.hang();
		}
		if (verdict === "nak")
			yield* this.refuse();
		return undefined;
	}

	/** Says ACK, unless it is to be lost. */
	*acknowledge(taken: "ack" | "lose"): Program {
		if (taken === "ack")
			yield* this.#answer(ACK);
	}

	/** Says NAK. */
	*refuse(): Program {
		yield* this.#answer(NAK);
	}

	*#answer(byte: number): Program {
		yield* this.#options.uart.write(Uint8Array.of(byte));
	}
}

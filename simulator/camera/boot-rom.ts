/**
 * The boot ROM: markers, one chance to get in, then frames that fill memory and call what they brought.
 * It believes what it is told, as the real one does: a wrong image is called all the same. What comes of that is the camera's affair.
 */
import { ACK, BootFrames, IDLE, type Fate, type Frame } from "./boot-frames.ts";
import { crc32 } from "./crc.ts";
import { isDDR, type Family } from "./families.ts";
import type { Memory } from "./memory.ts";
import type { Processor, Program } from "./processor.ts";
import type { Uart } from "./uart.ts";

const MARKER = 0x20;
const PAYLOAD = 1024;

/** Markers in a group, and how long the ROM listens after it; of one that goes on until it is answered, and of the others. */
const GROUPS = { continuous: { markers: 1, listen: 1 }, window: { markers: 5, listen: 10 } };

/** How fast a chip is, in milliseconds, and how often it asks. */
export interface Pace {
	/** From the supply's rise until the UART works. */
	start: number;
	/** Groups of markers before it boots from flash. */
	groups: number;
	/** How long called code runs before it returns: a step; an SPL, which trains the DDR. */
	step: number;
	spl: number;
}

const PACE: Pace = Object.freeze({ start: 30, groups: 5, step: 5, spl: 120 });

/** One finished upload, as tests want to see it. */
export interface UploadRecord {
	address: number;
	size: number;
	crc32: number;
}

/** An image in DDR that runs from now on. */
export type Called = Pick<UploadRecord, "address" | "size">;

export interface BootROMOptions {
	family: Family;
	processor: Processor;
	uart: Uart;
	sram: Memory;
	ram: Memory;
	/** A test's fault in a frame; "ack" when absent. */
	fate?: (frame: Frame) => Fate;
	pace?: Partial<Pace>;
	onMarkers?: () => void;
	onEntered?: () => void;
	onUpload: (upload: UploadRecord) => void;
	onHang: (reason: string) => void;
}

interface Transfer {
	address: number;
	length: number;
	received: number;
	/** Frames accepted. */
	frames: number;
	lastSize: number;
	crc: number;
}

export class BootROM {
	#options: BootROMOptions;
	#frames: BootFrames;
	#pace: Pace;
	#transfer: Transfer | undefined;
	#stepDone = false;
	#ddrReady = false;
	#uploads = 0;

	constructor(options: BootROMOptions) {
		this.#options = options;
		this.#frames = new BootFrames(options);
		this.#pace = { ...PACE, ...options.pace };
	}

	/** Runs the ROM after a cold start or a reset. Returns "flash", or what was uploaded to DDR and is called now. */
	*run(): Program<"flash" | Called> {
		const { uart, processor } = this.#options;
		yield* processor.sleep(this.#pace.start);
		for (;;) {
			this.#transfer = undefined;
			uart.clear();
			if (!(yield* this.#greet())) {
				yield* uart.write(Uint8Array.of(0x0a));
				return "flash";
			}
			this.#options.onEntered?.();
			uart.attentive = true;
			const called = yield* this.#download();
			if (called !== "fault")
				return called;
			uart.attentive = false;
		}
	}

	/** The markers. True when an 0xAA came. */
	*#greet(): Program<boolean> {
		const { family } = this.#options;
		if (family.markers === "none")
			return false;
		this.#options.onMarkers?.();
		for (let group = 0; group < this.#pace.groups || family.markers === "continuous"; group++) {
			if (yield* this.#ask(GROUPS[family.markers]))
				return true;
		}
		return false;
	}

	/** One group of markers. True when an 0xAA came. */
	*#ask({ markers, listen }: typeof GROUPS.window): Program<boolean> {
		const { uart } = this.#options;
		yield* uart.write(new Uint8Array(markers).fill(MARKER));
		yield* uart.drain();
		return yield* this.#heard(listen);
	}

	/** True when 0xAA is among what waits or comes within `milliseconds`. */
	*#heard(milliseconds: number): Program<boolean> {
		const { uart, processor: { time } } = this.#options;
		for (const end = time.now() + milliseconds; time.now() < end;) {
			if ((yield* uart.get(end - time.now())) === ACK)
				return true;
		}
		return false;
	}

	/** Download mode. Returns what was called in DDR, "fault" when the ROM has to start over. */
	*#download(): Program<Called | "fault"> {
		const { uart } = this.#options;
		for (;;) {
			let end: Called | "fault" | undefined;
			switch (yield* uart.get()) {
				case 0xfe:
					yield* this.#head();
					break;
				case 0xda:
					end = yield* this.#data();
					break;
				case 0xed:
					end = yield* this.#tail();
					break;
			}
			if (end)
				return end;
		}
	}

	*#head(): Program {
		const frame = yield* this.#frames.rest(0xfe, 14);
		if (!frame || frame[1] !== 0 || frame[2] !== 0xff || frame[3] !== 1) {
			yield* this.#frames.refuse();
			return;
		}
		const taken = yield* this.#frames.taken("HEAD", this.#uploads, 0);
		if (!taken)
			return;
		const view = new DataView(frame.buffer);
		this.#transfer = { length: view.getUint32(4), address: view.getUint32(8), received: 0, frames: 0, lastSize: 0, crc: 0 };
		yield* this.#frames.acknowledge(taken);
	}

	*#data(): Program<"fault" | undefined> {
		const { uart, family } = this.#options;
		const transfer = this.#transfer;
		const seq = yield* uart.get(IDLE);
		if (!transfer || seq === undefined) {
			yield* this.#frames.refuse();
			return undefined;
		}
		const repeated = transfer.frames > 0 && seq === (transfer.frames & 255);
		const size = repeated ? transfer.lastSize : Math.min(PAYLOAD, transfer.length - transfer.received);
		const frame = yield* this.#frames.rest(0xda, size + 5, seq, family.hangsOnFF);
		if (!frame || frame[2] !== (~seq & 255) || (!repeated && (size === 0 || seq !== ((transfer.frames + 1) & 255)))) {
			yield* this.#frames.refuse();
			return undefined;
		}
		const taken = yield* this.#frames.taken("DATA", this.#uploads, repeated ? transfer.frames : transfer.frames + 1);
		if (!taken)
			return undefined;
		if (!repeated) {
			if (!this.#store(transfer, frame.subarray(3, 3 + size)))
				return "fault";
			transfer.frames++;
			transfer.lastSize = size;
		}
		yield* this.#frames.acknowledge(taken);
		return undefined;
	}

	/** False when the SRAM is overrun. */
	#store(transfer: Transfer, payload: Uint8Array): boolean {
		const { family, sram, ram } = this.#options;
		const address = transfer.address + transfer.received;
		const ddr = isDDR(address);
		if (!ddr && transfer.address < family.sramEnd && address + payload.length > family.sramEnd)
			return false;
		// without DDR training the bytes go nowhere, and the ROM does not notice
		if (!ddr || this.#ddrReady)
			(ddr ? ram : sram).write(address, payload);
		transfer.received += payload.length;
		transfer.crc = crc32(payload, transfer.crc);
		return true;
	}

	*#tail(): Program<Called | undefined> {
		const { family, uart, onUpload } = this.#options;
		const frame = yield* this.#frames.rest(0xed, 5);
		const transfer = this.#transfer;
		const seq = transfer ? (transfer.frames + 1) & 255 : -1;
		if (!frame || !transfer || transfer.received < transfer.length || frame[1] !== seq || frame[2] !== (~seq & 255)) {
			yield* this.#frames.refuse();
			return undefined;
		}
		const taken = yield* this.#frames.taken("TAIL", this.#uploads, transfer.frames + 1);
		if (!taken)
			return undefined;
		const { address, length, crc } = transfer;
		const step = !isDDR(address) && length <= PAYLOAD;
		if (family.tailAck === "all" || (family.tailAck === "steps" && step))
			yield* this.#frames.acknowledge(taken);
		this.#transfer = undefined;
		this.#uploads++;
		onUpload({ address, size: length, crc32: crc });
		yield* uart.drain();
		return yield* this.#call(address, length, step);
	}

	/** Calls the code that was brought. It returns, except from DDR. */
	*#call(address: number, size: number, step: boolean): Program<Called | undefined> {
		const { uart, processor, family } = this.#options;
		if (isDDR(address)) {
			if (this.#ddrReady)
				return { address, size };
			this.#options.onHang("called an image in DDR that was not set up");
			yield* processor.hang();
		}
		uart.attentive = false;
		yield* processor.sleep(step ? this.#pace.step : this.#pace.spl);
		if (step)
			this.#stepDone = true;
		else
			this.#ddrReady ||= this.#stepDone;
		uart.clear();
		while (family.greetsAgain && !(yield* this.#ask(GROUPS.window)))
			continue;
		uart.attentive = true;
		return undefined;
	}
}

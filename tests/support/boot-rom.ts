/**
 * A camera for unit tests: a boot ROM at the far end of a Cable, what runs after it, and every way in which it can go wrong.
 * It knows the protocol only from its description and shares no code with the firmware.
 */
import type { VirtualTime } from "./clock";
import type { Cable, FarEnd } from "./serial";

/** A frame the ROM understood, before it answers. `upload`: how many uploads were completed before. */
export interface RomFrame {
	readonly kind: "HEAD" | "DATA" | "TAIL";
	readonly upload: number;
	/** Of this upload's DATA frames, from 1. */
	readonly index: number;
	/** How often this very frame came before. */
	readonly repeat: number;
}

/** lose: taken, but the ACK does not arrive; ignore: as if it never came; die: the camera is gone from here on. */
export type RomAnswer = "ack" | "nak" | "lose" | "ignore" | "die";

export interface BootRomOptions {
	/** Five groups of five markers, or markers until an AA comes. */
	markers?: "groups" | "continuous";
	/** Milliseconds from power-on to the first marker. */
	delay?: number;
	/** At these power-ons (from 1) the ROM can't be met: the camera boots what is in its flash. */
	missed?: readonly number[];
	/** No sign of life at all. */
	dead?: boolean;
	/** What a U-Boot from flash prints. */
	flashText?: string;
	/** A U-Boot (from flash or uploaded) echoes what it receives. */
	echo?: boolean;
	answer?: (frame: RomFrame) => RomAnswer;
	/** A DATA payload with 12 FF in a row hangs it. */
	hangsOnRuns?: boolean;
	/** Milliseconds a DDR step and an SPL run; what is sent meanwhile is lost. */
	stepTime?: number;
	splTime?: number;
	/** Markers again after an SPL: a number of them, then listening. */
	asksAgain?: number;
	/** What the SPL prints. */
	splText?: string;
	/** What the agent prints, and when: milliseconds after its TAIL. Empty: it stays silent. */
	console?: string;
	consoleDelay?: number;
	/** Milliseconds an autoboot waits after the console text; 0: there is none, a prompt follows at once. */
	autoboot?: number;
}

const PROMPT = "OpenIPC # ";

export class BootRom implements FarEnd {
	baud = 115_200;
	uploads: { address: number; bytes: Uint8Array }[] = [];
	powerOns = 0;
	state: "off" | "deaf" | "listening" | "download" | "autoboot" | "shell" | "linux" | "gone" = "off";
	/** Ctrl-Cs that U-Boot has seen. */
	interrupts = 0;
	#cable: Cable;
	#time: VirtualTime;
	#options: BootRomOptions;
	#frame: number[] = [];
	#announced = 0;
	#address = 0;
	#payload: number[] = [];
	#blocks = 0;
	#last = "";
	#repeat = 0;

	constructor(cable: Cable, options: BootRomOptions = {}) {
		this.#cable = cable;
		this.#time = cable.time;
		this.#options = options;
		cable.far = this;
	}

	power(on: boolean): void {
		this.#cable.toPod.clear();
		this.state = on ? "deaf" : "off";
		this.uploads = [];
		this.#frame = [];
		this.#announced = 0;
		if (!on)
			return;
		this.powerOns++;
		const { delay = 30, dead, missed = [], markers = "groups" } = this.#options;
		if (dead)
			return;
		const begin = missed.includes(this.powerOns) ? () => this.#bootFlash() : markers === "groups" ? () => this.#group(1) : () => this.#marker();
		this.#later(delay, begin);
	}

	/** Says something whatever it is doing: noise on the line, console output. */
	say(text: string): void {
		this.#cable.send(bytesOf(text));
	}

	receive(bytes: Uint8Array): void {
		for (const byte of bytes)
			this.#byte(byte);
	}

	#byte(byte: number): void {
		switch (this.state) {
			case "listening":
				if (byte === 0xaa)
					this.state = "download";
				return;
			case "download":
				this.#inFrame(byte);
				return;
			case "autoboot":
				this.state = "shell";
				if (byte === 3)
					this.interrupts++;
				return this.say(`\r\n${PROMPT}`);
			case "shell":
				if (byte === 3) {
					this.interrupts++;
					return this.say(`<INTERRUPT>\r\n${PROMPT}`);
				}
				if (this.#options.echo)
					this.#cable.send([byte]);
		}
	}

	#inFrame(byte: number): void {
		const frame = this.#frame;
		if (frame.length === 0 && byte !== 0xfe && byte !== 0xda && byte !== 0xed)
			return;
		frame.push(byte);
		const size = frame[0] === 0xfe ? 14 : frame[0] === 0xed ? 5 : 5 + Math.min(1_024, this.#announced - this.#stored(frame));
		if (frame.length < size)
			return;
		this.#frame = [];
		if (crc16(frame.slice(0, -2)) !== ((frame.at(-2)! << 8) | frame.at(-1)!))
			this.#cable.send([0x55]);
		else
			this.#understood(frame);
	}

	/** Payload bytes stored before the block that this DATA frame carries: a repeated block does not count twice. */
	#stored(frame: number[]): number {
		return this.#blocks > 0 && frame[1] === (this.#blocks & 0xff) ? (this.#blocks - 1) * 1_024 : this.#payload.length;
	}

	#understood(frame: number[]): void {
		const kind = frame[0] === 0xfe ? "HEAD" : frame[0] === 0xda ? "DATA" : "TAIL";
		const index = kind === "HEAD" ? 0 : frame[1] === (this.#blocks & 0xff) && this.#blocks > 0 && kind === "DATA" ? this.#blocks : this.#blocks + 1;
		const name = `${kind} ${this.uploads.length} ${index}`;
		this.#repeat = name === this.#last ? this.#repeat + 1 : 0;
		this.#last = name;
		const answer = this.#options.answer?.({ kind, upload: this.uploads.length, index, repeat: this.#repeat }) ?? "ack";
		if (answer === "die")
			this.state = "gone";
		if (answer === "nak")
			this.#cable.send([0x55]);
		if (answer === "ack" || answer === "lose")
			this.#accept(kind, frame, answer === "ack");
	}

	#accept(kind: "HEAD" | "DATA" | "TAIL", frame: number[], acknowledge: boolean): void {
		const expected = (kind === "HEAD" ? 0 : this.#blocks + 1) & 0xff;
		if (kind === "HEAD") {
			this.#announced = big32(frame, 4);
			this.#address = big32(frame, 8);
			this.#payload = [];
			this.#blocks = 0;
		}
		else if (kind === "DATA" && frame[1] === expected) {
			const payload = frame.slice(3, -2);
			if (this.#options.hangsOnRuns && longestRun(payload, 0xff) >= 12) {
				this.state = "gone";
				return;
			}
			this.#payload.push(...payload);
			this.#blocks++;
		}
		else if (kind === "TAIL" && (frame[1] !== expected || this.#payload.length !== this.#announced)) {
			this.#cable.send([0x55]);
			return;
		}
		if (acknowledge)
			this.#cable.send([0xaa]);
		if (kind === "TAIL")
			this.#call();
	}

	/** Runs what was uploaded: it comes back to the ROM, unless it lies in DDR. */
	#call(): void {
		this.uploads.push({ address: this.#address, bytes: Uint8Array.from(this.#payload) });
		this.state = "deaf";
		this.#announced = 0;
		this.#last = "";
		const { stepTime = 5, splTime = 120, splText, asksAgain = 0 } = this.#options;
		if (this.#address >= 0x4000_0000) {
			this.#runAgent();
			return;
		}
		const isSPL = this.#payload.length > 1_024;
		if (isSPL && splText)
			this.say(splText);
		this.#later(isSPL ? splTime : stepTime, () => {
			this.state = "download";
			if (isSPL && asksAgain > 0) {
				this.state = "listening";
				this.#cable.send(new Array<number>(asksAgain).fill(0x20));
			}
		});
	}

	#runAgent(): void {
		const { console = "U-Boot 2016.11\r\n", consoleDelay = 80, autoboot = 0 } = this.#options;
		if (console === "")
			return;
		this.#later(consoleDelay, () => {
			this.say(console);
			this.state = autoboot > 0 ? "autoboot" : "shell";
			if (autoboot === 0)
				this.say(PROMPT);
			else
				this.#later(autoboot, () => {
					if (this.state === "autoboot") {
						this.state = "linux";
						this.say("\r\nStarting kernel ...\r\n");
					}
				});
		});
	}

	#bootFlash(): void {
		this.state = "shell";
		this.say(this.#options.flashText ?? "\nU-Boot 2010.06\r\nOpenIPC # ");
	}

	#group(number: number): void {
		if (number > 5) {
			this.#bootFlash();
			return;
		}
		this.state = "deaf";
		this.#cable.send([0x20, 0x20, 0x20, 0x20, 0x20]);
		this.#later(0.5, () => {
			this.state = "listening";
			this.#later(10, () => {
				if (this.state === "listening")
					this.#group(number + 1);
			});
		});
	}

	#marker(): void {
		if (this.state === "download")
			return;
		this.state = "listening";
		this.#cable.send([0x20]);
		this.#later(1, () => this.#marker());
	}

	/** Unless the power goes first. */
	#later(milliseconds: number, callback: () => void): void {
		const { powerOns } = this;
		this.#time.after(milliseconds, () => {
			if (this.state !== "off" && this.state !== "gone" && this.powerOns === powerOns)
				callback();
		});
	}
}

export function bytesOf(text: string): number[] {
	const bytes: number[] = [];
	for (let i = 0; i < text.length; i++)
		bytes.push(text.charCodeAt(i));
	return bytes;
}

function big32(bytes: number[], offset: number): number {
	return (((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0);
}

function longestRun(bytes: number[], value: number): number {
	let longest = 0;
	let run = 0;
	for (const byte of bytes) {
		run = byte === value ? run + 1 : 0;
		longest = Math.max(longest, run);
	}
	return longest;
}

function crc16(bytes: number[]): number {
	let crc = 0;
	for (const byte of bytes) {
		crc ^= byte << 8;
		for (let bit = 0; bit < 8; bit++)
			crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
	}
	return crc;
}

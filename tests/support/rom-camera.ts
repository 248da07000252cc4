/**
 * The simulated camera's boot ROM at the far end of a Cable, with a stand-in for what it boots: a program that says what a test wants to be
 * said, and a prompt.
 */
import type { Fate, Frame } from "../../simulator/camera/boot-frames.ts";
import { BootROM, type Pace } from "../../simulator/camera/boot-rom.ts";
import { FAMILIES, isDDR } from "../../simulator/camera/families.ts";
import { bytesOf } from "../../simulator/camera/latin1.ts";
import { transmitTime } from "../../simulator/camera/line-bits.ts";
import { Memory } from "../../simulator/camera/memory.ts";
import { Processor, type Program } from "../../simulator/camera/processor.ts";
import { Uart } from "../../simulator/camera/uart.ts";
import type { Cable, FarEnd } from "./serial";

export interface RomCameraOptions {
	pace?: Partial<Pace>;
	/** As families.ts has them. */
	markers?: "window" | "continuous";
	hangsOnFF?: boolean;
	greetsAgain?: boolean;
	/** At these power-ons (from 1) the ROM can't be met: the camera boots what is in its flash. */
	missed?: readonly number[];
	/** No sign of life at all. */
	dead?: boolean;
	/** What becomes of a good frame. */
	answer?: (frame: Frame) => Fate;
	/** What the SPL prints. */
	splText?: string;
	/** What a U-Boot from flash prints. */
	flashText?: string;
	/** A U-Boot (from flash or uploaded) echoes what it receives. */
	echo?: boolean;
	/** What the agent prints, and when: milliseconds after its TAIL. Empty: it stays silent. */
	console?: string;
	consoleDelay?: number;
	/** Milliseconds an autoboot waits after the console text; 0: there is none, a prompt follows at once. */
	autoboot?: number;
}

const PROMPT = "OpenIPC # ";
const CTRL_C = 3;

/** Longer than a step, which is all that the ROM is told of it. */
const SPL = 1_024;

export class RomCamera implements FarEnd {
	baud = 115_200;
	uploads: { address: number; bytes: Uint8Array }[] = [];
	powerOns = 0;
	/** What runs. */
	state: "off" | "rom" | "gone" | "agent" | "autoboot" | "shell" | "linux" = "off";
	/** Ctrl-Cs that U-Boot has seen. */
	interrupts = 0;
	readonly #cable: Cable;
	readonly #options: RomCameraOptions;
	readonly #processor: Processor;
	readonly #uart: Uart;
	readonly #sram = new Memory(1 << 17, 1);
	readonly #ram = new Memory(1 << 19, 2);

	constructor(cable: Cable, options: RomCameraOptions = {}) {
		const camera = this;
		this.#cable = cable;
		this.#options = options;
		this.#processor = new Processor(cable.time);
		this.#uart = new Uart({
			baud: this.baud,
			get drainTime() {
				return transmitTime(cable.toPod.pending, camera.baud);
			},
			send: bytes => cable.send(bytes)
		}, this.#processor);
		cable.far = this;
	}

	power(on: boolean): void {
		this.#processor.stop();
		this.#cable.toPod.clear();
		this.#uart.clear();
		this.#uart.attentive = false;
		this.#sram.forget();
		this.#ram.forget();
		this.uploads = [];
		this.state = "off";
		if (!on)
			return;
		this.powerOns++;
		this.state = "rom";
		if (!this.#options.dead)
			this.#processor.run(this.#life());
	}

	receive(bytes: Uint8Array): void {
		if (this.state !== "off")
			this.#uart.receive(bytes);
	}

	*#life(): Program {
		const { markers = "window", hangsOnFF = false, greetsAgain = false, missed = [], answer, flashText, pace } = this.#options;
		const rom = new BootROM({
			family: { ...FAMILIES.ev300!, markers: missed.includes(this.powerOns) ? "none" : markers, hangsOnFF, greetsAgain },
			processor: this.#processor,
			uart: this.#uart,
			sram: this.#sram,
			ram: this.#ram,
			fate: answer,
			pace,
			onUpload: ({ address, size }) => this.#uploaded(address, size),
			onHang: () => this.state = "gone"
		});
		const booted = yield* rom.run();
		this.#uart.attentive = true;
		if (booted !== "flash")
			return yield* this.#agent();
		this.#say(flashText ?? `U-Boot 2010.06\r\n${PROMPT}`);
		return yield* this.#shell();
	}

	#uploaded(address: number, size: number): void {
		const { splText } = this.#options;
		this.uploads.push({ address, bytes: (isDDR(address) ? this.#ram : this.#sram).read(address, size) });
		if (splText && size > SPL && !isDDR(address))
			this.#cable.send(bytesOf(splText));
	}

	*#agent(): Program {
		const { console = "U-Boot 2016.11\r\n", consoleDelay = 80, autoboot = 0 } = this.#options;
		this.state = "agent";
		if (console === "")
			return;
		yield* this.#processor.sleep(consoleDelay);
		this.#uart.clear();
		this.#say(console);
		if (autoboot > 0) {
			this.state = "autoboot";
			const key = yield* this.#uart.get(autoboot);
			if (key === undefined) {
				this.state = "linux";
				this.#say("\r\nStarting kernel ...\r\n");
				return;
			}
			if (key === CTRL_C)
				this.interrupts++;
			this.#say("\r\n");
		}
		this.#say(PROMPT);
		yield* this.#shell();
	}

	*#shell(): Program<never> {
		this.state = "shell";
		for (;;) {
			const byte = this.#uart.read() ?? (yield* this.#uart.get());
			if (byte === CTRL_C) {
				this.interrupts++;
				this.#say(`<INTERRUPT>\r\n${PROMPT}`);
			}
			else if (this.#options.echo)
				this.#cable.send([byte!]);
		}
	}

	/** Without waiting until it has left. */
	#say(text: string): void {
		this.#cable.send(bytesOf(text));
	}
}

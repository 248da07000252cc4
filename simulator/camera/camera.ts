/**
 * A whole camera: supply in, serial line and network at its sides, and what runs on its processor one after the other:
 * boot ROM, U-Boot, Linux. Knows nothing of PTYs, sockets and files (board.ts, main.ts), so that tests hold all its ends.
 */
import { COMMANDS } from "./commands/index.ts";
import type { Time } from "../../modules/base/time.ts";
import type { Fate } from "./boot-frames.ts";
import { BootROM, type UploadRecord } from "./boot-rom.ts";
import { FAMILIES, type Family } from "./families.ts";
import { ENVIRONMENT_OFFSET } from "./environment.ts";
import { flavourOf, type UBootFlavour } from "./flavours.ts";
import { linux } from "./linux.ts";
import { loaderVersion } from "./loader.ts";
import { Reset, StartLinux, type Machine, type Settings } from "./machine.ts";
import { Memory } from "./memory.ts";
import { Cable, type Network } from "./network.ts";
import { Nor } from "./nor.ts";
import { Processor, type Program } from "./processor.ts";
import { seededRandom, type Random } from "../random.ts";
import { Uart } from "./uart.ts";
import { UBoot } from "./u-boot.ts";
import { SerialWire } from "./serial-wire.ts";

export interface CameraOptions {
	time: Time;
	/** Where the pod is. */
	network: Network;
	/** Takes what the camera sends on the serial line, paced. */
	transmit: (bytes: Uint8Array) => void;
	/** Takes what happens: an object with `event`, `time` (camera milliseconds) and facts. */
	emit?: (event: CameraEvent) => void;
	/** Told which bytes of `nor.cells` changed. */
	store?: (offset: number, length: number) => void;
	/** Bytes of NOR. 16 MiB. */
	norSize?: number;
	/** Bytes of RAM, a power of two. 64 MiB. */
	ramSize?: number;
	seed?: number;
	family?: Family;
	/** How its U-Boots behave; by their version when absent. */
	flavour?: UBootFlavour;
	settings?: Partial<Settings>;
	/** The part of packets lost and the milliseconds each way. */
	loss?: number;
	latency?: number;
}

export interface CameraEvent {
	event: string;
	time: number;
	[fact: string]: unknown;
}

export const DEFAULT_SETTINGS: Settings = Object.freeze({
	bootDelay: 1,
	strictFlash: true,
	eraseUnit: 65536,
	kernel: "magic",
	blockTime: 0.4,
	linuxTime: 3000,
	environment: {},
	savesDefault: false,
	protection: "none",
	reach: 0,
	misreads: [],
	watchdog: [],
	hostname: "openipc-hi3516ev300",
	password: "12345"
});

/** Bytes of SRAM that are simulated; the chips have less. */
const SRAM = 131072;

/** How much of the flash's beginning must be blank for the boot ROM to find nothing. */
const BLANK = 4096;

export class Camera {
	readonly nor: Nor;
	readonly wire: SerialWire;
	readonly network: Cable;
	readonly random: Random;
	/** What the boot ROM took in since the supply came, oldest first. */
	uploads: UploadRecord[] = [];
	/** So many of the boot ROM's next good frames are answered NAK, then so many are not answered. */
	readonly faults = { nak: 0, drop: 0 };
	readonly #counts = { reads: 0, lines: 0 };
	/** What runs: off, rom, uboot, linux, hung. */
	stage = "off";
	#options: CameraOptions;
	#family: Family;
	#flavour: UBootFlavour | undefined;
	#uart: Uart;
	#processor: Processor;
	#ram: Memory;
	#sram: Memory;

	constructor(options: CameraOptions) {
		const { time, network, norSize = 16 << 20, ramSize = 64 << 20, seed = 1, store, family = FAMILIES.ev300!, flavour } = options;
		this.#options = options;
		this.#family = family;
		this.#flavour = flavour;
		this.random = seededRandom(seed);
		this.#processor = new Processor(time);
		this.wire = new SerialWire({ time, transmit: options.transmit, receive: bytes => this.#uart.receive(bytes) });
		this.#uart = new Uart(this.wire, this.#processor);
		this.network = new Cable(network, time, this.random, options);
		this.nor = new Nor({ size: norSize, time, random: this.random, store });
		this.nor.locked = (options.settings?.protection ?? DEFAULT_SETTINGS.protection) !== "none";
		this.#ram = new Memory(ramSize, seed);
		this.#sram = new Memory(SRAM, seed + 1);
	}

	/** Bytes lost in the UART's FIFO since the supply came. */
	get overruns(): number {
		return this.#uart.overruns;
	}

	/** The supply. Off: everything but the flash is forgotten at once, and what the flash was doing is left half done. */
	power(on: boolean): void {
		if (on === this.wire.powered)
			return;
		this.wire.powered = on;
		this.emit("power", { on });
		if (on) {
			this.uploads = [];
			this.#uart.overruns = 0;
			this.#processor.run(this.#life());
			return;
		}
		this.#processor.stop();
		this.stage = "off";
		this.nor.powerOff();
		this.#ram.forget();
		this.#sram.forget();
		this.wire.clear();
		this.#uart.clear();
		this.wire.baud = 115200;
	}

	/** Bytes from the pod's transmitter. */
	receive(bytes: Uint8Array): void {
		this.wire.receive(bytes);
	}

	/** The pod holds the line low: the receiver sees a NUL with a framing error. */
	lineBreak(): void {
		this.emit("break", {});
		if (this.wire.powered)
			this.#uart.receive(Uint8Array.of(0));
	}

	/** A fault: the processor stops where it is. */
	hang(reason: string): void {
		if (this.wire.powered)
			this.#processor.run(this.#hang(reason));
	}

	/** The chip is reset from outside its programs. RAM stays; the flash ends what it is doing by itself. */
	restart(reason: string): void {
		if (!this.wire.powered)
			return;
		this.emit("restart", { reason });
		this.#processor.stop();
		this.nor.finish();
		this.wire.clear();
		this.#uart.clear();
		this.wire.baud = 115200;
		this.#processor.run(this.#life());
	}

	/** Tells the outside. */
	emit(event: string, facts: Record<string, unknown>): void {
		this.#options.emit?.({ event, time: Math.round(this.#options.time.now()), ...facts });
	}

	/** A copy of `length` bytes of RAM, for tests. */
	memory(address: number, length: number): Uint8Array {
		return this.#ram.read(address, length);
	}

	*#life(): Program {
		for (;;) {
			try {
				yield* this.#boot();
			}
			catch (error) {
				if (!(error instanceof Reset))
					throw error;
				this.emit("reset", {});
				this.#uart.clear();
				this.wire.baud = 115200;
			}
		}
	}

	*#boot(): Program<never> {
		this.stage = "rom";
		const rom = new BootROM({
			family: this.#family,
			processor: this.#processor,
			uart: this.#uart,
			sram: this.#sram,
			ram: this.#ram,
			fate: () => this.#fate(),
			onMarkers: () => this.emit("markers", {}),
			onEntered: () => this.emit("download", {}),
			onUpload: upload => {
				this.uploads.push(upload);
				this.emit("upload", { ...upload });
			},
			onHang: reason => this.#hung(reason)
		});
		const called = yield* rom.run();
		const from = called === "flash" ? "flash" : "ddr";
		const image = called === "flash" ? this.nor.read(0, ENVIRONMENT_OFFSET) : this.#ram.read(called.address, called.size);
		const version = loaderVersion(image);
		if (version === undefined) {
			const blank = from === "flash" && image.subarray(0, BLANK).every(byte => byte === 0xff);
			return yield* this.#hang(blank ? "the flash is blank" : from === "flash" ? "the flash holds no boot loader" : "what was called is no boot loader");
		}
		this.stage = "uboot";
		const machine: Machine = {
			processor: this.#processor,
			uart: this.#uart,
			ram: this.#ram,
			nor: this.nor,
			network: this.network,
			settings: { ...DEFAULT_SETTINGS, ...this.#options.settings },
			counts: this.#counts,
			bite: milliseconds => void this.#options.time.after(milliseconds, () => this.restart("watchdog")),
			emit: (event, facts) => this.emit(event, facts),
			hang: reason => this.#hang(reason)
		};
		try {
			return yield* new UBoot(machine, COMMANDS, this.#flavour ?? flavourOf(version), version).run(from);
		}
		catch (error) {
			if (!(error instanceof StartLinux))
				throw error;
			this.stage = "linux";
			return yield* linux(machine, error.commandLine);
		}
	}

	#fate(): Fate {
		const { faults } = this;
		if (faults.nak > 0) {
			faults.nak--;
			return "nak";
		}
		if (faults.drop > 0) {
			faults.drop--;
			return "lose";
		}
		return "ack";
	}

	*#hang(reason: string): Program<never> {
		this.#hung(reason);
		return yield* this.#processor.hang();
	}

	#hung(reason: string): void {
		this.stage = "hung";
		this.emit("hang", { reason });
	}
}

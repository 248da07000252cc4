/** What a program on the camera's processor has in its hands, and the ways it can leave. */
import type { Memory } from "./memory.ts";
import type { Cable } from "./network.ts";
import type { Nor } from "./nor.ts";
import type { Processor, Program } from "./processor.ts";
import type { Uart } from "./uart.ts";

export interface Machine {
	processor: Processor;
	uart: Uart;
	ram: Memory;
	nor: Nor;
	network: Cable;
	settings: Settings;
	/** Since the camera was made: reads of the flash by command, command lines. */
	counts: { reads: number; lines: number };
	/** The watchdog resets the chip in so many milliseconds. */
	bite: (milliseconds: number) => void;
	/** Tells the outside. */
	emit: (event: string, facts: Record<string, unknown>) => void;
	/** Says why, then hangs. */
	hang(reason: string): Program<never>;
}

export interface Settings {
	/** Seconds of the default environment. */
	bootDelay: number;
	/** `sf` refuses before `sf probe`, as the real one does; false shows what a client gets away with. */
	strictFlash: boolean;
	/** Bytes that `sf erase` takes at least: 65536 as HiSilicon's driver, or 4096. */
	eraseUnit: number;
	/** What bootm accepts: anything that is not blank; the uImage magic (and correct CRCs when the header's own is); a correct uImage. */
	kernel: "any" | "magic" | "crc";
	/** Milliseconds that the processor spends on each TFTP block of 1468 bytes. */
	blockTime: number;
	/** Milliseconds from the kernel's start to the login. */
	linuxTime: number;
	/** Variables of the default environment, over what it has; "" leaves one out. */
	environment: Readonly<Record<string, string>>;
	/** A U-Boot that finds no environment in the flash writes the default one there. */
	savesDefault: boolean;
	/**
	 * What keeps the flash from being changed: protection bits that U-Boot doesn't look at, until `sf lock 0`; ones that it does look at,
	 * until `sf protect unlock`; the chip's pin.
	 */
	protection: "none" | "lock" | "protect" | "pin";
	/** Bytes of the flash that U-Boot reaches: as with 3 address bytes, what is meant for behind them lands before them. 0: all. */
	reach: number;
	/** Which reads of the flash by command have a wrong bit, counted from 1. */
	misreads: readonly number[];
	/** In the middle of which command lines the watchdog bites, counted from 1. */
	watchdog: readonly number[];
	hostname: string;
	password: string;
}

/** A program ends this way when it resets the chip. */
export class Reset extends Error {}

/** A program ends this way when it starts Linux. */
export class StartLinux extends Error {
	readonly commandLine: string;

	constructor(commandLine: string) {
		super("Linux");
		this.commandLine = commandLine;
	}
}

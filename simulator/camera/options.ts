/** The command line of the simulated camera. */
import { Command, InvalidArgumentError, Option } from "commander";
import { size, timeScale } from "../arguments.ts";
import { DEFAULT_SETTINGS, type CameraOptions } from "./camera.ts";
import { FAMILIES } from "./families.ts";
import { FLAVOURS } from "./flavours.ts";

const MIB = 1024 * 1024;
const NOR_SIZES = [4, 8, 16, 32].map(count => count * MIB);

export interface Options {
	board: string;
	tftp: { host: string; port: number };
	nor?: string;
	norSize: number;
	/** A flash that isn't there yet holds a system that boots; otherwise it is blank. */
	system: boolean;
	timeScale: number;
	untilEof: boolean;
	camera: Omit<CameraOptions, "time" | "network" | "transmit" | "emit" | "store">;
}

/** The command line with its options; docs/simulator.md lists them. */
export function cameraCommand(program = "simulator/camera"): Command {
	return new Command(program)
		.description("A simulated IP camera that speaks through a board's outside: DIR/uart, DIR/power, DIR/line and UDP.\n"
			+ "Events are lines of JSON on stdout; the first, {\"event\":\"ready\"}, comes when it is attached. DIR/camera answers questions (control.ts).")
		.requiredOption("--board <dir>", "the board's folder")
		.option("--tftp <host:port>", "where the pod's TFTP server, 192.168.1.1:69 for the camera, really is", address, { host: "127.0.0.1", port: 6969 })
		.option("--nor <file>", "keep the flash in this file (default: DIR/nor.bin)")
		.option("--nor-size <bytes>", "4M, 8M, 16M or 32M", size("4M, 8M, 16M or 32M", bytes => NOR_SIZES.includes(bytes)), 16 * MIB)
		.option("--system", "a flash that isn't there yet holds a made-up U-Boot and Linux; otherwise it is blank", false)
		.option("--ram-size <bytes>", "a power of two", size("a power of two from 1M to 1024M", bytes => bytes >= MIB && bytes <= 1024 * MIB && Number.isInteger(Math.log2(bytes))), 64 * MIB)
		.addOption(new Option("--family <name>", "boot ROM").choices(Object.keys(FAMILIES)).default("ev300"))
		.addOption(new Option("--uboot <name>", "how its U-Boots behave (default: as their version does)").choices(Object.keys(FLAVOURS)))
		.option("--time-scale <factor>", "0.25: the camera lives four times as fast", timeScale, 1)
		.option("--seed <number>", "of everything random", whole, 1)
		.addOption(new Option("--strict-sf", "sf refuses before sf probe, as the real one (default)").conflicts("lenientSf"))
		.option("--lenient-sf", "sf works without sf probe")
		.option("--bootdelay <seconds>", "of the default environment; -1 never boots by itself", integer, DEFAULT_SETTINGS.bootDelay)
		.option("--latency <ms>", "each UDP packet's, each way", positive, 0)
		.option("--loss <part>", "of UDP packets lost, 0 to 1", positive, 0)
		.option("--block-time <ms>", "the processor's time for a TFTP block", positive, DEFAULT_SETTINGS.blockTime)
		.option("--linux-time <ms>", "from the kernel's start to the login", positive, DEFAULT_SETTINGS.linuxTime)
		.option("--erase-unit <bytes>", "of sf erase: 64K or 4K", size("64K or 4K", bytes => bytes === 65536 || bytes === 4096), DEFAULT_SETTINGS.eraseUnit)
		.addOption(new Option("--kernel <rule>", "what bootm accepts: a uImage's magic; a uImage whose CRCs are right; anything that is not blank")
			.choices(["magic", "crc", "any"]).default(DEFAULT_SETTINGS.kernel))
		.addOption(new Option("--markers <kind>", "of the boot ROM (default: the family's)").choices(["window", "continuous", "none"]))
		.addOption(new Option("--tail-ack <which>", "TAILs the boot ROM answers (default: the family's)").choices(["all", "steps", "none"]))
		.option("--hangs-on-ff", "the boot ROM hangs on 12 consecutive 0xFF in a DATA payload")
		.option("--greets-again", "the boot ROM sends markers again after called code returned")
		.option("--sram-limit <bytes>", "the longest SPL the SRAM holds (default: the family's)", size("1 to 62K", bytes => bytes >= 1 && bytes <= 62 * 1024))
		.option("--env <name=value>", "a variable of the default environment, over what it has; may be repeated", variable, {})
		.option("--saves-default", "U-Boot writes the default environment into a flash that holds none", false)
		.addOption(new Option("--write-protect <kind>", "the flash doesn't change: silently until sf lock 0; with an error until sf protect unlock; whatever is done").choices(["lock", "protect", "pin"]))
		.option("--reach <bytes>", "U-Boot reaches only so much of the flash, and what is meant for behind it lands before it", size("a multiple of 1M", bytes => bytes > 0 && bytes % MIB === 0), 0)
		.option("--misread <list>", "these sf reads, counted from 1, have a wrong bit", numbers, [])
		.option("--watchdog <list>", "it bites in the middle of these command lines, counted from 1", numbers, [])
		.option("--until-eof", "end when stdin is closed", false);
}

/** Exits after --help and after wrong options. */
export function parseOptions(args: string[], program?: string): Options {
	const given = cameraCommand(program).parse(args, { from: "user" }).opts();
	const family = { ...FAMILIES[given.family]! };
	family.markers = given.markers ?? family.markers;
	family.tailAck = given.tailAck ?? family.tailAck;
	family.hangsOnFF ||= Boolean(given.hangsOnFf);
	family.greetsAgain ||= Boolean(given.greetsAgain);
	if (given.sramLimit !== undefined)
		family.sramEnd = family.splAddress + given.sramLimit;
	return {
		board: given.board,
		tftp: given.tftp,
		nor: given.nor,
		norSize: given.norSize,
		system: given.system,
		timeScale: given.timeScale,
		untilEof: given.untilEof,
		camera: {
			norSize: given.norSize,
			ramSize: given.ramSize,
			seed: given.seed,
			family,
			flavour: given.uboot === undefined ? undefined : FLAVOURS[given.uboot],
			loss: given.loss,
			latency: given.latency,
			settings: {
				bootDelay: given.bootdelay,
				strictFlash: !given.lenientSf,
				eraseUnit: given.eraseUnit,
				kernel: given.kernel,
				blockTime: given.blockTime,
				linuxTime: given.linuxTime,
				environment: given.env,
				savesDefault: given.savesDefault,
				protection: given.writeProtect ?? DEFAULT_SETTINGS.protection,
				reach: given.reach,
				misreads: given.misread,
				watchdog: given.watchdog
			}
		}
	};
}

function address(text: string): { host: string; port: number } {
	const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
	if (!host || !(Number(port) > 0 && Number(port) < 65536))
		throw new InvalidArgumentError("It must be HOST:PORT.");
	return { host, port: Number(port) };
}

function variable(text: string, before: Record<string, string>): Record<string, string> {
	const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
	if (!name)
		throw new InvalidArgumentError("It must be NAME=VALUE.");
	return { ...before, [name]: value! };
}

function numbers(text: string): number[] {
	return text.split(",").map(whole);
}

function positive(text: string): number {
	if (!(Number(text) >= 0))
		throw new InvalidArgumentError("It must be a number, not below 0.");
	return Number(text);
}

function whole(text: string): number {
	if (!/^\d+$/.test(text))
		throw new InvalidArgumentError("It must be a whole number.");
	return Number(text);
}

function integer(text: string): number {
	if (!/^-?\d+$/.test(text))
		throw new InvalidArgumentError("It must be a whole number.");
	return Number(text);
}

/** The options of `npm start`, and how their texts become values. docs/simulator.md lists them. */
import { closeSync, constants, openSync } from "node:fs";
import { isatty } from "node:tty";
import { Command, InvalidArgumentError, Option } from "commander";
import { address, timeScale } from "./arguments.ts";
import { DEFAULTS } from "./pod.ts";
import { checkSetting } from "./settings.ts";

/** The command line with its options, without what it does. */
export function startCommand(): Command {
	return new Command("npm start --")
		.description("Run one rack pod on Linux: the real firmware on XS, with a simulated camera or yours.")
		.option("--bind <address>", "address of all servers", address, DEFAULTS.bind)
		.option("--http-port <port>", "port of the HTTP server (0: any free port)", port, DEFAULTS.httpPort)
		.option("--bridge-port <port>", "port of the console, raw TCP", port, DEFAULTS.bridgePort)
		.option("--rfc2217-port <port>", "port of the console with RFC 2217 (default: 9001; any free port when --bridge-port isn't 9000)", port)
		.option("--tftp-port <port>", "port of the TFTP server", port, DEFAULTS.tftpPort)
		.option("--psram <bytes>", "bytes of big memory, the PSRAM of the chip", psram, DEFAULTS.psram)
		.addOption(new Option("--camera <who>", "who plays the camera: the simulated one, a real U-Boot in QEMU, or nobody here").choices(["sim", "qemu", "none"]).default(DEFAULTS.camera))
		.option("--blank", "the simulated camera starts with a blank flash; otherwise its flash holds a U-Boot and a Linux that boot", false)
		.option("--tap", "with --camera qemu, as root: the camera's network is a tap device in a namespace of its own, the pod 192.168.1.1 port 69 in it")
		.option("--state <dir>", "folder for the board's outside (uart, power, line) and the camera's NOR (default: a new temporary one)")
		.option("--uart <tty>", "a real serial port in place of the PTY", serialPort)
		.option("--time-scale <factor>", "0.25 runs pod and camera four times as fast", timeScale, DEFAULTS.timeScale)
		.option("--set <key=value>", "a setting, as GET /settings and docs/device.md name them; may be repeated", keyAndValue, {})
		.addOption(new Option("--flavour <flavour>", "build of the XS host").choices(["release", "debug", "stress"]).default(DEFAULTS.flavour))
		.option("--device", "run it as on the chip: everything preloaded, a fixed heap of its size", DEFAULTS.device)
		.argument("[camera...]", "further options for the camera, behind another --; they are listed by --camera-help")
		.option("--camera-help", "list the camera's options")
		.showHelpAfterError("(npm start -- --help lists the options)");
}

function port(text: string): number {
	const number = Number(text);
	if (!/^\d+$/.test(text) || number > 65535)
		throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
	return number;
}

function serialPort(path: string): string {
	let serial = false;
	try {
		// as the host opens it: that must neither wait for a modem nor make it this program's terminal
		const file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
		serial = isatty(file);
		closeSync(file);
	}
	catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EACCES")
			throw new InvalidArgumentError("There is no permission to use it; its group, often dialout, has it.");
	}
	if (!serial)
		throw new InvalidArgumentError("There is no such serial port.");
	return path;
}

function psram(text: string): number {
	check("psram", text);
	return Number(text);
}

function keyAndValue(text: string, settings: Record<string, string>): Record<string, string> {
	const equals = text.indexOf("=");
	if (equals < 1)
		throw new InvalidArgumentError("It must be key=value.");
	const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
	check(key, value);
	return { ...settings, [key]: value };
}

function check(key: string, text: string): void {
	try {
		checkSetting(key, text);
	}
	catch (error) {
		throw new InvalidArgumentError(`${(error as Error).message}.`);
	}
}

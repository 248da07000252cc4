/**
 * Options that several commands share, and how their texts become values.
 *
 * Commands are declared at each start, for the help; what they work with is imported when one of them runs, so that the start is quick.
 */
import type { Command } from "commander";
import { parseSize } from "../base/bytes.ts";
import { Failure } from "../base/failure.ts";
import type { RackPod } from "../pod/rack-pod.ts";
import type { Fastboot } from "../profiles/blob.ts";
import type { Profile } from "../profiles/profile.ts";
import { InvalidArgumentError, Option } from "./commander.ts";
import type { CommandContext } from "./context.ts";

export interface PodFlags {
	pod?: string;
	consolePort?: number;
	bridgePort?: number;
	token?: string;
	json?: boolean;
}

export interface JobFlags {
	json?: boolean;
	log?: string;
}

export interface ProfileFlags {
	profile?: string;
	profiles?: string;
	chip?: string;
	variant?: string;
}

export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
	return text => {
		const value = /^\d+$/.test(text) ? Number(text) : NaN;
		if (!(value >= minimum && value <= maximum))
			throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
		return value;
	};
}

export function sizeOption(text: string): number {
	const size = parseSize(text);
	if (!size)
		throw new InvalidArgumentError("It must be a size like 16M, 8192K or 0x1000000.");
	return size;
}

export function listOption(text: string): string[] {
	const names = text.split(",").map(name => name.trim()).filter(name => name);
	if (!names.length)
		throw new InvalidArgumentError("It must be a list of names, separated by commas.");
	return names;
}

/** --pod, --console-port (whose older name is --bridge-port), --token, --json. */
export function withPod(command: Command): Command {
	return command
		.option("-p, --pod <host>", "the pod: HOST, HOST:PORT or http://HOST:PORT (default: $RACKPOD; port 8080)")
		.option("--console-port <port>", "port of the pod's console, if ports are forwarded on the way (default: the one the pod reports)",
			wholeNumber(1, 65535))
		.addOption(new Option("--bridge-port <port>").argParser(wholeNumber(1, 65535)).hideHelp())
		.option("--token <text>", "the pod's token, if it has one (default: $RACKPOD_TOKEN, which does not show in process lists)")
		.option("--json", "machine-readable output: one JSON object per line");
}

/** --log. */
export function withLog(command: Command): Command {
	return command.option("--log <file>", "append what is done, and what the camera says, to a file, with timestamps");
}

/** --profile, --profiles, --chip, --variant. */
export function withProfile(command: Command): Command {
	return command
		.option("--profile <file>", "SoC profile")
		.option("--profiles <dir>", "folder of SoC profiles, for --chip")
		.option("--chip <name>", "NAME or NAME:VARIANT in the folder of --profiles")
		.option("--variant <name>", "variant in the file of --profile");
}

export async function podOf(options: PodFlags, context: CommandContext): Promise<RackPod> {
	const host = options.pod ?? context.env.RACKPOD;
	if (!host)
		throw new Failure("usage", "no pod is given", "write --pod HOST[:PORT], or set RACKPOD in the environment");
	const { RackPod } = await import("../pod/rack-pod.ts");
	const pod = new RackPod(host,
		{ consolePort: options.consolePort ?? options.bridgePort, token: options.token ?? context.env.RACKPOD_TOKEN, network: context.network });
	context.run = { ...context.run, pod: pod.address.url.host };
	return pod;
}

async function profileOf({ profile, profiles, chip, variant }: ProfileFlags): Promise<Profile> {
	const { loadChip, loadProfile } = await import("../profiles/profile.ts");
	if (profile !== undefined && profiles === undefined && chip === undefined)
		return loadProfile(profile, variant);
	if (profile === undefined && profiles !== undefined && chip !== undefined && variant === undefined)
		return loadChip(profiles, chip);
	throw new Failure("usage", "it is not clear which SoC profile to use",
		"give either --profile FILE [--variant NAME], or --profiles DIR --chip NAME[:VARIANT]");
}

export async function fastbootOf(uboot: string, options: ProfileFlags, force?: boolean): Promise<Fastboot> {
	const { loadFastboot } = await import("../profiles/blob.ts");
	return loadFastboot(uboot, await profileOf(options), force);
}

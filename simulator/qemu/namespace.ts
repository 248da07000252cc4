/**
 * A network namespace with a tap device in it: the camera's Ethernet as the kernel does it, with the pod's address on our side, and a
 * second link (veth) to this machine, as a pod has its Wi-Fi beside the camera's wire. Needs root and /dev/net/tun. What runs inside is
 * started with `command` in front; files, UNIX sockets and PTYs are shared as ever.
 */
import { execFile, execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { promisify } from "node:util";
import { programObstacle } from "./obstacle.ts";

const run = promisify(execFile);

export const TAP = "camera0";

/** The pod's address on the camera's wire. */
const POD = "192.168.1.1";

export interface Namespace {
	/** Put in front of a command line. */
	command: readonly string[];
	/** The pod's address on the camera's wire. */
	inside: string;
	/** The pod's address as this machine sees it. */
	outside: string;
	close(): Promise<void>;
}

/** Why a namespace can't be made here; undefined when it can. */
export function namespaceObstacle(): string | undefined {
	if (process.getuid?.() !== 0)
		return "not root";
	try {
		accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
	}
	catch {
		return "no /dev/net/tun";
	}
	return programObstacle("ip") ?? rightsObstacle();
}

/** Root of a container may lack the right to make one (CAP_SYS_ADMIN), which only a try shows. */
function rightsObstacle(): string | undefined {
	const name = `rackpod-try${process.pid}`;
	try {
		execFileSync("ip", ["netns", "add", name], { stdio: "pipe" });
		execFileSync("ip", ["netns", "delete", name], { stdio: "pipe" });
		return undefined;
	}
	catch (error) {
		const [reason] = String((error as { stderr?: unknown }).stderr || error).trim().split("\n");
		return `no network namespaces here (${reason})`;
	}
}

export async function openNamespace(): Promise<Namespace> {
	const number = randomInt(0x10000);
	const name = `rackpod${number}`;
	const ip = (...args: string[]): Promise<unknown> => run("ip", args);
	// two link-local addresses (RFC 3927) of the many, in a subnet of their own
	const subnet = `169.254.${1 + (number >> 8) % 254}`;
	const first = number & 0xfc;
	const outside = `${subnet}.${first + 2}`;
	await ip("netns", "add", name);
	const close = async (): Promise<void> => {
		await ip("netns", "delete", name);
	};
	try {
		await ip("-n", name, "link", "set", "lo", "up");
		await ip("-n", name, "tuntap", "add", "dev", TAP, "mode", "tap");
		await ip("-n", name, "address", "add", `${POD}/24`, "dev", TAP);
		await ip("-n", name, "link", "set", TAP, "up");
		await ip("link", "add", name, "type", "veth", "peer", "name", "uplink", "netns", name);
		await ip("address", "add", `${subnet}.${first + 1}/30`, "dev", name);
		await ip("link", "set", name, "up");
		await ip("-n", name, "address", "add", `${outside}/30`, "dev", "uplink");
		await ip("-n", name, "link", "set", "uplink", "up");
	}
	catch (error) {
		await close();
		throw error;
	}
	return { command: ["ip", "netns", "exec", name], inside: POD, outside, close };
}

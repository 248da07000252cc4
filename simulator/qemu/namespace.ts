/**
 * A network namespace with a tap device in it: the camera's Ethernet as the kernel does it, with the pod's address on our side. Needs
 * root and /dev/net/tun. What runs inside is started with `command` in front; its sockets are invisible outside, and files, UNIX sockets
 * and PTYs are shared as ever.
 */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

export const TAP = "camera0";

export interface Namespace {
	name: string;
	/** Put in front of a command line. */
	command: readonly string[];
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
	return undefined;
}

/** @param address the pod's on the camera's wire, with the prefix length */
export async function openNamespace(address = "192.168.1.1/24"): Promise<Namespace> {
	const name = `rackpod-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
	const ip = (...args: string[]): Promise<unknown> => run("ip", args);
	await ip("netns", "add", name);
	const close = async (): Promise<void> => {
		await ip("netns", "delete", name);
	};
	try {
		await ip("-n", name, "link", "set", "lo", "up");
		await ip("-n", name, "tuntap", "add", "dev", TAP, "mode", "tap");
		await ip("-n", name, "address", "add", address, "dev", TAP);
		await ip("-n", name, "link", "set", TAP, "up");
	}
	catch (error) {
		await close();
		throw error;
	}
	return { name, command: ["ip", "netns", "exec", name], close };
}

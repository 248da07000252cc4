/**
 * Ports for programs that can't be told to take any free one. They lie below those that the kernel gives to everybody who asks for any
 * (from 32768 on Linux), the pod's own among them, so that nobody gets one between this look and its use.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const LOWEST = 20_000;
const COUNT = 12_000;

/** Different for test runs beside each other, and never the same twice in a row. */
let next = process.pid * 31 % COUNT;

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(kind: "tcp" | "udp"): Promise<number> {
	for (let tries = 0; tries < COUNT; tries++) {
		const port = LOWEST + next++ % COUNT;
		if (await isFree(kind, port))
			return port;
	}
	throw new Error(`no free ${kind} port`);
}

async function isFree(kind: "tcp" | "udp", port: number): Promise<boolean> {
	try {
		const probe = kind === "tcp" ? createServer() : createSocket("udp4");
		const ready = once(probe, "listening");
		if ("bind" in probe)
			probe.bind(port, "127.0.0.1");
		else
			probe.listen(port, "127.0.0.1");
		await ready;
		const closed = once(probe, "close");
		probe.close();
		await closed;
		return true;
	}
	catch {
		return false;
	}
}

/** The pods of a test, in one time. A test that has stopped all of its pods leaves nothing: the next one begins at 0. */
import { Random } from "../random.ts";
import type { Peer } from "../tcp.ts";
import { LabPod, type LabPodOptions } from "./pod.ts";
import { LabTime } from "./time.ts";

let time: LabTime | undefined;
let random = new Random(1);
const pods: LabPod[] = [];

/** The address of the lab's client. */
export const CLIENT = "10.0.0.2";

/** The time in which everything happens now. */
export function labTime(): LabTime {
	if (!time) {
		time = new LabTime();
		time.run();
	}
	return time;
}

/** Milliseconds since the beginning. */
export function now(): number {
	return labTime().now();
}

/** Virtual milliseconds. */
export function pause(milliseconds: number): Promise<void> {
	return labTime().pause(milliseconds);
}

/** A whole number from `from` to less than `to`, from the seed of the first pod. */
export function labRandom(from: number, to: number): number {
	return from + random.below(to - from);
}

/** The ports of the next pod: all pods share one address, as behind a port forwarding. */
export function nextPorts(): { httpPort: number; bridgePort: number; rfc2217Port: number } {
	let index = 0;
	while (podAt(8080 + index))
		index += 10;
	return { httpPort: 8080 + index, bridgePort: 9000 + index, rfc2217Port: 9001 + index };
}

export function addPod(options: Omit<LabPodOptions, "time">): LabPod {
	if (pods.length === 0)
		random = new Random(options.seed ?? 1);
	const pod = new LabPod({ time: labTime(), ...options });
	pods.push(pod);
	return pod;
}

export function removePod(pod: LabPod): void {
	const at = pods.indexOf(pod);
	if (at < 0)
		return;
	pods.splice(at, 1);
	pod.powerOff();
	if (pods.length > 0)
		return;
	time?.stop();
	time = undefined;
	forwarded.clear();
}

/** The pod that listens on a TCP port. */
export function podAt(port: number): LabPod | undefined {
	return pods.find(pod => pod.tcp.listens(port));
}

/** Ports of this network's gateway, which passes connections on and gives them an address of its own. */
const forwarded = new Map<number, number>();
const GATEWAY = "10.0.0.254";

/** Has the gateway pass connections on to `port`; returns its own. */
export function forward(port: number): number {
	const own = 20_000 + forwarded.size;
	forwarded.set(own, port);
	return own;
}

/** Connects `from` to a port of a pod or of the gateway; `local` is the pod's address that is dialled. Throws when nobody listens there. */
export function connect(port: number, from: string, local: string): Peer {
	const target = forwarded.get(port);
	const pod = podAt(target ?? port);
	if (!pod)
		throw Object.assign(new Error(`connect ECONNREFUSED ${local}:${port}`), { code: "ECONNREFUSED" });
	return pod.tcp.connect(target ?? port, target === undefined ? from : GATEWAY, local);
}

/** Looks again and again until `condition` holds; it must within 10 minutes of the pods' time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
	const end = now() + 600_000;
	while (!await condition()) {
		if (now() > end)
			throw new Error(`waited 10 minutes until ${what}`);
		await pause(20);
	}
}

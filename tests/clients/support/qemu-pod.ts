/** A running pod whose camera is a real U-Boot in QEMU. */
import { createInterface } from "node:readline";
import { connectConsole, realClock, UBootConsole } from "../../../host-tools/index.ts";
import type { StartOptions } from "../../../simulator/pod.ts";
import { testPod, type TestPod } from "../../support/running-pod.ts";
import { namespaceObstacle } from "../../../simulator/qemu/namespace.ts";

/** A line of simulator/qemu/main.ts. */
export interface CameraEvent {
	event: string;
	[fact: string]: unknown;
}

export interface QemuPod extends TestPod {
	/** Its address for HTTP and bridge. */
	host: string;
	/** What happened to the camera so far, oldest first. */
	events: CameraEvent[];
	/** A console whose prompt waits; close it before the next one. */
	takeOver(): Promise<UBootConsole>;
}

/** The camera's Ethernet: simulator/qemu/link.ts, or a tap device as root. */
export interface Network {
	title: string;
	tap: boolean;
	obstacle: () => string | undefined;
}

export const NETWORKS: readonly Network[] = [
	{ title: "on a wire that needs no root", tap: false, obstacle: () => undefined },
	{ title: "on a tap device, the pod at 192.168.1.1:69", tap: true, obstacle: namespaceObstacle }
];

export async function qemuPod({ tap }: Network, cameraArguments: string[], options: Partial<StartOptions> = {}): Promise<QemuPod> {
	const pod = await testPod({ camera: "qemu", tap, psram: 8 << 20, cameraArguments, flavour: "release", timeScale: 0.25, ...options });
	const events: CameraEvent[] = [];
	createInterface({ input: pod.camera!.stdout! }).on("line", line => events.push(JSON.parse(line) as CameraEvent));
	const host = new URL(pod.http).hostname;
	const takeOver = async (): Promise<UBootConsole> => {
		const console = new UBootConsole({ line: await connectConsole({ host, port: pod.bridgePort }, realClock), clock: realClock });
		await console.takeOver(60);
		return console;
	};
	return { ...pod, host, events, takeOver };
}

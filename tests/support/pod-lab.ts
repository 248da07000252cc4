/**
 * A whole pod in this process, in virtual time: the firmware, the simulated camera, the client library, all of it the real thing; only
 * the wires between them are simulated. Everything happens in the same order and at the same time for each `seed`.
 *
 *     const pod = await testPod({ camera: "sim", settings: { console_timeout: "2" } });
 *     await pod.client.powerOn();
 *     await until("U-Boot runs", async () => (await pod.ask("state")).stage === "uboot");
 *     await pod.stop();
 *
 * Time stands until a test does something, passes while it awaits something, and then at once: `await pause(60_000)` is a minute of the
 * pod's life and a millisecond of ours. So titles of tests may speak of seconds as the pod counts them, and no test may use setTimeout, sockets or
 * processes. `fetch`, `Peer`, `ask`, `until`, `pause`, `rackpod` are those of tests with real processes, by the same names.
 * What uses only lab/test-pod.ts and lab/client.ts runs on XS, too (tests/modules.xs.test.ts lists what doesn't).
 *
 * Faults: `pod.lab.powerOff()`, `pod.lab.restart()`, `cut`, `pod.lab.flash.failAt`, `pod.lab.tcp.broken`, `pod.lab.udp.path(...)`,
 * `peer.vanish()`, `pod.ask("inject ...")`.
 */
import { RackPod } from "../../host-tools/index.ts";
import { parseOptions } from "../../simulator/camera/options.ts";
import { LabCamera } from "./lab/camera.ts";
import { LabNetwork } from "./lab/socket.ts";
import { asBuffer } from "./lab/client.ts";
import { startPod, type PodOptions, type TestPod as BarePod } from "./lab/test-pod.ts";

export { ask, Datagrams, fetch, Peer, type JSONAnswer } from "./lab/client.ts";
export { LAB, CAMERA_SIDE } from "./lab/pod.ts";
export { endAll, rackpod, rackpodWith, startRackpod, type Result, type Running } from "./lab/rackpod.ts";
export { RawCamera } from "./lab/raw-camera.ts";
export { forward, now, pause, until } from "./lab/world.ts";
export { CAMERA } from "./lab/camera.ts";

export interface TestPodOptions extends PodOptions {
	/** Who plays the camera: ours, or nobody. Default: nobody. */
	camera?: "sim" | "none";
	/** As of simulator/camera/main.ts. */
	cameraArguments?: string[];
	/** What the camera's flash holds; nothing when absent. */
	nor?: Uint8Array;
}

export interface TestPod extends BarePod {
	/** The library's client for it. */
	readonly client: RackPod;
	/** The simulated camera. */
	readonly camera: LabCamera | undefined;
	/** Asks the simulated camera (simulator/camera/questions.ts). */
	ask(question: string): Promise<any>;
	/** What the camera's flash holds now: a copy. */
	nor(): Buffer;
}

/** Starts one. Call `stop` in afterEach or after. */
export async function testPod({ camera = "none", cameraArguments = [], nor, ...options }: TestPodOptions = {}): Promise<TestPod> {
	const pod = await startPod(options);
	const { camera: cameraOptions } = parseOptions(["--board", "-", "--seed", String(options.seed ?? 1), ...cameraArguments]);
	const simulated = camera === "sim" ? new LabCamera(pod.lab, cameraOptions, nor) : undefined;
	return Object.defineProperties({
		client: new RackPod(pod.http, { network: new LabNetwork() }),
		camera: simulated,
		ask: (question: string) => simulated!.ask(question),
		nor: () => asBuffer(simulated!.camera.nor.cells.slice())
	}, Object.getOwnPropertyDescriptors(pod)) as TestPod;
}

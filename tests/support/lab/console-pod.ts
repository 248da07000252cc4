/**
 * A pod of the lab with a camera whose serial line the test holds in its hands: the twin of console-pod.ts, on simulated IO. One at a time:
 * `pod` and `camera` are those of the last `begin`. Runs on Node and on XS.
 */
import { fetch } from "./client.ts";
import { RawCamera } from "./raw-camera.ts";
import { startPod, type PodOptions, type TestPod } from "./test-pod.ts";

export let pod: TestPod;
export let camera: RawCamera;

export async function begin(options: PodOptions = {}): Promise<void> {
	pod = await startPod(options);
	camera = new RawCamera(pod.lab);
}

export const end = (): Promise<void> => pod.stop();

/** What `GET /uart` answers. */
export async function uart(): Promise<any> {
	return (await fetch(`${pod.http}/uart`)).json();
}

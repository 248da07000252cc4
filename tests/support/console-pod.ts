/** A running pod with a camera whose serial line the test holds in its hands. One at a time: `pod` and `camera` are those of the last `begin`. */
import { RawCamera } from "./raw-camera.ts";
import { testPod, type TestPod } from "./running-pod.ts";

export let pod: TestPod;
export let camera: RawCamera;

export async function begin(options: Parameters<typeof testPod>[0] = {}): Promise<void> {
	pod = await testPod(options);
	camera = await RawCamera.attach(pod.state);
}

export async function end(): Promise<void> {
	await camera.close();
	await pod.stop();
}

/** What `GET /uart` answers. */
export async function uart(): Promise<any> {
	return (await fetch(`${pod.http}/uart`)).json();
}

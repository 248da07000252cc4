/** The camera's power of a real pod, in real time and to its end. What HTTP clients can do with it: tests/lab/power.test.ts. */
import { strict as assert } from "node:assert";
import { testPod } from "../support/running-pod.ts";
import { RawCamera } from "../support/raw-camera.ts";

describe("the camera's power", () => {
	it("when the pod stops then nobody switches the camera off", async () => {
		const pod = await testPod();
		const camera = await RawCamera.attach(pod.state);
		try {
			await fetch(`${pod.http}/power/on`, { method: "POST" });
			await camera.until(() => camera.words.length === 2, "on");
			process.kill(pod.pid, "SIGTERM");
			await camera.until(() => camera.gone, "the end of DIR/power");
			assert.deepEqual(camera.words, ["off", "on"]);
		}
		finally {
			await camera.close();
			await pod.stop();
		}
	});
});

describe("the camera's power in real time", () => {
	it("when it is cycled then it is off for 2 s, and the answer comes within 10 s", async () => {
		const pod = await testPod({ timeScale: 1 });
		const camera = await RawCamera.attach(pod.state);
		try {
			await fetch(`${pod.http}/power/on`, { method: "POST" });
			const asked = performance.now();
			await fetch(`${pod.http}/power/cycle`, { method: "POST" });
			const answered = performance.now() - asked;
			assert.ok(answered >= 1998 && answered < 5000, `answered after ${answered} ms`);
			await camera.until(() => camera.words.length === 4, "off and on");
			assert.ok(camera.power[3]!.at - asked >= 1998, `on after ${camera.power[3]!.at - asked} ms`);
		}
		finally {
			await camera.close();
			await pod.stop();
		}
	});
});

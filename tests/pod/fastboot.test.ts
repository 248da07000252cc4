/** `POST /fastboot` of a real pod in real time. What its clients know of it: tests/lab/fastboot.test.ts. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { loadFastboot, loadProfile } from "../../host-tools/index.ts";
import { SPL_SIZE, writeDemoImages } from "../../simulator/demo-images.ts";
import { testPod } from "../support/running-pod.ts";

describe("fastboot in real time", () => {
	// The bound of 1.05 is held in virtual time (tests/modules/bootrom). Here a computer that is busy with something else adds its own
	// delays to each of 250 frames, so the figure is printed and the bound only tells a slow pod from a lost one.
	it("when 17,408 + 236,195 bytes go at 115200 baud then it takes little more than their time on the wire and the fixed waits", async () => {
		const pod = await testPod({ camera: "sim", timeScale: 1, flavour: "release" });
		try {
			const { uboot, profile } = writeDemoImages(join(pod.state), 236_195);
			const { blob, spl, uboot: agent } = await loadFastboot(uboot, await loadProfile(profile));
			assert.deepEqual([spl.length, agent.length], [SPL_SIZE, 236_195]);
			await pod.client.powerOn();
			const start = performance.now();
			const answer = await fetch(`${pod.http}/fastboot`, { method: "POST", body: blob });
			const status = answer.status;
			const body = await answer.json() as any;
			const seconds = (performance.now() - start) / 1000;
			assert.deepEqual([status, body.success, body.attempts], [200, true, 1], JSON.stringify(body));
			const wire = (spl.length + agent.length) * 10 / 115200;
			console.log(`      ${seconds.toFixed(2)} s, of which ${wire.toFixed(2)} s are the bytes' own time on the wire; ${(seconds - 2.3).toFixed(2)} s without the fixed waits: ${((seconds - 2.3) / wire).toFixed(3)} times; ${body.resent} frames resent`);
			assert.ok(seconds <= wire * 1.4 + 2 + 0.3, `${seconds} s`);
		}
		finally {
			await pod.stop();
		}
	});
});

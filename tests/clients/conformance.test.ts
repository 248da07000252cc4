/** The conformance suite, which may be pointed at any pod, pointed at a simulated one: `npm run conformance -- URL`. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { loadFastboot, loadProfile } from "../../host-tools/index.ts";
import { writeDemoImages } from "../../simulator/demo-images.ts";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

describe("the HTTP contract of existing Python clients", function () {
	this.timeout(300_000); // the pod may have to be built
	needs("python3", "npm");

	describe("at a pod with a simulated camera", () => {
		let pod: TestPod;

		before(async () => {
			pod = await testPod({ camera: "sim", flavour: "release" });
		});
		after(async () => pod?.stop());

		it("when the conformance suite is run against it then all of it passes", async () => {
			const { uboot, profile } = writeDemoImages(pod.state, 60_000);
			const file = join(pod.state, "fastboot.bin");
			writeFileSync(file, (await loadFastboot(uboot, await loadProfile(profile))).blob);
			const args = ["run", "--silent", "conformance", "--", pod.http, "--bridge", pod.bridge, "--fastboot", file, "--time-scale", "0.2"];
			const { stderr } = await promisify(execFile)("npm", args, { cwd: resolve(import.meta.dirname, "../..") })
				.catch((error: { stderr: string }) => assert.fail(error.stderr));
			assert.match(stderr, /Ran 2[89] tests[^]*\nOK\n$/, stderr); // "OK (skipped=1)" would be a test left out
		});
	});
});

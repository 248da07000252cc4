/** The conformance suite, which may be pointed at any pod, pointed at a simulated one: `npm run conformance -- URL`. */
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadFastboot, loadProfile } from "../../host-tools/index.ts";
import { writeDemoImages } from "../../simulator/demo-images.ts";
import { run, type Result } from "../support/command.ts";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

/** All there are, none of them skipped. */
const ALL = /\nRan 30 tests in [^\n]*\n\nOK\n$/;
const TOKEN = "open sesame";

describe("the HTTP contract of existing Python clients", function () {
	this.timeout(300_000); // the pod may have to be built
	needs("python3", "npm");

	describe("at a pod with a simulated camera", () => {
		let pod: TestPod;
		let fastboot: string;

		beforeEach(async () => {
			pod = await testPod({ camera: "sim", flavour: "release" });
			const { uboot, profile } = writeDemoImages(pod.state, 60_000);
			fastboot = join(pod.state, "fastboot.bin");
			writeFileSync(fastboot, (await loadFastboot(uboot, await loadProfile(profile))).blob);
		});
		afterEach(async () => pod?.stop());

		function conformance(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
			const all = ["run", "--silent", "conformance", "--", pod.http, "--bridge", pod.bridge, "--time-scale", "0.2", ...args];
			return run("npm", all, { env: { ...process.env, RACKPOD_TOKEN: undefined, ...env } });
		}

		it("when the conformance suite is run against it then all of it passes", async () => {
			const { stderr } = await conformance(["--fastboot", fastboot]);
			assert.match(stderr, ALL, stderr);
		});

		it("when the pod has a token then all of it passes with that, and without it nothing is tried", async () => {
			await fetch(`${pod.http}/settings`, { method: "PATCH", body: JSON.stringify({ token: TOKEN }) });
			const { code, stderr } = await conformance([]);
			assert.equal(code, 2);
			assert.match(stderr, /wants its token: --token TEXT, or RACKPOD_TOKEN/);
			assert.match((await conformance(["--fastboot", fastboot], { RACKPOD_TOKEN: TOKEN })).stderr, ALL);
			assert.match((await conformance(["--token", TOKEN, "-k", "Power"])).stderr, /\nRan 4 tests in [^\n]*\n\nOK\n$/);
		});
	});
});

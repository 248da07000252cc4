/** Somebody else's camera: a Python program that knows the board's outside interface and nothing more. */
import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { loadFastboot, loadProfile } from "../../host-tools/index.ts";
import { writeDemoImages } from "../../simulator/demo-images.ts";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

describe("npm start -- --camera none", () => {
	needs("python3");
	let pod: TestPod;
	let camera: ChildProcess;
	let lines: Interface;

	beforeEach(async () => {
		pod = await testPod({ timeScale: 1 });
		camera = spawn("python3", [join(import.meta.dirname, "other-camera.py"), pod.state], { stdio: ["ignore", "pipe", "inherit"] });
		lines = createInterface({ input: camera.stdout! });
		assert.deepEqual(await once(lines, "line"), ["attached"]);
	});

	afterEach(async () => {
		camera.kill();
		await pod.stop();
	});

	it("when a foreign program is the camera then fastboot uploads to it and hears it speak", async () => {
		const uploads: string[] = [];
		lines.on("line", line => uploads.push(line));
		const { uboot, profile } = writeDemoImages(pod.state, 20 * 1024);
		const { blob, spl, uboot: agent } = await loadFastboot(uboot, await loadProfile(profile));
		const result = await pod.client.fastboot(blob);
		assert.equal(result.success, true, JSON.stringify(result));
		assert.deepEqual(uploads, ["04013000 64", "04013000 64", `04010500 ${spl.length}`, `41000000 ${agent.length}`]);
		const log = await (await fetch(`${pod.http}/uart/log`)).text();
		assert.ok(log.endsWith("\r\nhello from the other camera\r\n"), JSON.stringify(log.slice(-80)));
	});
});

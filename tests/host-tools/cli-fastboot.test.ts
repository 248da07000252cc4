/** `rackpod fastboot`: what it prints and logs, and how it ends. */
import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandBench } from "./support/command-bench.ts";
import { pattern } from "./support/dump.ts";

describe("the fastboot command", () => {
	const bench = new CommandBench();
	const { pod, run, lines } = bench;

	it("when fastboot is run then its phases are shown", async () => {
		await pod();
		assert.equal(await run("fastboot", bench.dump.uboot, "--profile", bench.dump.profile, "--json"), 0);
		assert.deepEqual([...new Set(lines().map(({ event }) => event))], ["fastboot-begin", "fastboot", "fastboot-done"]);
	});

	const UBOOT = "U-Boot 2016.11-rackpod-7 (Mar 20 2023 - 13:54:41 +0300)hi3516ev300";
	const bootOf = async (banner: string | null | undefined, file: string, ...args: string[]): Promise<number> => {
		const path = join(bench.dump.folder, "versioned.bin");
		writeFileSync(path, Buffer.concat([pattern(20000, 9), Buffer.from(file)]));
		await pod({ answers: [{ request: "POST /fastboot", status: 200, body: { success: true, last_phase: "done", elapsed_ms: 5, handshake_markers: 5, banner } }] });
		return run("fastboot", path, "--profile", bench.dump.profile, ...args);
	};

	it("when the U-Boot that was sent answers then its version is said", async () => {
		assert.equal(await bootOf(UBOOT, UBOOT), 0);
		assert.match(bench.world.out, /^U-Boot 2016\.11-rackpod-7 \(.*\)hi3516ev300 is running after .* s; talk to it with `rackpod console`\n$/m);
	});

	it("when another U-Boot answers than the one that was sent then the exit code is 5 and both are named", async () => {
		assert.equal(await bootOf("U-Boot 2010.06 (Nov 14 2022 - 19:23:46)", UBOOT), 5);
		assert.ok(bench.world.err.includes(`another U-Boot answered than the one sent: "U-Boot 2010.06 (Nov 14 2022 - 19:23:46)" instead of "${UBOOT}"`), bench.world.err);
		assert.match(bench.world.err, /what is in its flash/);
		assert.ok(!bench.world.out.includes("running"));
	});

	for (const [what, banner, file, doubt] of [
		["the file shows no version", UBOOT, "nothing", /its file shows no version; "U-Boot 2016\.11-rackpod-7/],
		["the camera said none", null, UBOOT, /the camera said no version/],
		["the pod doesn't tell", undefined, UBOOT, /does not say which U-Boot answered: its firmware is older/]
	] as const) {
		it(`when ${what} then it is said that nobody knows which U-Boot answered`, async () => {
			assert.equal(await bootOf(banner, file), 0);
			assert.match(bench.world.out, /^the camera answers after/m);
			assert.match(bench.world.out, doubt);
			bench.world.out = "";
			await bench.fake!.stop();
			assert.equal(await bootOf(banner, file, "--json"), 0);
			assert.match(String(lines().at(-1)!.doubt), doubt);
		});
	}

	it("when fastboot fails then the exit code is 5 and the frame is named", async () => {
		await pod({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "handshake", failed_phase: "handshake", error: "no markers" } }] });
		assert.equal(await run("fastboot", bench.dump.uboot, "--profile", bench.dump.profile), 5);
		assert.match(bench.world.err, /phase handshake: no markers\n.*check the camera's power/);
	});

	it("when profile options contradict each other then it is a usage error", async () => {
		await pod();
		assert.equal(await run("fastboot", bench.dump.uboot, "--profile", bench.dump.profile, "--chip", "x"), 2);
		assert.equal(await run("fastboot", bench.dump.uboot, "--profiles", bench.dump.folder), 2);
		assert.equal(await run("fastboot", bench.dump.uboot, "--profiles", bench.dump.folder, "--chip", "hi3516ev300"), 0);
	});

	it("when a job with a log fails then the log says how", async () => {
		await pod({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "handshake", failed_phase: "handshake", error: "no markers" } }] });
		const log = join(bench.dump.folder, "failed.log");
		assert.equal(await run("fastboot", bench.dump.uboot, "--profile", bench.dump.profile, "--log", log, "--json"), 5);
		assert.match(readFileSync(log, "utf8"), /^\S+ fastboot-[0-9a-f]{8} ends with exit code 5: fastboot failed in phase handshake: no markers$/m);
		const { event, job, pod: name } = lines().at(-1)!;
		assert.deepEqual([event, /^fastboot-/.test(String(job)), name], ["error", true, bench.fake!.host]);
	});
});

/** `rackpod restore` of a pod that others use at the same time. */
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { makeUBoot } from "../../simulator/demo-images.ts";
import {
	assertRestored, assertStopped, camera, eventsOf, holds, labRestores, LARGE_KERNEL, old, pod, restore, slow, staged, start,
	startUntil, untouched
} from "../support/lab/restore.ts";
import { Peer, rackpod, type Result } from "../support/pod-lab.ts";

describe("rackpod restore", function () {
	this.timeout(180_000);
	labRestores();

	describe("when somebody else uses the pod", () => {
		it("then in fastboot they are told that it is busy, and the restore goes on", async () => {
			await start();
			writeFileSync(camera.uboot, makeUBoot(256 * 1024, 1)); // 23 s on the wire
			const running = await startUntil(({ event }) => event === "fastboot", "--no-reset");
			const options = ["--pod", pod.http];
			const answers = await Promise.all([restore(), rackpod("power", "cycle", ...options), rackpod("fastboot", camera.uboot, "--profile", camera.profile, ...options)]);
			assert.equal((await pod.client.fastbootState()).running, true, "it was over before it could be asked");
			for (const answer of answers)
				assertStopped(answer, 4, /fastboot|bringing up the camera[^]*rackpod status/);
			assertRestored(await running.ended);
		});

		it("then one who wants the console is sent away, and from one who takes it it is taken back", async () => {
			await start();
			await slow();
			const running = await startUntil(({ event, step, name }) => event === "step" && step === "load" && name === "kernel.bin");
			const console = (...more: string[]): Promise<Result> => rackpod("console", "--seconds", "1", "--pod", pod.http, ...more);
			assertStopped(await console(), 4, /has had the console for \d+ s[^]*--take/);
			await console("--take");
			await pod.ask("inject latency 0");
			const result = await running.ended;
			assertRestored(result);
			assert.ok(eventsOf(result).some(({ event, text }) => event === "note" && /has taken the console; it is taken back/.test(String(text))));
		});

		it("then one who connects again and again does not end it", async () => {
			await start();
			let over = false;
			const again = async (): Promise<void> => {
				while (!over) {
					const peer = await Peer.connect(pod.bridgePort);
					await peer.untilClosed().catch(() => {});
				}
			};
			void again();
			try {
				assertRestored(await restore());
			}
			finally {
				over = true;
			}
		});

		it("then one who pulls the power in fastboot ends the restore, which says so, and the next one works", async () => {
			await start();
			const running = await startUntil(({ event, sent }) => event === "fastboot" && sent! > 0);
			await pod.client.powerOff();
			assertStopped(await running.ended, 5, /fastboot failed.*switched off.*Nothing was erased/);
			assert.deepEqual(await staged(), []);
			assertRestored(await restore("--no-reset"));
		});

		it("then one who restarts the camera ends the restore, which says so soon", async () => {
			await start();
			await slow();
			const running = await startUntil(({ event, step, name }) => event === "step" && step === "load" && name === "kernel.bin");
			await pod.client.powerCycle();
			assertStopped(await running.ended, 5, /stopped while loading kernel: somebody else has (restarted the camera|switched the camera off)\. Nothing was erased/);
			assert.ok(untouched());
			assert.deepEqual(await staged(), []);
		});

		it("then one who pulls the power at the flash ends the restore, which says so soon, and the next one works", async () => {
			await start({ sizes: LARGE_KERNEL });
			const running = await startUntil(({ event, step, name, percent }) => event === "step" && step === "write" && name === "kernel.bin" && percent! > 0);
			await pod.client.powerOff();
			assertStopped(await running.ended, 5, /stopped while writing kernel: somebody else has switched the camera off\. kernel is erased and not completely written[^]*The boot loader was not touched/);
			assert.ok(holds("rootfs", old) && holds("boot", old));
			assert.deepEqual(await staged(), []);
			assertRestored(await restore());
			assert.equal((await pod.ask("state")).stage, "linux");
		});
	});
});

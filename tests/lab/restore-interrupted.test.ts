/** `rackpod restore` when it is killed or asked to stop, at whatever moment. */
import { strict as assert } from "node:assert";
import {
	assertRestored, assertStopped, camera, eventOf, eventsOf, expected, holds, labRestores, LARGE_KERNEL, old, pod, restore, slow,
	staged, start, startUntil, untouched, type Event
} from "../support/lab/restore.ts";
import { pause, until } from "../support/pod-lab.ts";

describe("rackpod restore", function () {
	this.timeout(180_000);
	labRestores();

	/** Signals that come closer together are one Ctrl-C. */
	const distinct = (): Promise<void> => pause(1200);

	describe("when it is killed", () => {
		const moments: Record<string, (event: Event) => boolean> = {
			"in fastboot": ({ event, sent }) => event === "fastboot" && sent! > 0,
			"while staging": ({ event, name }) => event === "staging" && name === "rootfs.bin",
			"while the camera loads": ({ event, step, name }) => event === "step" && step === "load" && name === "kernel.bin",
			"while the flash is erased": ({ event, step, name }) => event === "step" && step === "erase" && name === "kernel.bin",
			"while the flash is written": ({ event, step, name, percent }) => event === "step" && step === "write" && name === "rootfs.bin" && percent! > 0,
			"while the boot loader is written": ({ event, step, name }) => event === "step" && step === "write" && name === "boot.bin"
		};
		for (const [when, moment] of Object.entries(moments)) {
			it(`${when} then a second run succeeds with no help`, async () => {
				await start();
				await slow();
				const first = await startUntil(moment);
				first.child.kill("SIGKILL");
				assert.equal((await first.ended).signal, "SIGKILL");
				await pod.ask("inject latency 0");
				assertRestored(await restore("--no-reset"));
				assert.deepEqual(await staged(), []);
			});
		}
	});

	describe("when Ctrl-C comes", () => {
		for (const [where, moment, message] of [
			["in fastboot", ({ event, sent }) => event === "fastboot" && sent! > 0, /stopped while bringing U-Boot up.*Nothing was erased/],
			["while the camera loads", ({ event, step, name }) => event === "step" && step === "load" && name === "kernel.bin", /stopped while loading kernel: interrupted\. Nothing was erased/]
		] as [string, (event: Event) => boolean, RegExp][]) {
			it(`${where} then nothing was erased, nothing stays staged, exit 130`, async () => {
				await start();
				await slow();
				const running = await startUntil(moment);
				running.child.kill("SIGINT");
				assertStopped(await running.ended, 130, message);
				assert.ok(untouched());
				assert.deepEqual(await staged(), []);
				assert.equal((await pod.client.fastbootState()).running, false);
			});
		}

		for (const [step, signal] of [["erase", "SIGINT"], ["write", "SIGHUP"]] as const) {
			it(`as ${signal} at ${step} then the partition is finished first, and what is said of the flash is true`, async () => {
				await start({ sizes: LARGE_KERNEL });
				const running = await startUntil(event => event.event === "step" && event.step === step && event.name === "kernel.bin");
				running.child.kill(signal);
				const result = await running.ended;
				assertStopped(result, 130, /stopped while going on to rootfs: interrupted\. kernel is written and verified\. Not yet written: rootfs, boot\. The flash is a mixture of old and new\. The boot loader was not touched\./);
				assert.ok(eventsOf(result).some(({ event }) => event === "finishing"));
				const last = eventsOf(result).at(-1)!;
				assert.deepEqual([last.event, last.exit, last.kind], ["error", 130, "interrupted"]);
				assert.ok(holds("kernel", camera.flash));
				assert.ok(holds("rootfs", old) && holds("boot", old));
				assert.deepEqual(await staged(), []);
			});
		}

		it("while the boot loader is written then it is finished first, and nothing is missing but what was not given", async () => {
			await start();
			const running = await startUntil(({ event, step, name }) => event === "step" && step === "write" && name === "boot.bin");
			running.child.kill("SIGTERM");
			assertStopped(await running.ended, 130, /kernel, rootfs, boot are written and verified\. Not touched, since nothing was given for it: 0x20000 to /);
			assert.ok(pod.nor().equals(expected()));
			assert.deepEqual(await staged(), []);
		});

		it("three times between erase and write then it warns once, ends at once and says what is broken", async () => {
			await start({ sizes: LARGE_KERNEL });
			const running = await startUntil(({ step, name, percent }) => step === "erase" && name === "kernel.bin" && percent !== undefined);
			await pod.ask("inject hang");
			running.child.kill("SIGINT");
			await running.line(line => eventOf(line).event === "finishing");
			await distinct();
			running.child.kill("SIGINT");
			await until("it has warned", async () => /Ctrl-C once more/.test(running.stderr));
			await distinct();
			running.child.kill("SIGINT");
			assertStopped(await running.ended, 130, /kernel is erased and not completely written[^]*Ctrl-C once more[^]*stopped at once\. kernel is erased and not completely written/);
			assertRestored(await restore("--no-reset"));
		});
	});
});

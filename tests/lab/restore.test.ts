/** `rackpod restore` on the firmware and the simulated camera: when all goes well, when the camera fails, and with wrong inputs. */
import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAYOUT, writeDemoImages } from "../../simulator/demo-images.ts";
import { loadLayout } from "../../host-tools/index.ts";
import {
	assertRestored, assertStopped, camera, eventsOf, expected, folder, labRestores, LARGE_KERNEL, pod, restore, staged, start,
	startUntil, untouched
} from "../support/lab/restore.ts";
import { rackpod, until } from "../support/pod-lab.ts";
import { NOR_SIZE } from "../support/small-camera.ts";

describe("rackpod restore", function () {
	this.timeout(180_000);
	labRestores();

	describe("on a camera with 7,664 KiB of firmware", () => {
		it("when the flash is blank then it holds the dump, the camera reaches its login and nothing stays staged", async () => {
			await start({ blank: true });
			const { dump, uboot, profile } = writeDemoImages(folder, 20 * 1024);
			const result = await rackpod("restore", dump, "--uboot", uboot, "--profile", profile, "--pod", pod.http);
			assert.equal(result.code, 0, result.stderr);
			const flash = Buffer.alloc(NOR_SIZE, 0xff);
			for (const { path, offset } of await loadLayout(dump))
				flash.set(readFileSync(path), offset);
			assert.ok(pod.nor().equals(flash));
			assert.equal((await pod.ask("state")).stage, "linux");
			assert.deepEqual(await staged(), []);
			assert.equal((await pod.client.files()).psram_free_bytes, 8126464);
			for (const { file } of LAYOUT)
				assert.match(result.stdout, new RegExp(`^staged ${file}`, "m"));
			assert.equal(result.stderr, "");
		});
	});

	describe("when all goes well", () => {
		it("then --json tells the whole story in events that parse", async () => {
			await start();
			const result = await restore("--json");
			assertRestored(result);
			assert.equal(result.stderr, "");
			const events = eventsOf(result);
			const names = events.map(({ event }) => event);
			assert.equal(names[0], "plan");
			assert.equal(names.at(-1), "done");
			const { pieces, total } = events[0] as unknown as { pieces: { partition: string; offset: number; length: number }[]; total: number };
			assert.deepEqual(pieces.map(({ partition }) => partition), ["env", "kernel", "rootfs", "boot"]);
			assert.equal(total, camera.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0));
			for (const name of ["fastboot", "fastboot-done", "staging", "staged", "prompt", "step", "step-done", "piece-done", "reset", "started"])
				assert.ok(names.includes(name), `no event ${name}`);
			for (const { file, name } of camera.pieces) {
				const steps = events.filter(event => event.event === "step-done" && event.name === file).map(({ step }) => step);
				// A difference is read twice before it is believed.
				const work = name === "env" ? ["compare"] : ["compare", "compare", "load", "check", "erase", "write", "verify"];
				assert.deepEqual(steps, [...work, ...name === "boot" ? [] : ["recheck"]], file);
			}
			assert.deepEqual(events.filter(({ event }) => event === "piece-done").map(({ partition, state }) => `${partition} ${state}`), ["env equal", "kernel verified", "rootfs verified", "boot verified"]);
			const { written, equal } = events.at(-1)!;
			assert.deepEqual([written, equal], [3, 1]);
			assert.deepEqual(await staged(), []);
		});

		it("then a second run finds everything right, erases nothing and restarts the camera", async () => {
			await start({ blank: true });
			assertRestored(await restore("--no-reset"));
			const again = await restore("--json");
			assertRestored(again);
			assert.ok(!eventsOf(again).some(({ step }) => step === "erase" || step === "write"));
			assert.equal((await pod.ask("state")).stage, "linux");
		});

		for (const flavour of ["2010.06", "xm"]) {
			it(`then it goes as well on a camera with U-Boot ${flavour}`, async () => {
				await start({ arguments: ["--uboot", flavour] });
				assertRestored(await restore());
				assert.equal((await pod.ask("state")).stage, "linux");
				assert.deepEqual(await staged(), []);
			});
		}

		it("then a dump larger than the pod's room goes through it in rounds", async () => {
			await start({ sizes: { kernel: 1_300_000, rootfs: 700_000 }, options: { psram: 1280 * 1024 } });
			assertRestored(await restore());
			assert.deepEqual(await staged(), []);
		});

		it("then one packet in a hundred may be lost between pod and camera", async () => {
			await start({ arguments: ["--loss", "0.01"] });
			assertRestored(await restore());
		});

		it("then what somebody else has staged stays, as long as there is room", async () => {
			await start();
			await pod.client.stage("kept", Buffer.from("123456789"));
			assertRestored(await restore("--no-reset"));
			assert.deepEqual(await staged(), ["kept"]);
		});
	});

	describe("when the camera fails", () => {
		it("because its network cable is out then the load is tried again, nothing is erased, exit 5", async () => {
			await start();
			await pod.ask("inject network off");
			const result = await restore("--tries", "2", "--json");
			assertStopped(result, 5, /in 2 tries[^]*Nothing was erased[^]*address, mask and gateway[^]*cable/);
			assert.equal(eventsOf(result).filter(({ event }) => event === "retry").length, 1);
			assert.ok(untouched());
			assert.deepEqual(await staged(), []);
		});

		for (const [when, question, message] of [
			["its network cable is pulled", "inject network off", /while loading kernel[^]*in 1 try\. Nothing was erased[^]*cable/],
			["it falls silent for good", "inject mute on", /fastboot failed in phase handshake/]
		] as const)
			it(`in the middle of a dump that goes through the pod in rounds, because ${when}, then it ends and says so, and nothing stays staged`, async () => {
				await start({ sizes: { kernel: 1_300_000, rootfs: 700_000 }, options: { psram: 1280 * 1024 } });
				const running = await startUntil(({ event, name }) => event === "staged" && name?.startsWith("kernel") === true, "--tries", "1");
				await until("the first round is loaded", () => /"step":"load"/.test(running.stdout));
				await pod.ask(question);
				const result = await running.ended;
				assertStopped(result, 5, message);
				assert.deepEqual(await staged(), []);
			});

		it("because it has no firmware that starts then the login is missed, and the flash is complete", async () => {
			await start();
			camera.pieces[2]!.bytes.set([0, 0, 0, 0]);
			writeFileSync(join(camera.dump, "kernel.bin"), camera.pieces[2]!.bytes);
			const result = await restore("--expect-timeout", "5");
			assertStopped(result, 5, /the camera does not start: "Wrong Image Format[^]*written and verified/);
			assert.ok(pod.nor().equals(expected()));
		});

		it("because it is silent then fastboot says which phase failed, nothing is erased, exit 5", async () => {
			await start({ options: { settings: { console_timeout: "2" } } });
			await pod.ask("inject mute on");
			assertStopped(await restore(), 5, /fastboot failed in phase handshake[^]*Nothing was erased[^]*power and serial wires/);
			assert.ok(untouched());
		});
	});

	describe("when an input is wrong", () => {
		const wrong = async (message: RegExp, ...args: string[]): Promise<void> => {
			const result = await rackpod("restore", ...args, "--pod", pod.http);
			assertStopped(result, 2, message);
			assert.match(result.stderr, /\n {9}\S/, "there is no advice");
			assert.equal(result.stdout, "");
			assert.ok(untouched());
		};

		it("then it says which, what to do, and has touched nothing", async () => {
			await start();
			const common = ["--uboot", camera.uboot, "--profile", camera.profile];
			const file = (name: string, content: string | Uint8Array): string => {
				writeFileSync(join(folder, name), content);
				return join(folder, name);
			};
			mkdirSync(join(folder, "empty"));
			await wrong(/nowhere can't be read/, join(folder, "nowhere"), ...common);
			await wrong(/holds neither mtd\* files nor boot/, join(folder, "empty"), ...common);
			await wrong(/places of .*are not known/, camera.dump, ...common);
			await wrong(/no-u-boot.bin can't be read/, camera.dump, "--layout", "nor16m", "--uboot", join(folder, "no-u-boot.bin"), "--profile", camera.profile);
			await wrong(/has only 100 bytes/, camera.dump, "--layout", "nor16m", "--uboot", file("short.bin", new Uint8Array(100)), "--profile", camera.profile);
			await wrong(/no-profile.json can't be read/, camera.dump, "--layout", "nor16m", "--uboot", camera.uboot, "--profile", join(folder, "no-profile.json"));
			await wrong(/neither JSON nor/, camera.dump, "--layout", "nor16m", "--uboot", camera.uboot, "--profile", file("profile.txt", "{"));
			await wrong(/ADDRESS/, camera.dump, "--layout", "nor16m", "--uboot", camera.uboot, "--profile", file("other.json", "{}"));
			await wrong(/not clear which SoC profile/, camera.dump, "--layout", "nor16m", "--uboot", camera.uboot);
			await wrong(/behind the end of the camera's/, camera.dump, "--layout", "nor16m", ...common, "--flash-size", "2M");
			await wrong(/no partition nothing/, camera.dump, "--layout", "nor16m", ...common, "--only", "nothing");
			const { power } = await pod.client.status() as unknown as { power: { camera_on: boolean } };
			assert.equal(power.camera_on, false, "the camera was switched on");
		});

		it("then a dump larger than the flash that U-Boot sees is refused before anything is erased", async () => {
			await start({ blank: true, arguments: ["--nor-size", "4M"] });
			truncateSync(join(camera.dump, "rootfs.bin"), 1_000_000);
			const result = await restore();
			assertStopped(result, 2, /rootfs ends at .*behind the end of the camera's 4096 KB flash\. Nothing was erased/);
			assert.ok(pod.nor().every(byte => byte === 0xff));
			assert.deepEqual(await staged(), []);
		});

		it("then a profile for another chip fails in fastboot, with advice, and nothing is erased", async () => {
			await start();
			const profile = JSON.parse(readFileSync(camera.profile, "utf8")) as { ADDRESS: string[] };
			profile.ADDRESS[1] = "0x04017F00";
			writeFileSync(camera.profile, JSON.stringify(profile));
			assertStopped(await restore(), 5, /fastboot failed in phase[^]*profile is probably for another chip|DDR settings/);
			assert.ok(untouched());
			assert.deepEqual(await staged(), []);
		});
	});

	it("when the pod is not there then it says so and exits with 3", async () => {
		await start();
		await pod.stop();
		assertStopped(await restore(), 3, /stopped while asking the pod[^]*Nothing was erased[^]*check the pod's address/);
	});

	it("when the pod goes away in the middle then it says so and what the flash is", async () => {
		await start({ sizes: LARGE_KERNEL });
		const running = await startUntil(({ step, name, percent }) => step === "erase" && name === "kernel.bin" && percent !== undefined);
		pod.lab.powerOff();
		assertStopped(await running.ended, 3, /kernel is erased and not completely written[^]*Run the same restore again/);
	});
});

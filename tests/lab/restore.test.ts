/** `rackpod restore` on the firmware and the simulated camera, with everything that happens in a lab. */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LAYOUT, makeUBoot, writeDemoImages } from "../../simulator/demo-images.ts";
import { loadLayout } from "../../host-tools/index.ts";
import { endAll, pause, Peer, rackpod, startRackpod, testPod, until, type Result, type Running, type TestPod, type TestPodOptions } from "../support/pod-lab.ts";
import { NOR_SIZE, restored, restoreWords, smallCamera, type SmallCamera } from "../support/small-camera.ts";

/** One that is erased and written for seconds. */
const LARGE_KERNEL = { kernel: 2 * 1024 * 1024 };

interface Event {
	event: string;
	name?: string;
	step?: string;
	phase?: string;
	sent?: number;
	percent?: number;
	[field: string]: unknown;
}

describe("rackpod restore", function () {
	this.timeout(180_000);
	let folder: string;
	let pod: TestPod;
	let camera: SmallCamera;
	/** What was in the flash before. */
	let old: Buffer;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-restore-"));
		camera = smallCamera(folder, 1);
	});

	afterEach(async () => {
		endAll();
		await pod?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	interface Start {
		blank?: boolean;
		options?: TestPodOptions;
		arguments?: string[];
	}

	/** A pod with a camera whose flash holds another firmware, or nothing. */
	async function start({ blank = false, options = {}, arguments: more = [] }: Start = {}): Promise<void> {
		old = blank ? Buffer.alloc(NOR_SIZE, 0xff) : smallCamera(folder, 50).flash;
		camera = smallCamera(folder, 1);
		pod = await testPod({ camera: "sim", nor: old, cameraArguments: more, ...options });
	}

	const words = (...more: string[]): string[] => restoreWords(camera, pod, ...more);
	const restore = (...more: string[]): Promise<Result> => rackpod(...words(...more));
	const staged = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);
	const eventOf = (line: string): Event => JSON.parse(line) as Event;
	const eventsOf = ({ stdout }: Result): Event[] => stdout.trimEnd().split("\n").map(eventOf);
	/** Starts one and waits until it says something for which `wanted` holds. */
	async function startUntil(wanted: (event: Event) => boolean, ...more: string[]): Promise<Running> {
		const running = startRackpod(...words("--json", ...more));
		await running.line(line => wanted(eventOf(line)));
		return running;
	}
	const holds = (name: string, flash: Buffer): boolean => {
		const { offset, bytes } = camera.pieces.find(piece => piece.name === name)!;
		return pod.nor().subarray(offset, offset + bytes.length).equals(flash.subarray(offset, offset + bytes.length));
	};
	const expected = (): Buffer => restored(camera, old);
	const assertRestored = ({ code, stdout, stderr }: Result): void => {
		assert.equal(code, 0, `${stdout}\n${stderr}\n${pod.log.join("\n")}`);
		assert.ok(pod.nor().equals(expected()), "the flash differs from the dump");
	};
	/** Nothing but the exit code, the texts and the world may say that it went wrong. */
	const assertStopped = (result: Result, code: number, message: RegExp): void => {
		assert.equal(result.code, code, `${result.stdout}\n${result.stderr}`);
		assert.match(result.stderr, message);
	};
	/** Makes each load last for seconds. */
	const slow = (): Promise<unknown> => pod.ask("inject latency 50");
	/** Signals that come closer together are one Ctrl-C. */
	const distinct = (): Promise<void> => pause(1200);
	const untouched = (): boolean => pod.nor().equals(old);

	describe("on a camera with 7,664 KiB of firmware", () => {
		it("when the flash is blank then it holds the dump, the camera reaches its login and nothing stays staged", async () => {
			const { dump, uboot, profile } = writeDemoImages(folder, 20 * 1024);
			pod = await testPod({ camera: "sim" });
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
			await start({ options: { psram: 1280 * 1024 } });
			camera = smallCamera(folder, 1, { kernel: 1_300_000, rootfs: 700_000 });
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
				await start();
				camera = smallCamera(folder, 1, LARGE_KERNEL);
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
			await start();
			camera = smallCamera(folder, 1, LARGE_KERNEL);
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
			await start();
			camera = smallCamera(folder, 1, LARGE_KERNEL);
			const running = await startUntil(({ event, step, name, percent }) => event === "step" && step === "write" && name === "kernel.bin" && percent! > 0);
			await pod.client.powerOff();
			assertStopped(await running.ended, 5, /stopped while writing kernel: somebody else has switched the camera off\. kernel is erased and not completely written[^]*The boot loader was not touched/);
			assert.ok(holds("rootfs", old) && holds("boot", old));
			assert.deepEqual(await staged(), []);
			assertRestored(await restore());
			assert.equal((await pod.ask("state")).stage, "linux");
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
				await start({ options: { psram: 1280 * 1024 } });
				camera = smallCamera(folder, 1, { kernel: 1_300_000, rootfs: 700_000 });
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
			truncateSync(join(camera.dump, "rootfs.bin"), 1_000_000);
			pod = await testPod({ camera: "sim", cameraArguments: ["--nor-size", "4M"] });
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
		await start();
		camera = smallCamera(folder, 1, LARGE_KERNEL);
		const running = await startUntil(({ step, name, percent }) => step === "erase" && name === "kernel.bin" && percent !== undefined);
		pod.lab.powerOff();
		assertStopped(await running.ended, 3, /kernel is erased and not completely written[^]*Run the same restore again/);
	});
});

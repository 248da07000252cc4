/**
 * `rackpod restore` as people run it: real processes, sockets and signals, one of each kind. Everything else that happens in a lab:
 * tests/lab/restore*.test.ts.
 */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LAYOUT, writeDemoImages } from "../../simulator/demo-images.ts";
import { loadLayout } from "../../host-tools/index.ts";
import { endAll, rackpod, startRackpod, type Result, type Running } from "../support/command.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";
import { NOR_SIZE, readFlash, restored, restoreWords, smallCamera, type SmallCamera } from "../support/small-camera.ts";

/** Faster than life, yet slow enough that a busy machine is in time for the boot ROM's 150 ms. */
const SCALE = 0.3;

interface Event {
	event: string;
	name?: string;
	step?: string;
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
	});

	afterEach(async () => {
		endAll();
		await pod?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	/** A pod with a camera whose flash holds another firmware. */
	async function start(): Promise<void> {
		const state = join(folder, "state");
		mkdirSync(state);
		old = smallCamera(folder, 50).flash;
		camera = smallCamera(folder, 1);
		writeFileSync(join(state, "nor.bin"), old);
		// autoboot counts down for long, so that a busy machine is in time to stop it
		pod = await testPod({ camera: "sim", state, timeScale: SCALE, cameraArguments: ["--bootdelay", "5", "--linux-time", "1000"] });
	}

	const words = (...more: string[]): string[] => restoreWords(camera, pod, ...more);
	const restore = (...more: string[]): Promise<Result> => rackpod(...words(...more));
	const staged = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);
	/** Starts one and waits until it says something for which `wanted` holds. */
	async function startUntil(wanted: (event: Event) => boolean): Promise<Running> {
		const running = startRackpod(...words("--json"));
		await running.line(line => wanted(JSON.parse(line) as Event));
		return running;
	}
	const expected = (): Buffer => restored(camera, old);

	it("when a camera with 7,664 KiB of firmware has a blank flash then it holds the dump, the camera reaches its login and nothing stays staged", async () => {
		const { dump, uboot, profile } = writeDemoImages(folder, 20 * 1024);
		pod = await testPod({ camera: "sim", cameraArguments: ["--bootdelay", "5"] });
		const result = await rackpod("restore", dump, "--uboot", uboot, "--profile", profile, "--pod", pod.http);
		assert.equal(result.code, 0, result.stderr);
		const flash = Buffer.alloc(NOR_SIZE, 0xff);
		for (const { path, offset } of await loadLayout(dump))
			flash.set(readFileSync(path), offset);
		assert.ok(readFlash(pod.state).equals(flash));
		assert.equal((await pod.ask("state")).stage, "linux");
		assert.deepEqual(await staged(), []);
		assert.equal((await pod.client.files()).psram_free_bytes, 8126464);
		for (const { file } of LAYOUT)
			assert.match(result.stdout, new RegExp(`^staged ${file}`, "m"));
		assert.equal(result.stderr, "");
	});

	it("when it is killed while the flash is erased then a second run succeeds with no help", async () => {
		await start();
		const first = await startUntil(({ event, step, name }) => event === "step" && step === "erase" && name === "kernel.bin");
		first.child.kill("SIGKILL");
		assert.equal((await first.ended).signal, "SIGKILL");
		assert.equal((await restore("--no-reset")).code, 0);
		assert.ok(readFlash(pod.state).equals(expected()));
		assert.deepEqual(await staged(), []);
	});

	it("when Ctrl-C comes at write then the partition is finished first, and what is said of the flash is true", async () => {
		await start();
		const running = await startUntil(({ event, step, name }) => event === "step" && step === "write" && name === "kernel.bin");
		running.child.kill("SIGINT");
		const { code, stderr } = await running.ended;
		assert.equal(code, 130, stderr);
		assert.match(stderr, /kernel is written and verified\. Not yet written: rootfs, boot\./);
		assert.deepEqual(await staged(), []);
	});

	it("when nobody reads its output any more then it finishes the job", async () => {
		await start();
		const running = await startUntil(({ event, step, name }) => event === "step" && step === "erase" && name === "kernel.bin");
		running.child.stdout!.destroy();
		running.child.stderr!.destroy();
		const { code } = await running.ended;
		assert.equal(code, 0);
		assert.ok(readFlash(pod.state).equals(expected()));
		assert.deepEqual(await staged(), []);
	});
});

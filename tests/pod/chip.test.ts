/**
 * What outlives a real pod's process: settings, firmware slots and the supply's latch through restarts and cuts of the power, by the
 * simulator's files. The whole of it, cut by cut: tests/lab/settings.test.ts and tests/lab/firmware.test.ts.
 */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIZE as FLASH } from "../../simulator/chip-flash.ts";
import { ask, podOn, supply } from "../support/chip.ts";
import { firmwareImage } from "../support/firmware-image.ts";
import { until, type TestPod } from "../support/running-pod.ts";

const SIZE = 3 * 4096 - 100;
/** The second slot is the flash's end. */
const SLOT = 0x400000;

describe("what outlives the firmware", () => {
	let state: string;
	let pod: TestPod | undefined;

	beforeEach(() => {
		state = mkdtempSync(join(tmpdir(), "rackpod-chip-"));
	});

	afterEach(async () => {
		await pod?.stop();
		pod = undefined;
		rmSync(state, { recursive: true, force: true });
	});

	const start = async (cut?: string): Promise<TestPod> => {
		await pod?.stop();
		return pod = await podOn(state, cut);
	};
	const restarted = (before: number): Promise<void> => until("the pod is back", async () => {
		try {
			return (await ask(pod!, "/status")).body.firmware.reset === "restart" && pod!.pid !== before;
		}
		catch {
			return false;
		}
	});

	it("when a pod restarts, and loses its power, then its settings stay, and the supply as long as there is power", async () => {
		await start();
		assert.equal((await ask(pod!, "/settings", { method: "PATCH", body: "{\"name\":\"rack-7\"}" })).status, 200);
		await ask(pod!, "/power/on", { method: "POST" });
		const before = pod!.pid;
		assert.deepEqual((await ask(pod!, "/restart", { method: "POST" })).body, { restarting: true });
		await restarted(before);
		assert.deepEqual([(await ask(pod!, "/status")).body.name, await supply(pod!)], ["rack-7", "on"]);
		await start();
		assert.deepEqual([(await ask(pod!, "/status")).body.name, await supply(pod!)], ["rack-7", "off"]);
	});

	it("when the power is cut in the middle of a change then the old settings are there", async () => {
		await start();
		await ask(pod!, "/settings", { method: "PATCH", body: "{\"name\":\"old\"}" });
		await start("0:1:0.5");
		await assert.rejects(ask(pod!, "/settings", { method: "PATCH", body: "{\"name\":\"new\"}" }));
		assert.match(await pod!.ended, /power cut/);
		await start();
		assert.equal((await ask(pod!, "/status")).body.name, "old");
	});

	it("when an image is sent then it is in the idle slot, and boots", async () => {
		await start();
		const image = firmwareImage(SIZE);
		const before = pod!.pid;
		assert.equal((await ask(pod!, "/firmware", { method: "POST", body: image })).status, 200);
		await restarted(before);
		const { slot, pending } = (await ask(pod!, "/firmware")).body;
		assert.deepEqual([slot, pending], ["ota_1", false]);
		assert.ok(readFileSync(join(state, "flash")).subarray(FLASH - SLOT).subarray(0, SIZE).equals(image));
	});
});

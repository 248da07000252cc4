/** The client library's calls on a whole pod: those that the `rackpod` command doesn't make, for programs that import it. */
import { strict as assert } from "node:assert";
import { bootImages, crcOf, fastbootBlob, parseProfile, RackPod } from "../../host-tools/index.ts";
import { makeUBoot, PROFILE } from "../../simulator/demo-images.ts";
import { pause, testPod, until, type TestPod } from "../support/pod-lab.ts";

describe("the client library", function () {
	this.timeout(120_000);
	let pod: TestPod;
	let client: RackPod;

	before(async () => {
		pod = await testPod({ camera: "sim", cameraArguments: ["--bootdelay", "1"] });
		client = pod.client;
	});

	after(async () => pod.stop());

	it("when a file is staged then it can be described without its bytes, and what is not there is undefined", async () => {
		const bytes = Buffer.from("123456789");
		await client.stage("described", bytes, { crc32: crcOf(bytes) });
		assert.deepEqual(await client.describe("described"), { name: "described", size: 9, crc32: "cbf43926" });
		assert.equal(await client.describe("nothing"), undefined);
		await client.remove("described");
	});

	it("when an upload is given up with all of its bytes on their way then it doesn't become a file afterwards", async () => {
		const stop = new AbortController();
		const job = client.stage("late", new Uint8Array(65_536), { signal: stop.signal, onProgress: (sent, total) => sent === total && stop.abort() });
		await assert.rejects(job, { code: "aborted" });
		await pause(1000);
		assert.deepEqual((await client.files()).files, []);
	});

	it("when a slot is armed then it is listed with its room, and the CRC-32 of nothing", async () => {
		await client.arm("backup", 70_000);
		const { name, size, crc32, armed_size, received } = (await client.files()).files[0]!;
		assert.deepEqual({ name, size, crc32, armed_size, received }, { name: "backup", size: 0, crc32: "00000000", armed_size: 70_000, received: 0 });
		await client.remove("backup");
	});

	it("when the rate is set then the line has it, and a rate it can't have is refused", async () => {
		await client.setBaud(921600);
		assert.deepEqual(await client.uart().then(({ baud, owner, bridge }) => ({ baud, owner, client: bridge?.client })), { baud: 921600, owner: null, client: null });
		await assert.rejects(client.setBaud(1), { code: "bad_number" });
		await client.setBaud(115200);
	});

	it("when a fastboot is ended then it fails and none runs; without one it is harmless", async () => {
		await client.cancelFastboot();
		await pod.ask("inject mute on");
		const profile = parseProfile(JSON.stringify(PROFILE), "profile.json");
		const blob = fastbootBlob(profile, bootImages(makeUBoot(20 * 1024, 1), profile));
		const job = client.fastboot(blob).catch((error: unknown) => error);
		await until("it runs", async () => (await client.fastbootState()).running);
		await client.cancelFastboot();
		assert.notEqual((await job as { success?: boolean }).success, true);
		assert.equal((await client.fastbootState()).running, false);
	});
});

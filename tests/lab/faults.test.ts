/** A pod whose surroundings fail: its flash, its network stack, the camera's wire, and clients that are gone without a word. */
import { strict as assert } from "node:assert";
import { bootImages, fastbootBlob, parseProfile } from "../../host-tools/index.ts";
import { filled } from "../../simulator/random.ts";
import { makeUBoot, PROFILE } from "../../simulator/demo-images.ts";
import { firmwareImage } from "../support/firmware-image.ts";
import { ask, CAMERA, CAMERA_SIDE, now, pause, Peer, RawCamera, testPod, until, type TestPod } from "../support/pod-lab.ts";

const TOTAL = 8_126_464;

describe("a pod whose surroundings fail", function () {
	this.timeout(120_000);
	let pod: TestPod;

	afterEach(() => pod.stop());

	const defects = async (): Promise<number> => (await ask(pod, "/status")).body.faults.count;
	const free = async (): Promise<number> => (await pod.client.files()).psram_free_bytes;

	it("when flash refuses new settings then that is answered, the old ones stay, and the next try stores them", async () => {
		pod = await testPod({ settings: { file_idle: "100" } });
		const patch = (body: object): ReturnType<typeof ask> => ask(pod, "/settings", { method: "PATCH", body: JSON.stringify(body) });
		const shown = async (): Promise<unknown[]> => {
			const { settings } = (await ask(pod, "/settings")).body;
			return [settings.name, settings.file_idle];
		};
		assert.equal((await patch({ name: "first", file_idle: 200 })).status, 200);
		const { flash } = pod.lab;
		for (let operation = 1; operation <= 2; operation++) {
			flash.failAt = flash.operations + operation;
			const { status, body } = await patch({ name: "second", file_idle: 300 });
			assert.deepEqual([status, body.error], [500, "settings_not_stored"], `operation ${operation}`);
			assert.deepEqual(await shown(), ["first", 200], `operation ${operation}`);
		}
		flash.failAt = 0;
		pod.lab.restart();
		await until("it is back", () => pod.lab.endpoints !== undefined);
		assert.deepEqual(await shown(), ["first", 200], "after a restart");
		assert.equal((await patch({ name: "second", file_idle: 300 })).status, 200);
		pod.lab.restart();
		await until("it is back", () => pod.lab.endpoints !== undefined);
		assert.deepEqual(await shown(), ["second", 300]);
		assert.equal(await defects(), 0);
	});

	it("when flash refuses a part of new firmware then that is answered, and the pod goes on with the old one", async () => {
		pod = await testPod();
		const before = (await ask(pod, "/status")).body.firmware;
		const { flash } = pod.lab;
		flash.failAt = flash.operations + 2;
		const { status, body } = await ask(pod, "/firmware", { method: "PUT", body: firmwareImage(20_000) });
		assert.deepEqual([status, body.error], [500, "update_flash"]);
		flash.failAt = 0;
		const after = (await ask(pod, "/status")).body.firmware;
		assert.deepEqual([after.version, after.slot, pod.starts], [before.version, before.slot, 0]);
	});

	it("when there is no memory for sockets then clients are closed without harm, and served when there is", async () => {
		pod = await testPod();
		const camera = new RawCamera(pod.lab);
		await pod.client.stage("kept", filled(1000, 1));
		pod.lab.tcp.broken = true;
		for (const port of [pod.httpPort, pod.bridgePort, pod.rfc2217Port]) {
			const peer = await Peer.connect(port);
			peer.send("GET /status HTTP/1.1\r\nHost: pod\r\n\r\n");
			await peer.untilClosed();
			assert.equal(peer.text, "", String(port));
		}
		await camera.say("hello");
		pod.lab.tcp.broken = false;
		assert.equal(Buffer.from((await pod.client.uartLog()).bytes).toString(), "hello");
		const peer = await Peer.connect(pod.bridgePort);
		peer.send("alive");
		await camera.until(() => camera.text === "alive", "input");
		assert.deepEqual([(await pod.client.files()).files.map(({ name }) => name), pod.starts], [["kept"], 0]);
	});

	it("when the camera's wire loses every tenth datagram then a fastboot succeeds and U-Boot loads a file, whole", async () => {
		const image = makeUBoot(20 * 1024, 1);
		pod = await testPod({ camera: "sim", nor: image, cameraArguments: ["--bootdelay", "1"], seed: 3 });
		pod.lab.udp.path(CAMERA, CAMERA_SIDE, { loss: 0.1 });
		pod.lab.udp.path(CAMERA_SIDE, CAMERA, { loss: 0.1 });
		const profile = parseProfile(JSON.stringify(PROFILE), "profile.json");
		const result = await pod.client.fastboot(fastbootBlob(profile, bootImages(image, profile)));
		assert.equal(result.success, true);
		const file = filled(100_000, 2);
		await pod.client.stage("uImage", file);
		const said = async (): Promise<string> => Buffer.from((await pod.client.uartLog()).bytes).toString("latin1");
		await until("it is at its prompt", async () => (await said()).endsWith("OpenIPC # "));
		const peer = await Peer.connect(pod.bridgePort);
		peer.send(`setenv serverip ${CAMERA_SIDE}; tftp 0x42000000 uImage; crc32 0x42000000 186a0\r`);
		await peer.until(text => /==> [0-9a-f]{8}/.test(text), "the checksum");
		assert.ok(pod.lab.udp.lost > 0, "nothing was lost");
		assert.match(peer.text, new RegExp(`==> ${(await pod.client.files()).files[0]!.crc32}`));
		assert.equal(await defects(), 0);
	});

	it("when a client vanishes in the middle of an upload then its room is free after a while, and not before", async () => {
		pod = await testPod();
		const peer = await Peer.connect(pod.httpPort);
		peer.send("PUT /tftp/file HTTP/1.1\r\nHost: pod\r\nContent-Length: 1000000\r\n\r\n");
		peer.send(filled(500_000, 1));
		await until("half of it is there", async () => await free() <= TOTAL - 500_000);
		peer.vanish();
		const start = now();
		await pause(5_000);
		assert.ok(await free() < TOTAL, "who is silent for a moment may go on");
		for (; await free() < TOTAL; await pause(500))
			assert.ok(now() - start < 60_000, "it isn't free after a minute");
		await pod.client.stage("file", filled(1_000_000, 2));
		assert.equal(await defects(), 0);
	});
});

/** Updates of the firmware of a whole pod, against the simulator's boot loader. */
import { strict as assert } from "node:assert";
import { blob } from "../support/blob.ts";
import { firmwareImage } from "../support/firmware-image.ts";
import type { NorFlash } from "../support/flash.ts";
import { ask, Peer, type JSONAnswer } from "../support/lab/client.ts";
import { startPod, type TestPod } from "../support/lab/test-pod.ts";
import { until } from "../support/lab/world.ts";

/** Where simulator/chip-flash.ts has the slots. */
const SLOTS = 0x10000;
const SLOT = 0x400000;
const SIZE = 3 * 4096 - 100;
/** A fastboot's body: also without its last byte it is known to be one, and gets its pages. */
const BLOB = blob();

const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");

describe("firmware update", function () {
	let flash: NorFlash | undefined;
	let pod: TestPod | undefined;

	afterEach(async function () {
		await pod?.stop();
		pod = flash = undefined;
	});

	const start = async (cut?: string): Promise<TestPod> => {
		await pod?.stop();
		pod = await startPod({ flash, cut });
		flash = pod.lab.flash;
		return pod;
	};
	const post = (body: Uint8Array): Promise<JSONAnswer> => ask(pod!, "/firmware", { method: "POST", body });
	const firmware = async (): Promise<any> => (await ask(pod!, "/firmware")).body;
	const restarted = (before: number): Promise<void> => until("the pod is back", async () => {
		try {
			return (await firmware()).reset === "restart" && pod!.starts !== before;
		}
		catch {
			return false;
		}
	});

	it("when an image is sent then it is in the idle slot, boots, and proves itself; the camera's supply and the settings stay", async function () {
		await start();
		await ask(pod!, "/power/on", { method: "POST" });
		await ask(pod!, "/settings", { method: "PATCH", body: "{\"name\":\"rack-7\"}" });
		assert.deepEqual(await firmware(), { version: "0.1.0", slot: "ota_0", pending: false, reset: "power on", update: null, last_error: null });
		for (const [slot, index] of [["ota_1", 1], ["ota_0", 0]] as const) {
			const image = firmwareImage(SIZE, { version: `2.${index}` });
			const before = pod!.starts;
			const { status, body } = await post(image);
			assert.equal(status, 200);
			assert.deepEqual([body.version, body.project, body.size, body.sha256, body.restarting], [`2.${index}`, "xs_esp32", SIZE, hex(image.subarray(SIZE - 32)), true]);
			await restarted(before);
			const now = await firmware();
			assert.deepEqual([now.slot, now.pending], [slot, false]);
			assert.deepEqual(flash!.bytes.slice(SLOTS + index * SLOT, SLOTS + index * SLOT + SIZE), image);
			assert.equal(pod!.supply, "on");
			assert.equal((await ask(pod!, "/status")).body.name, "rack-7");
		}
	});

	const flipped = (at: number): Uint8Array => {
		const image = firmwareImage(SIZE);
		image[at]! ^= 1;
		return image;
	};
	const REFUSED: [string, () => Uint8Array, number, string, string | undefined][] = [
		["empty", () => new Uint8Array(0), 400, "bad_image_size", undefined],
		["100 bytes", () => new Uint8Array(100), 400, "bad_image_size", undefined],
		["no image", () => new Uint8Array(SIZE).fill(0x52), 400, "bad_image", "magic"],
		["for another chip", () => firmwareImage(SIZE, { chip: 0 }), 400, "bad_image", "chip"],
		["one bit wrong in the middle", () => flipped(SIZE / 2), 400, "bad_image", "hash"],
		["one bit wrong in the hash", () => flipped(SIZE - 1), 400, "bad_image", "hash"],
		["without its end", () => firmwareImage(SIZE).subarray(0, SIZE - 1), 400, "bad_image", "hash"]
	];
	it("when an image is no good then the answer says what is wrong, and the running one stays", async function () {
		await start();
		const { starts } = pod!;
		for (const [what, image, status, error, reason] of REFUSED) {
			const answer = await post(image());
			assert.deepEqual([answer.status, answer.body.error, answer.body.reason], [status, error, reason], what);
			const now = await firmware();
			assert.deepEqual([now.slot, now.pending, now.update], ["ota_0", false, null], what);
		}
		assert.equal((await ask(pod!, "/status")).body.faults.count, 0);
		assert.equal(pod!.starts, starts);
		await start();
		assert.equal((await firmware()).slot, "ota_0");
	});

	it("when an image is larger than the slot then it is refused by its size, before its bytes", async function () {
		await start();
		const peer = await Peer.connect(pod!.httpPort);
		peer.send(`POST /firmware HTTP/1.1\r\nHost: pod\r\nExpect: 100-continue\r\nContent-Length: ${SLOT + 1}\r\n\r\n`);
		await peer.until(text => text.includes("bad_image_size"), "the refusal");
		assert.match(peer.text, /^HTTP\/1\.1 400 /);
		peer.close();
		assert.equal((await firmware()).update, null);
	});

	it("when no size is announced then it is asked for", async function () {
		await start();
		const peer = await Peer.connect(pod!.httpPort);
		peer.send("POST /firmware HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n");
		await peer.untilClosed();
		assert.match(peer.text, /^HTTP\/1\.1 411 [^]*"error":"length_required"/);
	});

	it("when the client goes in the middle then the update is over, the running image stays, and the next one works", async function () {
		await start();
		const client = await Peer.connect(pod!.httpPort);
		client.send(`POST /firmware HTTP/1.1\r\nHost: pod\r\nContent-Length: ${SIZE}\r\n\r\n`);
		client.send(firmwareImage(SIZE).subarray(0, 5000));
		await until("half of it has come", async () => (await firmware()).update?.received === 5000);
		const second = await post(firmwareImage(SIZE));
		assert.deepEqual([second.status, second.body.error], [409, "update_running"]);
		const boot = await ask(pod!, "/fastboot", { method: "POST", body: "x" });
		assert.deepEqual([boot.status, boot.body.error, boot.body.failed_phase], [409, "update_running", "request"]);
		client.close();
		await until("it is over", async () => (await firmware()).update === null);
		const now = await firmware();
		assert.equal(now.slot, "ota_0");
		assert.notEqual(now.last_error, null);
		assert.equal((await post(firmwareImage(SIZE))).status, 200);
	});

	it("when an update begins while a fastboot's body comes then the fastboot is refused and the update goes on", async function () {
		await start();
		const boot = await Peer.connect(pod!.httpPort);
		boot.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nContent-Length: ${BLOB.length}\r\n\r\n`);
		boot.send(BLOB.subarray(0, -1));
		await until("its pages are taken", async () => (await ask(pod!, "/status")).body.memory.uploads === 1);
		const update = await Peer.connect(pod!.httpPort);
		update.send(`POST /firmware HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nContent-Length: ${SIZE}\r\n\r\n`);
		await until("the update has begun", async () => (await firmware()).update !== null);
		boot.send(BLOB.subarray(-1));
		await boot.untilClosed();
		assert.match(boot.text, /^HTTP\/1\.1 409 [^]*"failed_phase":"request","error":"update_running"/);
		assert.equal((await ask(pod!, "/status")).body.memory.uploads, 0);
		update.send(firmwareImage(SIZE));
		await update.untilClosed();
		assert.match(update.text, /^HTTP\/1\.1 200 /);
	});

	for (const [method, path, body] of [["POST", "/restart", ""], ["POST", "/firmware", firmwareImage(SIZE)]] as const)
		it(`when the pod restarts after ${method} ${path} then whatever would change something is refused until it is back`, async function () {
			await start();
			const before = pod!.starts;
			const boot = await Peer.connect(pod!.httpPort);
			boot.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nContent-Length: ${BLOB.length}\r\n\r\n`);
			boot.send(BLOB.subarray(0, -1));
			await until("its pages are taken", async () => (await ask(pod!, "/status")).body.memory.uploads === 1);
			assert.equal((await ask(pod!, path, { method, body })).body.restarting, true);
			for (const [other, at] of [["POST", "/firmware"], ["POST", "/fastboot"], ["POST", "/restart"], ["POST", "/power/on"], ["PUT", "/tftp/x"], ["DELETE", "/tftp"], ["PATCH", "/settings"], ["POST", "/uart/baud"]] as const) {
				const refused = await ask(pod!, at, { method: other, body: at === "/firmware" ? firmwareImage(SIZE) : "{}" });
				assert.deepEqual([refused.status, refused.body.error], [409, "restarting"], `${other} ${at}`);
			}
			assert.equal((await ask(pod!, "/power/off", { method: "POST" })).status, 200, "off always works");
			boot.send(BLOB.subarray(-1));
			await boot.untilClosed();
			assert.match(boot.text, /"failed_phase":"request","error":"restarting"/);
			assert.equal((await ask(pod!, "/status")).status, 200, "reading goes on");
			await restarted(before);
			assert.equal((await firmware()).slot, path === "/firmware" ? "ota_1" : "ota_0");
			assert.equal((await ask(pod!, "/power/on", { method: "POST" })).status, 200);
		});

	it("when the power is cut at any operation of an update then the pod boots the old image or the whole new one", async function () {
		const image = firmwareImage(SIZE);
		let olds = 0;
		let news = 0;
		for (let operation = 1; ; operation++) {
			let cut = false;
			for (const part of [0, 0.5, 1]) {
				flash = undefined;
				await start(`0:${operation}:${part}`);
				const answer = await post(image).catch(() => undefined);
				cut = answer === undefined;
				if (!cut)
					break;
				assert.match(await pod!.ended, /power cut/);
				await start();
				const { slot, pending } = await firmware();
				assert.equal(pending, false);
				if (slot === "ota_0")
					olds++;
				else {
					assert.deepEqual(flash!.bytes.slice(SLOTS + SLOT, SLOTS + SLOT + SIZE), image);
					news++;
				}
			}
			if (!cut)
				break;
		}
		assert.ok(olds >= 15 && news >= 1, `${olds} times the old one, ${news} times the new one`);
	});

	it("when the new image loses its power before it has proven itself then the one before comes back", async function () {
		await start("1:4:0");
		assert.equal((await post(firmwareImage(SIZE))).status, 200);
		assert.match(await pod!.ended, /power cut/);
		await start();
		const { slot, pending } = await firmware();
		assert.deepEqual([slot, pending], ["ota_0", false]);
		await start();
		assert.equal((await firmware()).slot, "ota_0");
	});
});

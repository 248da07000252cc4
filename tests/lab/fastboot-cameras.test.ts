/** Fastboot with every kind of boot ROM, and with cameras that fail: what comes up, and what is said about what doesn't. */
import { strict as assert } from "node:assert";
import { crc32 } from "node:zlib";
import { filled } from "../../simulator/random.ts";
import { blob, loader, type BlobParts } from "../support/blob.ts";
import { fetch, pause, Peer, RawCamera, testPod, until, type TestPod } from "../support/pod-lab.ts";

let pod: TestPod;

/** A pod with a simulated camera that has these options. */
async function begin(cameraArguments: string[] = [], options: Parameters<typeof testPod>[0] = {}): Promise<void> {
	pod = await testPod({ camera: "sim", cameraArguments, ...options });
}

async function post(parts: BlobParts): Promise<{ status: number; body: any }> {
	const answer = await fetch(`${pod.http}/fastboot`, { method: "POST", body: blob(parts) });
	return { status: answer.status, body: await answer.json() };
}

const state = async (): Promise<any> => (await fetch(`${pod.http}/fastboot`)).json();
const phase = async (): Promise<string> => (await state()).phase;
/** With DATA frames under way: two steps and blob()'s SPL are before U-Boot. */
const inAgent = (): Promise<void> => until("some of U-Boot is there", async () => (await state()).bytes_sent > 64 + 64 + 2100);
const sizes = async (): Promise<number[]> => (await pod.ask("uploads")).map(({ size }: { size: number }) => size);
const nothing = new Uint8Array(0);

async function end(): Promise<void> {
	const { faults } = await (await fetch(`${pod.http}/status`)).json() as any;
	await pod.stop();
	assert.equal(faults.count, 0, faults.last);
}

describe("fastboot of every family", () => {
	afterEach(end);

	const UBOOT = { ubootAddress: 0x81000000, spl: filled(4000, 3), agent: loader(6000, 4) };

	for (const [title, args, parts, uploads] of [
		["a chip without PRESTEP0 that asks again after each step", ["--family", "plain"], { prestep0: nothing }, [64, 4000, 6000]],
		["a chip without PRESTEP0 that waits silently after each step", ["--family", "ev300"], { prestep0: nothing, ubootAddress: 0x41000000 }, [64, 4000, 6000]],
		["a chip with PRESTEP1", ["--family", "av200"], { prestep1: filled(128, 5) }, [64, 64, 128, 4000, 6000]],
		["a step of 72 bytes", ["--family", "ev300"], { ddrstep0: filled(72, 2), ubootAddress: 0x41000000 }, [64, 72, 4000, 6000]],
		["a boot ROM that sends markers until it is answered", ["--family", "patient"], { ubootAddress: 0x41000000 }, [64, 64, 4000, 6000]],
		["a boot ROM that detaches before the TAILs of SPL and U-Boot", ["--family", "av200"], {}, [64, 64, 4000, 6000]],
		["a boot ROM that answers no TAIL at all", ["--tail-ack", "none"], { ubootAddress: 0x41000000 }, [64, 64, 4000, 6000]],
		["a U-Boot 2010.06", ["--uboot", "2010.06"], { ubootAddress: 0x41000000 }, [64, 64, 4000, 6000]]
	] as [string, string[], BlobParts, number[]][])
		it(`when it is ${title} then the camera comes up`, async () => {
			await begin(args);
			const all = { ...UBOOT, ...parts };
			const { status, body } = await post(all);
			assert.deepEqual([status, body.success, body.last_phase], [200, true, "done"], JSON.stringify(body));
			assert.deepEqual(await sizes(), uploads);
			const [spl, agent] = (await pod.ask("uploads")).slice(-2);
			assert.deepEqual([spl.crc32, agent.crc32, agent.address], [crc32(all.spl), crc32(all.agent), all.ubootAddress]);
			assert.equal((await pod.ask("state")).stage, "uboot");
		});

	it("when a cv500 hangs on 12 bytes of FF then runs of them are zeroed, and counted, in SPL and U-Boot alike", async () => {
		await begin(["--family", "cv500"]);
		const withRuns = (image: Uint8Array, ...runs: [at: number, length: number][]): { given: Uint8Array; expected: Uint8Array } => {
			const given = image.map(byte => byte === 0xff ? 0xfe : byte);
			const expected = given.slice();
			for (const [at, length] of runs) {
				given.fill(0xff, at, at + length);
				expected.fill(length >= 12 ? 0 : 0xff, at, at + length);
			}
			return { given, expected };
		};
		const spl = withRuns(filled(4000, 3), [100, 11], [200, 12]);
		// the last one lies across two frames, 11 bytes in each, and hangs nobody
		const agent = withRuns(loader(6000, 4), [10, 500], [3000, 13], [5109, 11], [5120, 11]);
		const { body } = await post({ ddrStepAddress: 0x04017000, ubootAddress: 0x81000000, spl: spl.given, agent: agent.given });
		assert.deepEqual([body.success, body.ff_runs_zeroed], [true, 3], JSON.stringify(body));
		assert.deepEqual((await pod.ask("uploads")).slice(-2).map(({ crc32 }: { crc32: number }) => crc32), [crc32(spl.expected), crc32(agent.expected)]);
	});

	it("when another family gets FF then they stay as they are", async () => {
		await begin();
		const agent = loader(3000, 4).fill(0xff, 4, 2500);
		const { body } = await post({ agent });
		assert.deepEqual([body.success, body.ff_runs_zeroed], [true, 0]);
		assert.equal((await pod.ask("uploads")).pop().crc32, crc32(agent));
	});

	it("when autoboot is to be stopped then one clean prompt waits for the client that comes afterwards", async () => {
		await begin([], { settings: { stop_autoboot: "true" } });
		const { body } = await post({});
		assert.deepEqual([body.success, body.last_phase, body.prompt], [true, "done", true], JSON.stringify(body));
		const peer = await Peer.connect(pod.bridgePort);
		peer.send("echo one; echo two\r");
		await peer.until(text => text.endsWith("# "), "the prompt");
		assert.equal(peer.text, "echo one; echo two\r\none\r\ntwo\r\nOpenIPC # ");
		const log = await (await fetch(`${pod.http}/uart/log`)).text();
		assert.ok(log.endsWith(`OpenIPC # ${peer.text}`), JSON.stringify(log.slice(-200)));
	});

	it("when the boot ROM refuses or ignores some frames then they are sent again, and counted", async () => {
		await begin();
		const boot = post({ agent: loader(40_000, 4) });
		await inAgent();
		await pod.ask("inject nak 3");
		await pod.ask("inject drop 2");
		const { body } = await boot;
		assert.equal(body.success, true, JSON.stringify(body));
		assert.ok(body.naks >= 3 && body.resent >= 5, JSON.stringify(body));
		assert.ok(body.log.some((line: string) => /^AGENT DATA \d+: \d+$/.test(line)), JSON.stringify(body));
		assert.equal((await pod.ask("uploads")).pop().crc32, crc32(loader(40_000, 4)));
	});
});

describe("fastboot of a camera that fails", () => {
	afterEach(end);

	it("when there are no markers at all then both attempts end there, and nothing was ever sent as acknowledged", async () => {
		await begin(["--markers", "none"]);
		const { status, body } = await post({});
		assert.deepEqual([status, body.success, body.failed_phase, body.error], [500, false, "handshake", "no boot ROM markers within 20 s"]);
		assert.deepEqual([body.attempts, body.bytes_sent, body.handshake_markers], [2, 0, 0]);
		assert.deepEqual(body.log, ["attempt 1: no boot ROM markers within 20 s"]);
	});

	it("when the camera falls silent in the SPL then phase and frame are named", async () => {
		await begin();
		const boot = post({ spl: filled(30_000, 3) });
		await until("some of the SPL is there", async () => (await state()).bytes_sent > 3000);
		await pod.ask("inject mute on");
		const { status, body } = await boot;
		assert.deepEqual([status, body.success, body.last_phase, body.failed_phase], [500, false, "spl", "spl"]);
		const [, frame] = /^SPL DATA (\d+)$/.exec(body.error) ?? [];
		// bytes_sent are those before the frame that is named: two steps, then whole frames
		assert.equal((Number(frame) - 1) * 1024 + 128, body.bytes_sent, JSON.stringify(body));
	});

	it("when the processor hangs in U-Boot's upload then that frame is named, and the next fastboot works", async () => {
		await begin();
		const boot = post({ agent: loader(40_000, 4) });
		await inAgent();
		await pod.ask("inject hang");
		const { body } = await boot;
		assert.match(body.error, /^AGENT DATA \d+$/);
		assert.equal(body.failed_phase, "agent");
		assert.equal((await post({})).body.success, true);
	});

	it("when the SPL is too long for the SRAM then the ROM starts over and the SPL's frame is named", async () => {
		await begin(["--sram-limit", "8192"]);
		const { body } = await post({ spl: filled(12_000, 3) });
		assert.deepEqual([body.success, body.failed_phase, body.error], [false, "spl", "SPL DATA 9"]);
	});

	it("when the camera stays silent after a perfect upload then that is a failure that says so", async () => {
		await begin();
		// an SPL of one frame is no SPL: the DDR is never set up, and the jump goes nowhere
		const { status, body } = await post({ spl: filled(1000, 3), agent: loader(3000, 4) });
		assert.deepEqual([status, body.success, body.failed_phase, body.error], [500, false, "agent", "no console output within 10 s"]);
		assert.equal(body.bytes_sent, 64 + 64 + 1000 + 3000);
		assert.deepEqual(await sizes(), [64, 64, 1000, 3000]);
		assert.equal((await post({})).body.success, true);
	});

	it("when the configuration believes silent cameras then the same is a success", async () => {
		await begin([], { settings: { console_timeout: "0" } });
		assert.equal((await post({ spl: filled(1000, 3) })).body.success, true);
	});

	it("when a Linux that ignores its supply prints prompts that end in a blank then those are no markers", async () => {
		pod = await testPod();
		const camera = new RawCamera(pod.lab);
		const boot = post({});
		let over = false;
		void boot.then(() => over = true);
		for (; !over; await pause(30))
			await camera.say("\r\nlogin: ");
		const { body } = await boot;
		assert.deepEqual([body.success, body.failed_phase, body.bytes_sent], [false, "handshake", 0], JSON.stringify(body));
		assert.ok(camera.received.length > 64 && camera.received.every(byte => byte === 0xaa));
	});
});

describe("fastboot of a camera that ignores its supply and echoes", () => {
	afterEach(end);

	let camera: RawCamera;

	beforeEach(async () => {
		pod = await testPod();
		camera = new RawCamera(pod.lab, true);
	});

	/** No frame beyond a HEAD may ever be sent to it: nothing it says is an acknowledgement. */
	function sawNoData(): void {
		const head = Buffer.from("fe00ff01", "hex");
		for (let at = camera.received.indexOf(head); at >= 0; at = camera.received.indexOf(head, at + 14))
			camera.received.fill(0xaa, at, at + 14);
		assert.ok(camera.received.every(byte => byte === 0xaa), "only the flood and HEADs were sent");
	}

	/** How a fastboot ends during whose handshake the camera prints blanks. */
	async function printingBlanks(request: Parameters<typeof post>[0]): Promise<any> {
		const boot = post(request);
		let over = false;
		void boot.then(() => over = true);
		await until("the flood has begun", async () => camera.received.length >= 64);
		for (; !over; await pause(50)) {
			if (await phase() === "handshake")
				await camera.say("\r\nbdinfo     - print Board Info structure\r\n");
		}
		return (await boot).body;
	}

	it("when a U-Boot echoes all it gets then no AA is taken for an acknowledgement", async () => {
		const { status, body } = await post({});
		assert.deepEqual([status, body.success, body.failed_phase, body.bytes_sent, body.attempts], [500, false, "handshake", 0, 2], JSON.stringify(body));
		assert.ok(camera.received.length > 64 && camera.received.every(byte => byte === 0xaa));
	});

	it("when it prints five blanks, as markers, and echoes then the first HEAD is never acknowledged", async () => {
		const body = await printingBlanks({});
		assert.deepEqual([body.success, body.failed_phase, body.error, body.bytes_sent], [false, "frame_for_start", "FRAME_FOR_START START", 0], JSON.stringify(body));
		sawNoData();
	});

	it("when it is a chip without PRESTEP0 and it prints blanks and echoes then its HEAD is not acknowledged either", async () => {
		const body = await printingBlanks({ prestep0: nothing });
		assert.deepEqual([body.success, body.failed_phase, body.error, body.bytes_sent], [false, "ddrstep0", "DDRSTEP0 HEAD", 0], JSON.stringify(body));
		sawNoData();
	});
});

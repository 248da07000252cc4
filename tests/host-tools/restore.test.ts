/**
 * What a restore does when something goes wrong: the cases that a real pod and the simulated camera don't produce.
 */
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../host-tools/failure.ts";
import { loadLayout, type Partition } from "../../host-tools/layout.ts";
import { restore, type RestoreOptions, type RestoreResult } from "../../host-tools/restore.ts";
import type { RestoreEvent } from "../../host-tools/restore-events.ts";
import { Dump, fastClock, pattern } from "./support/dump.ts";
import { FakePod, type FakePodOptions } from "./support/fake-pod.ts";

const ERASE = /^sf erase /;

describe("restore", () => {
	let dump: Dump;
	let fake: FakePod;
	let events: RestoreEvent[];

	before(() => {
		dump = new Dump();
	});
	after(() => dump.remove());
	afterEach(async () => fake.stop());

	async function run(options: FakePodOptions = {}, more: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
		fake = new FakePod(options);
		return again(more);
	}

	async function again(more: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
		events = [];
		const pod = await fake.start();
		return restore({ pod, ...await dump.load(), clock: fastClock, expectSeconds: 2, onEvent: event => events.push(event), ...more });
	}

	async function failure(job: Promise<RestoreResult>): Promise<Failure> {
		try {
			await job;
		}
		catch (error) {
			assert.ok(error instanceof Failure, String(error));
			return error;
		}
		return assert.fail("it did not fail");
	}

	const erased = (): boolean => fake.camera.commands.some(command => ERASE.test(command));
	const flashed = (): Buffer => fake.camera.flash.subarray(0, dump.content.length);

	it("when all goes well then the flash holds the dump, the boot loader was last and nothing stays staged", async () => {
		const result = await run();
		assert.deepEqual(flashed(), dump.content);
		assert.deepEqual(fake.camera.commands.filter(command => ERASE.test(command)), ["sf erase 0x10000 0x10000", "sf erase 0x20000 0x20000", "sf erase 0x0 0x10000"]);
		assert.equal(fake.files.size, 0);
		assert.equal(result.written, 3);
		assert.ok(!fake.camera.commands.some(command => /saveenv|^run |^$/.test(command)));
		assert.ok(events.some(({ event }) => event === "started"));
	});

	it("when it is run again then nothing is erased", async () => {
		await run();
		await fake.stop();
		fake.camera.commands.length = 0;
		const { camera } = fake;
		fake = new FakePod();
		camera.flash.copy(fake.camera.flash);
		assert.deepEqual(await again().then(({ written, equal }) => ({ written, equal })), { written: 0, equal: 3 });
		assert.ok(!erased());
	});

	it("when told to rewrite then equal partitions are written, too", async () => {
		fake = new FakePod();
		dump.content.copy(fake.camera.flash);
		assert.equal((await again({ rewrite: true })).written, 3);
	});

	it("when nothing was written after a piece then it is not read back once more", async () => {
		await run({}, { only: ["env"] });
		assert.ok(!events.some(event => event.event === "step" && event.step === "recheck"));
		await fake.stop();
		fake = new FakePod();
		dump.content.copy(fake.camera.flash);
		await again();
		assert.ok(!events.some(event => event.event === "step" && event.step === "recheck"));
	});

	it("when pieces were written after others then these are read back once more, before the reset", async () => {
		fake = new FakePod();
		dump.files["mtd1.env.bin"]!.copy(fake.camera.flash, 0x10000);
		await again();
		const steps = events.filter(event => event.event === "step-done" && event.step === "recheck").map(event => event.event === "step-done" && event.name);
		assert.deepEqual(steps, ["mtd1.env.bin", "mtd2.rootfs.bin"]);
		assert.match(fake.camera.commands.at(-2)!, /^crc32 /);
		assert.equal(fake.camera.commands.at(-1), "reset");
	});

	it("when a later write hits an earlier place then it is found before the reset, and said", async () => {
		const mib = 1024 * 1024;
		const place = (name: string, file: string, offset: number): Partition => ({ name, path: join(dump.path, file), offset, length: dump.files[file]!.length, capacity: undefined });
		fake = new FakePod({ flashSize: 32 * mib, camera: { wraps: 16 * mib } });
		const error = await failure(again({ partitions: [place("kernel", "mtd1.env.bin", 0x10000), place("rootfs", "mtd2.rootfs.bin", 16 * mib + 0x10000)] }));
		assert.equal(error.kind, "verification");
		assert.match(error.message, /while reading back once more kernel: mtd1\.env\.bin: right when written, but changed.*rootfs is written and verified\. kernel is not right any more/);
		assert.match(error.advice, /16 MB/);
		assert.ok(!fake.camera.commands.includes("reset"));
	});

	it("when RAM has the wrong CRC each time then nothing is erased", async () => {
		const error = await failure(run({ camera: { loadsCorrupt: Infinity } }));
		assert.equal(error.kind, "verification");
		assert.match(error.message, /RAM has CRC-32 \w{8} instead of \w{8}, in 4 tries.*Nothing was erased/);
		assert.ok(!erased());
		assert.equal(fake.files.size, 0);
	});

	it("when RAM has the wrong CRC once then it is loaded again", async () => {
		await run({ camera: { loadsCorrupt: 1 } });
		assert.deepEqual(flashed(), dump.content);
		assert.equal(events.filter(({ event }) => event === "retry").length, 1);
	});

	it("when tftpboot fails twice then the third try does it", async () => {
		await run({ camera: { loadsFail: 2 } });
		assert.deepEqual(flashed(), dump.content);
		assert.equal(events.filter(({ event }) => event === "retry").length, 2);
	});

	it("when tftpboot always fails then nothing is erased", async () => {
		const error = await failure(run({ camera: { loadsFail: Infinity } }, { attempts: 2 }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /tftpboot.*Retry count exceeded.*in 2 tries.*Nothing was erased/);
		assert.ok(!erased());
	});

	it("when the U-Boot calls it tftp then that is used", async () => {
		await run({ camera: { oldNames: true } });
		assert.deepEqual(flashed(), dump.content);
	});

	it("when one write goes wrong then it is written again", async () => {
		await run({ camera: { writesCorrupt: 1 } });
		assert.deepEqual(flashed(), dump.content);
		assert.ok(events.some(event => event.event === "retry" && event.step === "verify"));
	});

	it("when writing always goes wrong then it stops at the first partition and says what is broken", async () => {
		const error = await failure(run({ camera: { writesCorrupt: Infinity } }));
		assert.equal(error.kind, "verification");
		assert.match(error.message, /env: flash reads back CRC-32 \w{8} instead of \w{8}, after 2 writes.*env is erased and not completely written: Linux probably does not start/);
		assert.deepEqual(fake.camera.commands.filter(command => /^sf write/.test(command)), ["sf write 0x42000000 0x10000 0x10000", "sf write 0x42000000 0x10000 0x10000"]);
	});

	it("when sf read does nothing then RAM's old content is not taken for the flash", async () => {
		const error = await failure(run({ camera: { readsDoNothing: true } }));
		assert.equal(error.kind, "verification");
	});

	it("when something is said between the characters of an echo then the command is typed again and run once", async () => {
		for (let after = 2; after < 40; after += 2) {
			await run({ camera: { noise: { after, text: "\r\neth0: link up\r\n" } } }, { only: ["env"], reset: false });
			assert.deepEqual(fake.camera.flash.subarray(0x10000, 0x20000), dump.files["mtd1.env.bin"]);
			assert.equal(fake.camera.commands.filter(command => ERASE.test(command)).length, 1);
			await fake.stop();
		}
		await fake.start();
	});

	it("when the line loses characters then no shortened command runs", async () => {
		await run({ camera: { loses: { keep: 12, count: 3 } } });
		assert.deepEqual(flashed(), dump.content);
		assert.deepEqual([...new Set(fake.camera.commands.map(command => command.split(" ")[0]))].sort(), ["crc32", "mw.b", "reset", "setenv", "sf", "tftpboot"]);
		for (const command of fake.camera.commands)
			assert.match(command, /^(setenv \w+ [\d.]+|mw\.b 0x42800000 0 0x40|crc32 0x42[08]00000 0x(10000|186a1)|sf probe 0|sf (read|write) 0x42[08]00000 0x[0-3]?0+ 0x(10000|186a1)|sf erase 0x[0-3]?0+ 0x[12]0000|tftpboot 0x42000000 mtd\d\.\w+\.bin|reset)$/);
	});

	it("when the line always loses characters then nothing runs", async () => {
		const error = await failure(run({ camera: { loses: { keep: 5, count: Infinity } } }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /did not come back as typed, 3 times; nothing was run\. Nothing was erased/);
		assert.deepEqual(fake.camera.commands, []);
	});

	it("when the erase command can't be typed then nothing is said to be erased", async () => {
		fake = new FakePod();
		fake.camera.onCommand = command => {
			if (command.startsWith("crc32") && events.some(event => event.event === "step" && event.step === "check"))
				Object.assign(fake.camera.faults, { loses: { keep: 5, count: Infinity } });
		};
		const error = await failure(again());
		assert.match(error.message, /while erasing env: "sf erase 0x10000 0x10000" did not come back as typed.*Nothing was erased/);
		assert.ok(!erased());
	});

	it("when U-Boot has no sf then it says so and erases nothing", async () => {
		const error = await failure(run({ camera: { noFlashCommand: true } }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /"sf probe 0" failed.*Unknown command.*Nothing was erased/);
		assert.match(error.advice, /--board/);
	});

	it("when the flash is smaller than the dump then nothing is erased", async () => {
		const error = await failure(run({ flashSize: 131072 }));
		assert.equal(error.kind, "usage");
		assert.match(error.message, /rootfs ends at 0x386a1, behind the end of the camera's.*Nothing was erased/);
		assert.ok(!erased());
	});

	it("when the size is told beforehand then a small flash needs no camera", async () => {
		const error = await failure(run({}, { flashSize: 131072 }));
		assert.match(error.message, /behind the end/);
		assert.ok(!fake.requests.includes("POST /fastboot"));
	});

	it("when nobody knows the flash's size then it asks for it", async () => {
		const error = await failure(run({ camera: { silentProbe: true } }));
		assert.match(error.advice, /--flash-size/);
		assert.ok(!erased());
		await fake.stop();
		await run({ camera: { silentProbe: true } }, { flashSize: 1024 * 1024 });
		assert.deepEqual(flashed(), dump.content);
	});

	it("when the pod is busy then it is refused and nothing is staged", async () => {
		const error = await failure(run({ answers: [{ request: "POST /fastboot", status: 409, body: { error: "busy", message: "a fastboot is running", owner: "fastboot" } }] }));
		assert.equal(error.kind, "refused");
		assert.match(error.message, /409 busy.*Nothing was erased/);
		assert.ok(!fake.requests.some(request => request.startsWith("PUT")));
	});

	it("when somebody else's fastboot is running then nothing is staged", async () => {
		const error = await failure(run({ answers: [{ request: "GET /fastboot", status: 200, body: { running: true, phase: "spl", last_result: null } }] }));
		assert.equal(error.kind, "refused");
		assert.ok(!fake.requests.some(request => !request.startsWith("GET")));
	});

	it("when fastboot fails then phase and frame are said", async () => {
		const error = await failure(run({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "prestep0", failed_phase: "prestep0", error: "PRESTEP0 HEAD", elapsed_ms: 214 } }] }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /phase prestep0: PRESTEP0 HEAD/);
	});

	it("when the console is taken away then it stops with the state of the flash", async () => {
		fake = new FakePod();
		fake.camera.onCommand = command => {
			if (command === "sf write 0x42000000 0x10000 0x10000")
				fake.dropClient();
		};
		const error = await failure(again());
		assert.equal(error.kind, "unreachable");
		assert.match(error.message, /while writing env.*bridge was lost.*env is erased and not completely written/);
		assert.equal(fake.files.size, 0);
	});

	it("when an upload fails twice by the pod's fault then it is tried again", async () => {
		const answers = [1, 2].map(() => ({ request: "PUT /tftp/mtd1.env.bin", status: 503, body: { error: "overloaded", message: "later" } }));
		await run({ answers });
		assert.deepEqual(flashed(), dump.content);
	});

	it("when asking for the staged files fails twice then it is asked again", async () => {
		const lost = { request: "GET /tftp", status: 0, body: "" };
		const answers: FakePodOptions["answers"] = [];
		fake = new FakePod({ answers });
		fake.camera.onCommand = command => {
			if (command === "sf write 0x42000000 0x10000 0x10000")
				answers.push(lost, lost);
		};
		await again();
		assert.deepEqual(flashed(), dump.content);
		assert.deepEqual(answers, []);
	});

	it("when the pod does not answer any more then the flash's state is told at once and it is not asked for each file", async () => {
		fake = new FakePod();
		const stop = new AbortController();
		fake.camera.onCommand = command => {
			if (!ERASE.test(command))
				return;
			fake.silent = true;
			stop.abort();
		};
		let asked = NaN;
		const job = again({ signal: stop.signal, onEvent: event => {
			events.push(event);
			if (event.event === "stopping")
				asked = fake.requests.filter(request => request.startsWith("DELETE")).length;
		} });
		const error = await failure(job);
		assert.equal(error.kind, "interrupted");
		assert.equal(error.advice, "");
		assert.match(events.find(event => event.event === "stopping")!.text, /stopping while going on to rootfs\. env is written and verified/);
		assert.equal(fake.requests.filter(request => request.startsWith("DELETE")).length, asked + 1);
		assert.match(events.find(event => event.event === "note")!.text, /left on the pod: .*\(no answer within 5 s\); remove them/);
	});

	it("when an error comes with the interrupt then its advice is not given", async () => {
		fake = new FakePod();
		const stop = new AbortController();
		fake.camera.onCommand = command => {
			if (!ERASE.test(command))
				return;
			stop.abort();
			fake.dropClient();
		};
		const { kind, advice } = await failure(again({ signal: stop.signal }));
		assert.deepEqual([kind, advice], ["interrupted", ""]);
	});

	it("when the camera does not start then everything is verified and it says what was heard", async () => {
		const error = await failure(run({ camera: { staysSilent: true } }, { expectSeconds: 1 }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /did not say "login:" within 1 s.*written and verified\. The flash is complete/);
		assert.deepEqual(flashed(), dump.content);
	});

	it("when not everything fits then it goes in rounds", async () => {
		const large = new Dump({ "mtd0.boot.bin": 65536, "mtd1.env.bin": 65536, "mtd2.rootfs.bin": 2097152 });
		try {
			await run({ room: 1200000, flashSize: 4194304 }, await large.load());
			assert.deepEqual(fake.camera.flash.subarray(0, large.content.length), large.content);
			assert.equal(fake.files.size, 0);
			assert.ok(fake.requests.some(request => request.startsWith("refused")));
			await fake.stop();
			await run({ slots: 1, flashSize: 4194304 }, { ...await large.load(), keepStaged: true });
			assert.deepEqual(fake.camera.flash.subarray(0, large.content.length), large.content);
			assert.equal(fake.files.size, 1);
		}
		finally {
			large.remove();
		}
	});

	it("when the fastboot's own upload leaves no room then staging goes on after it", async () => {
		await run({ room: 300000, blobRoom: 280000 });
		assert.deepEqual(flashed(), dump.content);
		assert.equal(fake.requests.filter(request => request.startsWith("refused")).length, 1);
	});

	it("when an earlier run left files then pieces are not cut for want of room", async () => {
		fake = new FakePod({ room: 260000 });
		fake.files.set("mtd2.rootfs.bin", dump.files["mtd2.rootfs.bin"]!);
		fake.files.set("mtd0.boot.bin", dump.files["mtd0.boot.bin"]!);
		fake.files.set("mtd1.env.bin", dump.files["mtd1.env.bin"]!);
		await again();
		assert.equal(events.find(event => event.event === "plan")!.pieces.length, 3);
	});

	it("when somebody else's files leave no room then it says how to get it", async () => {
		fake = new FakePod({ slots: 1 });
		fake.files.set("theirs", new Uint8Array(10));
		const error = await failure(again());
		assert.equal(error.kind, "refused");
		assert.match(error.advice, /rackpod rm/);
		assert.deepEqual([...fake.files.keys()], ["theirs"]);
	});

	it("when a staged file vanishes before it is used then it is staged again", async () => {
		fake = new FakePod();
		fake.camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				fake.files.delete("mtd2.rootfs.bin");
		};
		await again();
		assert.deepEqual(flashed(), dump.content);
	});

	it("when the bytes are on the pod already then they are not sent again", async () => {
		fake = new FakePod();
		fake.files.set("mtd2.rootfs.bin", dump.files["mtd2.rootfs.bin"]!);
		await again();
		assert.ok(!fake.requests.includes("PUT /tftp/mtd2.rootfs.bin"));
		assert.equal(fake.files.size, 0);
	});

	it("when every listener throws then the restore is completed all the same, and it is told once", async () => {
		const notes: string[] = [];
		const fail = (): never => {
			throw new Error("out of order");
		};
		await run({}, { onConsole: fail, onRecord: fail, onEvent: event => {
			if (event.event === "note")
				notes.push(event.text);
			fail();
		} });
		assert.deepEqual(flashed(), dump.content);
		assert.deepEqual(notes, ["a listener of this restore failed: out of order"]);
	});

	it("when it is a dry run then no camera is touched", async () => {
		await run({}, { dryRun: true });
		assert.ok(!fake.requests.some(request => !request.startsWith("GET")));
		assert.ok(events.some(({ event }) => event === "plan"));
	});

	it("when only some partitions are wanted then the others stay", async () => {
		await run({}, { only: ["rootfs", "mtd0"] });
		const expected = Buffer.from(dump.content);
		expected.fill(0xFF, 0x10000, 0x20000);
		assert.deepEqual(flashed(), expected);
	});

	it("when one file is the whole flash then its begin is written last", async () => {
		const path = join(dump.folder, "flash.bin");
		const bytes = pattern(6 * 1024 * 1024, 3);
		writeFileSync(path, bytes);
		await run({ flashSize: 8 * 1024 * 1024 }, { partitions: await loadLayout(path) });
		assert.deepEqual(fake.camera.flash.subarray(0, bytes.length), bytes);
		assert.deepEqual(fake.camera.commands.filter(command => ERASE.test(command)), ["sf erase 0x40000 0x400000", "sf erase 0x440000 0x1c0000", "sf erase 0x0 0x40000"]);
	});

	/** Ctrl-C at every command and every request, one after the other, until one comes too late to matter. */
	async function interruptAt(place: (hit: () => void) => void): Promise<number> {
		for (let count = 1; ; count++) {
			fake = new FakePod();
			const stop = new AbortController();
			let left = count;
			place(() => {
				if (--left === 0)
					stop.abort();
			});
			const result = await again({ signal: stop.signal }).catch((error: unknown) => error as Failure);
			fake.camera.onCommand = () => undefined;
			fake.onRequest = () => undefined;
			if (!(result instanceof Failure)) {
				assert.deepEqual(flashed(), dump.content);
				return count;
			}
			assert.equal(result.kind, "interrupted", `at ${count}: ${result.message}`);
			assert.deepEqual([...fake.files.keys()], [], `at ${count}: something stays staged`);
			const untouched = fake.camera.flash.every(byte => byte === 0xFF);
			assert.equal(/Nothing was erased/.test(result.message), untouched, `at ${count}: ${result.message}`);
			// An erase that has begun was completed by its write: each partition is blank or right.
			for (const [offset, bytes] of [[0, dump.files["mtd0.boot.bin"]!], [0x10000, dump.files["mtd1.env.bin"]!], [0x20000, dump.files["mtd2.rootfs.bin"]!]] as const) {
				const there = fake.camera.flash.subarray(offset, offset + bytes.length);
				assert.ok(there.equals(bytes) || there.every(byte => byte === 0xFF), `at ${count}: half a partition at ${offset}`);
			}
			await fake.stop();
			await again();
			assert.deepEqual(flashed(), dump.content, `at ${count}: the second run did not complete it`);
			await fake.stop();
		}
	}

	it("when interrupted at each command then the flash is in a known state, nothing stays staged, and the next run completes it", async () => {
		assert.ok(await interruptAt(hit => fake.camera.onCommand = hit) > 30);
	});

	it("when interrupted at each request then likewise", async () => {
		assert.ok(await interruptAt(hit => fake.onRequest = hit) > 12);
	});
});

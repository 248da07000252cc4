/**
 * What a restore does when something goes wrong with the camera, or it is interrupted: the cases that the simulated camera doesn't
 * produce. Those of the pod are in restore-pod.test.ts.
 */
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../host-tools/base/failure.ts";
import { loadLayout, type Partition } from "../../host-tools/flash/layout.ts";
import { pattern } from "./support/dump.ts";
import { FakePod } from "./support/fake-pod.ts";
import { ERASE, RestoreBench } from "./support/restore-bench.ts";

describe("restore", () => {
	const bench = new RestoreBench();

	it("when all goes well then the flash holds the dump, the boot loader was last and nothing stays staged", async () => {
		const result = await bench.run();
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.deepEqual(bench.fake.camera.commands.filter(command => ERASE.test(command)), ["sf erase 0x10000 0x10000", "sf erase 0x20000 0x20000", "sf erase 0x0 0x10000"]);
		assert.equal(bench.fake.files.size, 0);
		assert.equal(result.written, 3);
		assert.ok(!bench.fake.camera.commands.some(command => /saveenv|^run |^$/.test(command)));
		assert.ok(bench.events.some(({ event }) => event === "started"));
	});

	it("when it is run again then nothing is erased", async () => {
		await bench.run();
		await bench.fake.stop();
		bench.fake.camera.commands.length = 0;
		const { camera } = bench.fake;
		bench.fake = new FakePod();
		camera.flash.copy(bench.fake.camera.flash);
		assert.deepEqual(await bench.again().then(({ written, equal }) => ({ written, equal })), { written: 0, equal: 3 });
		assert.ok(!bench.erased());
	});

	it("when told to rewrite then equal partitions are written, too", async () => {
		bench.fake = new FakePod();
		bench.dump.content.copy(bench.fake.camera.flash);
		assert.equal((await bench.again({ rewrite: true })).written, 3);
	});

	it("when nothing was written after a piece then it is not read back once more", async () => {
		await bench.run({}, { only: ["env"] });
		assert.ok(!bench.events.some(event => event.event === "step" && event.step === "recheck"));
		await bench.fake.stop();
		bench.fake = new FakePod();
		bench.dump.content.copy(bench.fake.camera.flash);
		await bench.again();
		assert.ok(!bench.events.some(event => event.event === "step" && event.step === "recheck"));
	});

	it("when pieces were written after others then these are read back once more, before the reset", async () => {
		bench.fake = new FakePod();
		bench.dump.files["mtd1.env.bin"]!.copy(bench.fake.camera.flash, 0x10000);
		await bench.again();
		const steps = bench.events.filter(event => event.event === "step-done" && event.step === "recheck").map(event => event.event === "step-done" && event.name);
		assert.deepEqual(steps, ["mtd1.env.bin", "mtd2.rootfs.bin"]);
		assert.match(bench.fake.camera.commands.at(-2)!, /^crc32 /);
		assert.equal(bench.fake.camera.commands.at(-1), "reset");
	});

	it("when a later write hits an earlier place then it is found before the reset, and said", async () => {
		const mib = 1024 * 1024;
		const place = (name: string, file: string, offset: number): Partition => ({ name, path: join(bench.dump.path, file), offset, length: bench.dump.files[file]!.length, capacity: undefined });
		bench.fake = new FakePod({ flashSize: 32 * mib, camera: { wraps: 16 * mib } });
		const error = await bench.failure(bench.again({ partitions: [place("kernel", "mtd1.env.bin", 0x10000), place("rootfs", "mtd2.rootfs.bin", 16 * mib + 0x10000)] }));
		assert.equal(error.kind, "verification");
		assert.match(error.message, /while reading back once more kernel: mtd1\.env\.bin: right when written, but changed.*rootfs is written and verified\. kernel is not right any more/);
		assert.match(error.advice, /16 MB/);
		assert.ok(!bench.fake.camera.commands.includes("reset"));
	});

	it("when RAM has the wrong CRC each time then nothing is erased", async () => {
		const error = await bench.failure(bench.run({ camera: { loadsCorrupt: Infinity } }));
		assert.equal(error.kind, "verification");
		assert.match(error.message, /RAM has CRC-32 \w{8} instead of \w{8}, in 4 tries.*Nothing was erased/);
		assert.ok(!bench.erased());
		assert.equal(bench.fake.files.size, 0);
	});

	it("when RAM has the wrong CRC once then it is loaded again", async () => {
		await bench.run({ camera: { loadsCorrupt: 1 } });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.equal(bench.events.filter(({ event }) => event === "retry").length, 1);
	});

	it("when tftpboot fails twice then the third try does it", async () => {
		await bench.run({ camera: { loadsFail: 2 } });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.equal(bench.events.filter(({ event }) => event === "retry").length, 2);
	});

	it("when tftpboot always fails then nothing is erased", async () => {
		const error = await bench.failure(bench.run({ camera: { loadsFail: Infinity } }, { attempts: 2 }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /tftpboot.*Retry count exceeded.*in 2 tries.*Nothing was erased/);
		assert.ok(!bench.erased());
	});

	it("when the U-Boot calls it tftp then that is used", async () => {
		await bench.run({ camera: { oldNames: true } });
		assert.deepEqual(bench.flashed(), bench.dump.content);
	});

	it("when one write goes wrong then it is written again", async () => {
		await bench.run({ camera: { writesCorrupt: 1 } });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.ok(bench.events.some(event => event.event === "retry" && event.step === "verify"));
	});

	it("when writing always goes wrong then it stops at the first partition and says what is broken", async () => {
		const error = await bench.failure(bench.run({ camera: { writesCorrupt: Infinity } }));
		assert.equal(error.kind, "verification");
		assert.match(error.message, /env: flash reads back CRC-32 \w{8} instead of \w{8}, after 2 writes.*env is erased and not completely written: Linux probably does not start/);
		assert.deepEqual(bench.fake.camera.commands.filter(command => /^sf write/.test(command)), ["sf write 0x42000000 0x10000 0x10000", "sf write 0x42000000 0x10000 0x10000"]);
	});

	it("when sf read does nothing then RAM's old content is not taken for the flash", async () => {
		const error = await bench.failure(bench.run({ camera: { readsDoNothing: true } }));
		assert.equal(error.kind, "verification");
	});

	it("when something is said between the characters of an echo then the command is typed again and run once", async () => {
		for (let after = 2; after < 40; after += 2) {
			await bench.run({ camera: { noise: { after, text: "\r\neth0: link up\r\n" } } }, { only: ["env"], reset: false });
			assert.deepEqual(bench.fake.camera.flash.subarray(0x10000, 0x20000), bench.dump.files["mtd1.env.bin"]);
			assert.equal(bench.fake.camera.commands.filter(command => ERASE.test(command)).length, 1);
			await bench.fake.stop();
		}
		await bench.fake.start();
	});

	it("when the line loses characters then no shortened command runs", async () => {
		await bench.run({ camera: { loses: { keep: 12, count: 3 } } });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.deepEqual([...new Set(bench.fake.camera.commands.map(command => command.split(" ")[0]))].sort(), ["crc32", "mw.b", "reset", "setenv", "sf", "tftpboot"]);
		for (const command of bench.fake.camera.commands)
			assert.match(command, /^(setenv \w+( [\w.]+)?|mw\.b 0x42800000 0 0x40|crc32 0x42[08]00000 0x(10000|186a1)|sf probe 0|sf (read|write) 0x42[08]00000 0x[0-3]?0+ 0x(10000|186a1)|sf erase 0x[0-3]?0+ 0x[12]0000|tftpboot 0x42000000 mtd\d\.\w+\.bin|reset)$/);
	});

	it("when the line always loses characters then nothing runs", async () => {
		const error = await bench.failure(bench.run({ camera: { loses: { keep: 5, count: Infinity } } }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /did not come back as typed, 3 times; nothing was run\. Nothing was erased/);
		assert.deepEqual(bench.fake.camera.commands, []);
	});

	it("when the erase command can't be typed then nothing is said to be erased", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command.startsWith("crc32") && bench.events.some(event => event.event === "step" && event.step === "check"))
				Object.assign(bench.fake.camera.faults, { loses: { keep: 5, count: Infinity } });
		};
		const error = await bench.failure(bench.again());
		assert.match(error.message, /while erasing env: "sf erase 0x10000 0x10000" did not come back as typed.*Nothing was erased/);
		assert.ok(!bench.erased());
	});

	it("when U-Boot has no sf then it says so and erases nothing", async () => {
		const error = await bench.failure(bench.run({ camera: { noFlashCommand: true } }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /"sf probe 0" failed.*Unknown command.*Nothing was erased/);
		assert.match(error.advice, /--board/);
	});

	it("when the flash is smaller than the dump then nothing is erased", async () => {
		const error = await bench.failure(bench.run({ flashSize: 131072 }));
		assert.equal(error.kind, "usage");
		assert.match(error.message, /rootfs ends at 0x386a1, behind the end of the camera's.*Nothing was erased/);
		assert.ok(!bench.erased());
	});

	it("when the size is told beforehand then a small flash needs no camera", async () => {
		const error = await bench.failure(bench.run({}, { flashSize: 131072 }));
		assert.match(error.message, /behind the end/);
		assert.ok(!bench.fake.requests.includes("POST /fastboot"));
	});

	it("when nobody knows the flash's size then it asks for it", async () => {
		const error = await bench.failure(bench.run({ camera: { silentProbe: true } }));
		assert.match(error.advice, /--flash-size/);
		assert.ok(!bench.erased());
		await bench.fake.stop();
		await bench.run({ camera: { silentProbe: true } }, { flashSize: 1024 * 1024 });
		assert.deepEqual(bench.flashed(), bench.dump.content);
	});

	it("when the camera does not start then everything is verified and it says what was heard", async () => {
		const error = await bench.failure(bench.run({ camera: { staysSilent: true } }, { expectSeconds: 1 }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /did not say "login:" within 1 s.*written and verified\. Not touched, since nothing was given for it: 0x40000 to 0xfffff/);
		assert.deepEqual(bench.flashed(), bench.dump.content);
	});

	it("when every listener throws then the restore is completed all the same, and it is told once", async () => {
		const notes: string[] = [];
		const fail = (): never => {
			throw new Error("out of order");
		};
		await bench.run({}, { onConsole: fail, onRecord: fail, onEvent: event => {
			if (event.event === "note")
				notes.push(event.text);
			fail();
		} });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.deepEqual(notes, ["a listener of this restore failed: out of order"]);
	});

	it("when it is a dry run then no camera is touched", async () => {
		await bench.run({}, { dryRun: true });
		assert.ok(!bench.fake.requests.some(request => !request.startsWith("GET")));
		assert.ok(bench.events.some(({ event }) => event === "plan"));
	});

	it("when only some partitions are wanted then the others stay", async () => {
		await bench.run({}, { only: ["rootfs", "mtd0"] });
		const expected = Buffer.from(bench.dump.content);
		expected.fill(0xFF, 0x10000, 0x20000);
		assert.deepEqual(bench.flashed(), expected);
	});

	it("when one file is the whole flash then its begin is written last", async () => {
		const path = join(bench.dump.folder, "flash.bin");
		const bytes = pattern(8 * 1024 * 1024, 3);
		writeFileSync(path, bytes);
		await bench.run({ flashSize: 8 * 1024 * 1024 }, { partitions: await loadLayout(path) });
		assert.deepEqual(bench.fake.camera.flash.subarray(0, bytes.length), bytes);
		assert.deepEqual(bench.fake.camera.commands.filter(command => ERASE.test(command)), ["sf erase 0x40000 0x400000", "sf erase 0x440000 0x3c0000", "sf erase 0x0 0x40000"]);
	});

	/** Ctrl-C at every command and every request, one after the other, until one comes too late to matter. */
	async function interruptAt(place: (hit: () => void) => void): Promise<number> {
		for (let count = 1; ; count++) {
			bench.fake = new FakePod();
			const stop = new AbortController();
			let left = count;
			place(() => {
				if (--left === 0)
					stop.abort();
			});
			const result = await bench.again({ signal: stop.signal }).catch((error: unknown) => error as Failure);
			bench.fake.camera.onCommand = () => undefined;
			bench.fake.onRequest = () => undefined;
			if (!(result instanceof Failure)) {
				assert.deepEqual(bench.flashed(), bench.dump.content);
				return count;
			}
			assert.equal(result.kind, "interrupted", `at ${count}: ${result.message}`);
			assert.deepEqual([...bench.fake.files.keys()], [], `at ${count}: something stays staged`);
			const untouched = bench.fake.camera.flash.every(byte => byte === 0xFF);
			assert.equal(/Nothing was erased/.test(result.message), untouched, `at ${count}: ${result.message}`);
			// An erase that has begun was completed by its write: each partition is blank or right.
			for (const [offset, bytes] of [[0, bench.dump.files["mtd0.boot.bin"]!], [0x10000, bench.dump.files["mtd1.env.bin"]!], [0x20000, bench.dump.files["mtd2.rootfs.bin"]!]] as const) {
				const there = bench.fake.camera.flash.subarray(offset, offset + bytes.length);
				assert.ok(there.equals(bytes) || there.every(byte => byte === 0xFF), `at ${count}: half a partition at ${offset}`);
			}
			await bench.fake.stop();
			await bench.again();
			assert.deepEqual(bench.flashed(), bench.dump.content, `at ${count}: the second run did not complete it`);
			await bench.fake.stop();
		}
	}

	it("when interrupted at each command then the flash is in a known state, nothing stays staged, and the next run completes it", async function () {
		this.timeout(600_000);
		assert.ok(await interruptAt(hit => bench.fake.camera.onCommand = hit) > 30);
	});

	it("when interrupted at each request then likewise", async () => {
		assert.ok(await interruptAt(hit => bench.fake.onRequest = hit) > 12);
	});
});

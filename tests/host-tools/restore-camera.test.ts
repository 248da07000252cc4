/** What a restore does when the camera's flash or U-Boot is not what it seems: protected, misread, set up by somebody else, writing by itself. */
import { strict as assert } from "node:assert";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadLayout, type Partition } from "../../host-tools/flash/layout.ts";
import { pattern } from "./support/dump.ts";
import { FakePod } from "./support/fake-pod.ts";
import { ERASE, RestoreBench } from "./support/restore-bench.ts";

const MIB = 1024 * 1024;
const AS_BEFORE = /Nothing was erased: the flash is as it was before, and as bootable\./;

describe("restore, a flash that is not written", () => {
	const bench = new RestoreBench();

	for (const says of ["ok", "error"] as const) {
		it(`when the flash is protected and U-Boot says ${says} then that is said, and that the flash is as it was`, async () => {
			bench.fake = new FakePod({ camera: { protects: { says } } });
			pattern(300_000, 77).copy(bench.fake.camera.flash);
			const before = Buffer.from(bench.fake.camera.flash);
			const error = await bench.failure(bench.again());
			assert.equal(error.kind, "verification");
			assert.match(error.message, /env: .*the flash did not change: it is write-protected/);
			assert.match(error.message, AS_BEFORE);
			assert.match(error.advice, /"sf lock 0", "sf protect unlock 0 0x100000"/);
			assert.deepEqual(bench.fake.camera.flash, before);
		});

		for (const unlock of ["sf lock", "sf protect"]) {
			it(`when it is protected, U-Boot says ${says} and has "${unlock}" then it is unlocked and written`, async () => {
				await bench.run({ camera: { protects: { says, unlock } } });
				assert.deepEqual(bench.flashed(), bench.dump.content);
				assert.ok(bench.events.some(event => event.event === "retry" && /write-protected/.test(event.reason)));
			});
		}
	}

	it("when it is not protected then nothing is unlocked", async () => {
		await bench.run();
		assert.ok(!bench.fake.camera.commands.some(command => /^sf (lock|protect)/.test(command)));
	});

	it("when U-Boot reaches only the lower 16 MiB then what lies behind is refused before anything is erased", async () => {
		const place = (name: string, file: string, offset: number): Partition => ({ name, path: join(bench.dump.path, file), offset, length: bench.dump.files[file]!.length, capacity: undefined });
		const error = await bench.failure(bench.run({ flashSize: 32 * MIB, camera: { window: 16 * MIB } }, { partitions: [place("kernel", "mtd1.env.bin", 0x10000), place("rootfs", "mtd2.rootfs.bin", 16 * MIB)] }));
		assert.equal(error.kind, "usage");
		assert.match(error.message, /rootfs ends at .*16384 KB that this U-Boot reaches/);
		assert.ok(bench.events.some(event => event.event === "note" && /reaches only the lower 16384 KB/.test(event.text)));
		assert.ok(!bench.erased());
	});
});

describe("restore, a flash that is misread", () => {
	const bench = new RestoreBench();

	it("when any one read of a right flash is wrong then nothing is erased, and the chip is named", async () => {
		for (const misread of [1, 2, 3]) {
			bench.fake = new FakePod({ camera: { misreads: [misread] } });
			bench.dump.content.copy(bench.fake.camera.flash);
			assert.deepEqual(await bench.again().then(({ written, equal }) => [written, equal]), [0, 3]);
			assert.ok(!bench.erased());
			assert.match(bench.events.filter(event => event.event === "note").map(event => event.text).join(), /read differently \(CRC-32 \w{8}, \w{8}\): this chip or its clock reads unreliably/);
			await bench.fake.stop();
		}
		await bench.fake.start();
	});

	it("when any one read of a whole restore is wrong then the flash is right in the end and each place was erased once", async () => {
		for (let misread = 1; misread <= 12; misread++) {
			await bench.run({ camera: { misreads: [misread] } });
			assert.deepEqual(bench.flashed(), bench.dump.content);
			assert.equal(bench.fake.camera.commands.filter(command => ERASE.test(command)).length, 3, `misread ${misread}`);
			await bench.fake.stop();
		}
		await bench.fake.start();
	});

	it("when no two reads agree then nothing is erased", async () => {
		const error = await bench.failure(bench.run({ camera: { misreads: [1, 2, 3, 4, 5, 6, 7, 8] } }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /env: 4 reads gave CRC-32 \w{8}, .*reads unreliably\. Nothing was erased/);
		assert.ok(!bench.erased());
	});

	it("when what was written can't be read then it is not said to be wrong", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (/^sf write/.test(command))
				bench.fake.camera.faults.misreads = Array.from({ length: 100 }, (_, index) => index);
		};
		const error = await bench.failure(bench.again());
		assert.equal(error.kind, "verification");
		assert.match(error.message, /reads unreliably\. env is written and not read back: whether the bytes are right is not known\. The boot loader was not touched/);
	});
});

describe("restore, the camera's saved environment", () => {
	const bench = new RestoreBench();

	for (const environment of [{ autostart: "yes" }, { netmask: "255.255.255.248", gatewayip: "192.168.1.14" }] as Record<string, string>[]) {
		it(`when it has ${JSON.stringify(environment)} then the dump is restored all the same, and nothing saves it`, async () => {
			await bench.run({ camera: { environment } });
			assert.deepEqual(bench.flashed(), bench.dump.content);
			assert.ok(!bench.fake.camera.commands.some(command => /saveenv/.test(command)));
		});
	}

	it("when nobody answers ARP then the advice is of addresses", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (/^setenv serverip/.test(command))
				bench.fake.camera.hear(Buffer.from("setenv netmask 255.0.0.0\r"));
		};
		const error = await bench.failure(bench.again({ attempts: 1 }));
		assert.match(error.message, /ARP Retry count exceeded/);
		assert.match(error.advice, /address, mask and gateway/);
	});

	it("when U-Boot writes its environment at its start then it is noted, and the flash is not said to be as before", async () => {
		for (const greeting of ["*** Warning - bad CRC, using default environment\r\n\r\nSaving Environment to SPI Flash...\r\nErasing SPI flash...Writing to SPI flash...done\r\n", "Erasing SPI flash...\r\n"]) {
			const error = await bench.failure(bench.run({ camera: { greeting, loadsFail: Infinity } }, { attempts: 1 }));
			assert.match(error.message, /Nothing was erased by this restore, but U-Boot has written to the flash by itself \("(Saving|Erasing) /);
			assert.ok(bench.events.some(event => event.event === "note" && /writes to the flash by itself: "(Saving Environment to SPI Flash|Erasing SPI flash)/.test(event.text)));
			await bench.fake.stop();
		}
		await bench.fake.start();
	});

	it("when it does so and the restore goes on then that is not forgotten", async () => {
		const result = await bench.run({ camera: { greeting: "Saving Environment to SPI Flash...\r\n" } }, { only: ["env"] });
		assert.match(result.state, /Not touched, since nothing was given for it: .* Besides, U-Boot has written to the flash by itself \("Saving Environment/);
	});

	it("when what it said at its start is not known then no more is claimed than that nothing was erased", async () => {
		const error = await bench.failure(bench.run({ camera: { loadsFail: Infinity }, answers: [{ request: "GET /uart/log?since=105", status: 500, body: { error: "internal" } }] }, { attempts: 1 }));
		assert.match(error.message, /Nothing was erased by this restore\.$/);
	});
});

describe("restore, words of failure in a name", () => {
	const bench = new RestoreBench();

	it("when a file's name has one then U-Boot's own words count", async () => {
		const folder = join(bench.dump.folder, "words");
		mkdirSync(folder);
		["boot.aborted", "protected", "error", "failed_timeout", "saveenv.illegal", "not_found.usage", "invalid-cannot"].forEach((word, index) => writeFileSync(join(folder, `mtd${index}.${word}.bin`), pattern(65536, index)));
		const partitions = await loadLayout(folder);
		await bench.run({}, { partitions });
		assert.deepEqual(bench.fake.camera.flash.subarray(0, 7 * 65536), Buffer.concat(Array.from({ length: 7 }, (_, index) => pattern(65536, index))));
		assert.ok(!bench.events.some(event => event.event === "retry" || event.event === "note"));
		await bench.fake.stop();
		const error = await bench.failure(bench.run({ camera: { loadsFail: Infinity } }, { partitions, attempts: 1 }));
		assert.match(error.message, /Retry count exceeded/);
	});
});

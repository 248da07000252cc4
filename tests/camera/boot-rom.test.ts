import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { loader, LOADER_VERSION } from "../support/blob.ts";
import { crc32 } from "../../simulator/camera/crc.ts";
import { makeUBoot, versionOf } from "../../simulator/demo-images.ts";
import { FAMILIES } from "../../simulator/camera/families.ts";
import { data, enter, exchange, head, pattern, tail, upload } from "./support/frames.ts";
import { Rig } from "./support/rig.ts";

const ACK = 0xaa, NAK = 0x55;
const STEP = 0x04013000, SPL = 0x04010500, UBOOT = 0x41000000;

function inDownloadMode(options = {}): Rig {
	const rig = new Rig(options);
	enter(rig);
	return rig;
}

function withSPL(options = {}): Rig {
	const rig = inDownloadMode(options);
	upload(rig, STEP, pattern(64));
	rig.time.advance(10);
	upload(rig, SPL, pattern(5000));
	rig.time.advance(200);
	rig.received = [];
	return rig;
}

describe("boot ROM frames", () => {
	it("when the vectors of the specification are made then they are those", () => {
		const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").toUpperCase();
		assert.equal(hex(head(64, STEP)), "FE00FF010000004004013000519C");
		assert.equal(hex(data(1, Uint8Array.of(0, 1, 2, 3))), "DA01FE00010203664F");
		assert.equal(hex(tail(2)), "ED02FDBAB0");
	});
});

describe("boot ROM markers", () => {
	it("when the power comes then 30 ms later five groups of five 0x20 come, 10 ms apart, then a line feed", () => {
		const rig = new Rig();
		rig.camera.power(true);
		rig.time.advance(30);
		assert.equal(rig.received.length, 0);
		for (let group = 1; group <= 5; group++) {
			rig.time.advance(5);
			assert.equal(rig.received.length, group * 5);
			rig.time.advance(5.44);
			assert.equal(rig.received.length, group * 5);
		}
		rig.time.advance(3);
		assert.deepEqual(rig.received, [...Array<number>(25).fill(0x20), 0x0a]);
	});

	it("when nothing answers and the flash is blank then it hangs in silence", () => {
		const rig = new Rig();
		rig.camera.power(true);
		assert.equal(rig.event("hang").reason, "the flash is blank");
		rig.time.advance(10000);
		assert.equal(rig.received.length, 26);
		assert.equal(rig.camera.stage, "hung");
	});

	it("when 0xAA comes only before the UART works or after the window then it boots the flash", () => {
		const rig = new Rig();
		rig.camera.nor.cells.set(loader(4096, 4));
		rig.camera.power(true);
		rig.time.advance(10);
		rig.send(new Uint8Array(64).fill(ACK));
		rig.time.advance(85);
		rig.send(new Uint8Array(64).fill(ACK));
		assert.equal(rig.event("uboot").from, "flash");
		assert.ok(!rig.names().includes("download"));
	});

	it("when other bytes come in the window then they are no answer", () => {
		const rig = new Rig();
		rig.camera.power(true);
		rig.until(() => rig.received.length >= 5);
		rig.send(Uint8Array.of(0x20, 0x55, 0));
		rig.event("hang");
	});

	it("when the family is patient then markers come until somebody answers", () => {
		const rig = new Rig({ family: FAMILIES.patient });
		rig.camera.power(true);
		rig.time.advance(5000);
		assert.ok(rig.received.length > 2000 && rig.received.every(byte => byte === 0x20));
		rig.send(Uint8Array.of(ACK));
		rig.event("download");
	});
});

describe("boot ROM download", () => {
	it("when step, step, SPL and U-Boot are uploaded then each frame is acknowledged, each upload recorded, and U-Boot runs", () => {
		const rig = inDownloadMode();
		const images: [number, Uint8Array][] = [[STEP, pattern(64)], [STEP, pattern(64, 9)], [SPL, pattern(0x4c00)], [UBOOT, loader(200_001, 4)]];
		for (const [address, image] of images) {
			const answers = upload(rig, address, image);
			assert.equal(answers.length, Math.ceil(image.length / 1024) + 2);
			assert.ok(answers.every(answer => answer === ACK));
			rig.time.advance(200);
		}
		assert.deepEqual(rig.camera.uploads, images.map(([address, image]) => ({ address, size: image.length, crc32: crc32(image) })));
		assert.equal(rig.event("uboot").from, "ddr");
		assert.deepEqual(rig.camera.memory(UBOOT, 200001), images[3]![1]);
		rig.expect("autoboot");
	});

	it("when a CRC is wrong then 55 is answered and the frame can be sent again", () => {
		const rig = inDownloadMode();
		const frames = [head(10, STEP), data(1, pattern(10)), tail(2)];
		for (const frame of frames) {
			const broken = frame.slice();
			broken[broken.length - 3]! ^= 1;
			assert.equal(exchange(rig, broken), NAK);
			assert.equal(exchange(rig, frame), ACK);
		}
	});

	it("when a frame breaks off then 55 comes after a pause and the next one is understood", () => {
		const rig = inDownloadMode();
		assert.equal(exchange(rig, head(64, STEP).subarray(0, 9)), NAK);
		assert.equal(exchange(rig, head(64, STEP)), ACK);
	});

	it("when the same DATA comes again then it is acknowledged again and not stored twice", () => {
		const rig = inDownloadMode();
		const image = pattern(1500);
		assert.equal(exchange(rig, head(1500, STEP)), ACK);
		for (const [seq, part] of [[1, image.subarray(0, 1024)], [1, image.subarray(0, 1024)], [2, image.subarray(1024)], [2, image.subarray(1024)]] as const)
			assert.equal(exchange(rig, data(seq, part)), ACK);
		assert.equal(exchange(rig, tail(3)), ACK);
		assert.deepEqual(rig.camera.uploads, [{ address: STEP, size: 1500, crc32: crc32(image) }]);
	});

	it("when a DATA is left out, or comes without HEAD, or a TAIL too early, then 55 is answered", () => {
		const rig = inDownloadMode();
		assert.equal(exchange(rig, data(1, pattern(4))), NAK);
		assert.equal(exchange(rig, tail(1)), NAK);
		assert.equal(exchange(rig, head(2048, STEP)), ACK);
		assert.equal(exchange(rig, data(2, pattern(1024))), NAK);
		assert.equal(exchange(rig, data(1, pattern(1024))), ACK);
		assert.equal(exchange(rig, tail(2)), NAK);
		assert.equal(exchange(rig, data(2, pattern(1024))), ACK);
		assert.equal(exchange(rig, tail(4)), NAK);
		assert.equal(exchange(rig, tail(3)), ACK);
	});

	it("when sequence numbers pass 255 then they go on at 0", () => {
		const rig = withSPL();
		const answers = upload(rig, UBOOT, loader(300 * 1024, 4));
		assert.equal(answers.length, 302);
		assert.ok(answers.every(answer => answer === ACK));
		rig.event("uboot");
	});

	it("when a new HEAD comes in the middle then the transfer starts over", () => {
		const rig = inDownloadMode();
		exchange(rig, head(2048, STEP));
		exchange(rig, data(1, pattern(1024, 5)));
		assert.ok(upload(rig, STEP, pattern(64)).every(answer => answer === ACK));
		assert.deepEqual(rig.camera.uploads.map(({ size }) => size), [64]);
	});

	it("when surplus 0xAA and noise come between frames then they are ignored", () => {
		const rig = inDownloadMode();
		assert.equal(exchange(rig, new Uint8Array(100).fill(ACK)), undefined);
		assert.equal(exchange(rig, head(64, STEP)), ACK);
	});

	it("when called code runs then what is sent meanwhile is lost", () => {
		const rig = inDownloadMode();
		const image = pattern(64);
		exchange(rig, head(64, STEP));
		exchange(rig, data(1, image));
		rig.send(tail(2));
		rig.until(() => rig.received.at(-1) === ACK && rig.camera.uploads.length === 1);
		rig.time.advance(2);
		assert.equal(exchange(rig, head(64, STEP)), undefined);
		assert.equal(exchange(rig, head(64, STEP)), ACK);
	});

	it("when the SPL or the step is missing then the call of DDR hangs in silence", () => {
		for (const before of [[], [[STEP, 64]], [[SPL, 5000]]] as [number, number][][]) {
			const rig = inDownloadMode();
			for (const [address, size] of before) {
				upload(rig, address, pattern(size));
				rig.time.advance(200);
			}
			upload(rig, UBOOT, pattern(3000));
			rig.received = [];
			rig.time.advance(20000);
			assert.match(String(rig.event("hang").reason), /DDR/);
			assert.equal(rig.received.length, 0);
		}
	});

	for (const [what, image] of [
		["a README", Buffer.from(`# rackpod\n\nIt comes up as U-Boot 2016.11 (Mar 20 2023 - 13:54:41 +0300)hi3516ev300.\n${"More text. ".repeat(3000)}`)],
		["random bytes", filled(30_000, 9)],
		["code without a version", loader(30_000, 9, "Das Boot")],
		["a first stage alone", loader(30_000, 9, "U-Boot SPL 2016.11 (Mar 20 2023 - 13:54:41 +0300)")],
		["the first half of a U-Boot whose version is compressed", makeUBoot(60_000, 1).subarray(0, 30_000)],
		["one with a wrong bit in its compressed part", makeUBoot(60_000, 1).map((byte, at) => at === 40_000 ? byte ^ 1 : byte)]
	] as const) {
		it(`when ${what} is called in DDR then it stays silent`, () => {
			const rig = withSPL();
			assert.ok(upload(rig, UBOOT, image).every(answer => answer === ACK));
			rig.received = [];
			rig.time.advance(30_000);
			assert.deepEqual([rig.received, rig.event("hang").reason], [[], "what was called is no boot loader"]);
		});
	}

	for (const [what, image, version, prompt] of [
		["plain", loader(30_000, 9), LOADER_VERSION, "OpenIPC # "],
		["compressed", makeUBoot(60_000, 3), versionOf(3), "OpenIPC # "],
		["of another generation", loader(30_000, 9, "U-Boot 2010.06-svn1098 (Jun 11 2018 - 13:14:05)"), "U-Boot 2010.06-svn1098 (Jun 11 2018 - 13:14:05)", "hisilicon # "]
	] as const) {
		it(`when the version in a U-Boot is ${what} then that is its banner, whatever the flash holds, and it behaves so`, () => {
			const rig = withSPL();
			rig.camera.nor.cells.set(loader(4096, 4, "U-Boot 2020.01 (Jan 01 2020 - 00:00:00)"));
			upload(rig, UBOOT, image);
			rig.expect(`\r\n\r\n${version}\r\n\r\n`);
			rig.expect("stop autoboot");
			rig.send("\x03");
			rig.expect(prompt);
			assert.ok(!rig.text.includes("2020.01"));
		});
	}

	it("when the flash holds something, but no boot loader, then it boots nothing", () => {
		const rig = new Rig();
		rig.camera.nor.cells.set(filled(0x40000, 9));
		rig.camera.power(true);
		assert.equal(rig.event("hang").reason, "the flash holds no boot loader");
		rig.time.advance(10_000);
		assert.equal(rig.received.length, 26);
	});

	it("when the SPL is longer than the SRAM then the ROM faults in the middle and sends markers again", () => {
		const rig = inDownloadMode({ family: { ...FAMILIES.ev300!, sramEnd: SPL + 3000 } });
		upload(rig, STEP, pattern(64));
		rig.time.advance(10);
		const answers = upload(rig, SPL, pattern(5000));
		assert.deepEqual(answers, [ACK, ACK, ACK, 0x20]);
		assert.equal(rig.names().filter(name => name === "markers").length, 2);
	});

	it("when a payload has 12 consecutive 0xFF then a cv500 hangs, others don't, and 11 pass", () => {
		for (const [family, count, answer] of [["cv500", 12, undefined], ["cv500", 11, ACK], ["ev300", 64, ACK]] as const) {
			const rig = inDownloadMode({ family: FAMILIES[family] });
			const image = pattern(200);
			image.fill(0xff, 100, 100 + count);
			exchange(rig, head(200, STEP));
			assert.equal(exchange(rig, data(1, image)), answer, `${family} ${count}`);
			assert.equal(rig.camera.stage === "hung", answer === undefined);
		}
	});

	it("when 0xFF lie in sequence number and CRC then they don't count as payload", () => {
		const rig = inDownloadMode({ family: FAMILIES.cv500 });
		const image = pattern(200);
		image.fill(0xff, 0, 11);
		image.fill(0xff, 189);
		exchange(rig, head(200, STEP));
		assert.equal(exchange(rig, data(1, image)), ACK);
	});

	it("when the family is av200 then the TAILs of SPL and U-Boot are not answered, and U-Boot runs", () => {
		const rig = inDownloadMode({ family: FAMILIES.av200 });
		assert.equal(upload(rig, STEP, pattern(64)).at(-1), ACK);
		rig.time.advance(10);
		assert.equal(upload(rig, SPL, pattern(5000)).at(-1), undefined);
		rig.time.advance(200);
		upload(rig, 0x81000000, loader(3000, 4));
		assert.equal(rig.camera.uploads.length, 3);
		rig.event("uboot");
	});

	it("when the family is plain then markers come again after each step until 0xAA", () => {
		const rig = inDownloadMode({ family: FAMILIES.plain });
		upload(rig, STEP, pattern(64));
		rig.received = [];
		rig.time.advance(500);
		assert.ok(rig.received.length > 100 && rig.received.every(byte => byte === 0x20));
		rig.send(Uint8Array.of(ACK));
		rig.time.advance(20);
		assert.equal(exchange(rig, head(64, STEP)), ACK);
	});

	it("when faults are injected then so many good frames are refused or not answered, and repeating them helps", () => {
		const rig = inDownloadMode();
		rig.camera.faults.nak = 1;
		assert.equal(exchange(rig, head(64, STEP)), NAK);
		assert.equal(exchange(rig, head(64, STEP)), ACK);
		rig.camera.faults.drop = 2;
		assert.equal(exchange(rig, data(1, pattern(64))), undefined);
		assert.equal(exchange(rig, data(1, pattern(64))), undefined);
		assert.equal(exchange(rig, data(1, pattern(64))), ACK);
		assert.equal(exchange(rig, tail(2)), ACK);
	});

	it("when the power goes at any moment of an upload then nothing more is heard, and it starts anew", () => {
		for (let after = 0; after < 12; after++) {
			const rig = inDownloadMode();
			const frames = [head(64, STEP), data(1, pattern(64)), tail(2), head(2048, SPL), data(1, pattern(1024))];
			for (const frame of frames.slice(0, after >> 1))
				exchange(rig, frame);
			rig.send(frames[after >> 1]?.subarray(0, after & 1 ? 3 : undefined) ?? Uint8Array.of());
			rig.camera.power(false);
			rig.received = [];
			rig.time.advance(1000);
			assert.deepEqual(rig.received, []);
			assert.equal(rig.time.pending, 0);
			enter(rig);
			assert.deepEqual(rig.camera.uploads, []);
			assert.equal(exchange(rig, head(64, STEP)), ACK);
		}
	});
});

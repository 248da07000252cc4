/** Which U-Boot an image says that it is, and whether it is the one that answered. */
import { strict as assert } from "node:assert";
import { deflateSync, gzipSync } from "node:zlib";
import { compareBanner, properVersion, versionsIn } from "../../host-tools/camera/uboot-version.ts";

const VERSION = "U-Boot 2016.11-g6d2ed0c-dirty (Mar 20 2023 - 13:54:41 +0300)hi3516ev300";
const OTHER = "U-Boot 2016.11-g6d2ed0c (Mar 20 2023 - 13:54:41 +0300)hi3516ev300";
const text = (...lines: string[]): Buffer => Buffer.from(lines.map(line => `${line}\0`).join("\xfe"), "latin1");

/** With the name and the comment that gzip and others put into the header. */
const named = (packed: Buffer): Buffer => Buffer.concat([packed.subarray(0, 3), Buffer.of(8 | 16), packed.subarray(4, 10), Buffer.from("u-boot\0of the board\0"), packed.subarray(10)]);

describe("versions in a U-Boot image", () => {
	it("when they are plain, or in a part that gzip compressed, at any place, then they are found, each once", () => {
		for (const image of [text("x", VERSION, VERSION), Buffer.concat([Buffer.alloc(20_001, 7), gzipSync(text(VERSION)), Buffer.alloc(1000, 0xff)]), named(gzipSync(text(VERSION)))])
			assert.deepEqual(versionsIn(image), [VERSION]);
		assert.deepEqual(versionsIn(text("U-Boot SPL 2025.01+dfsg-3 (Apr 08 2025 - 23:04:54 +0000)"), text(VERSION)), ["U-Boot SPL 2025.01+dfsg-3 (Apr 08 2025 - 23:04:54 +0000)", VERSION]);
	});

	it("when there are none, or the compressed part is damaged or of another kind, then there are none", () => {
		const packed = gzipSync(Buffer.concat([text(VERSION), Buffer.alloc(5000, 3)]));
		for (const image of [Buffer.alloc(0), Buffer.alloc(3), text("U-Boot", "U-Boot> ", "U-Boot 2016"), packed.subarray(0, -9), packed.map((byte, at) => at === 30 ? byte ^ 8 : byte), deflateSync(text(VERSION)), Buffer.from([0x1f, 0x8b, 8])])
			assert.deepEqual(versionsIn(image), []);
	});

	it("when a part becomes larger than any U-Boot then it is left alone", () => {
		assert.deepEqual(versionsIn(gzipSync(Buffer.concat([text(VERSION), Buffer.alloc(40 << 20)]))), []);
	});

	it("when a first stage and a bare number are there, too, then U-Boot's own with its date is what it prints", () => {
		assert.equal(properVersion(["U-Boot SPL 2016.11 (Mar 20 2023)", "U-Boot 2016.11", VERSION]), VERSION);
		assert.equal(properVersion(["U-Boot 2016.11"]), "U-Boot 2016.11");
		assert.equal(properVersion(["U-Boot SPL 2016.11"]), undefined);
	});
});

describe("what answered a fastboot", () => {
	for (const [what, versions, banner, same] of [
		["the same", [VERSION], VERSION, true],
		["the same, with something before and behind it", [VERSION], `\x07. ${VERSION} `, true],
		["the same, cut by the pod", [VERSION], VERSION.slice(0, 60), true],
		["the same, cut to what is just enough", [VERSION], VERSION.slice(0, 32), true],
		["cut to one character less", [VERSION], VERSION.slice(0, 31), false],
		["cut so short that it may be any", [VERSION], VERSION.slice(0, 20), false],
		["another build", [VERSION], OTHER, false],
		["another build whose number is in the file, too", ["U-Boot 2016.11", VERSION], OTHER, false],
		["one of several in the file", [OTHER, VERSION], VERSION, true],
		["a first stage, of which the file shows nothing", [VERSION], "U-Boot SPL 2016.11 (Mar 20 2023)", undefined],
		["anything, and the file shows no version", [], VERSION, undefined],
		["something without a version", [VERSION], "U-Boot for hi3516ev300", undefined],
		["nothing", [VERSION], null, undefined],
		["a pod that does not tell", [VERSION], undefined, undefined]
	] as const) {
		it(`when it is ${what} then that is ${same === undefined ? "uncertain, with a reason" : same}`, () => {
			const found = compareBanner(versions, banner);
			assert.equal(found.same, same);
			assert.equal(found.text === "", same === true);
		});
	}
});

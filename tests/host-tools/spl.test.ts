import { strict as assert } from "node:assert";
import { fastbootBlob } from "../../host-tools/profiles/blob.ts";
import { clearLongRuns, parseSize } from "../../host-tools/base/bytes.ts";
import { parseProfile, type Profile } from "../../host-tools/profiles/profile.ts";
import { bootImages, splBoundary } from "../../host-tools/profiles/spl.ts";
import { PROFILE } from "./support/dump.ts";

const profile: Profile = parseProfile(JSON.stringify(PROFILE), "x.json");
const GZIP = [0x1F, 0x8B, 0x08];
const lzma = (dictionary: number): number[] => [0x5D, dictionary & 0xFF, dictionary >> 8 & 0xFF, dictionary >> 16 & 0xFF, dictionary >> 24 & 0xFF];

function image(length: number, at?: number, bytes: number[] = []): Uint8Array {
	const uboot = new Uint8Array(length).fill(1);
	if (at !== undefined)
		uboot.set(bytes, at);
	return uboot;
}

describe("the SPL in a U-Boot image", () => {
	const cases: [string, Uint8Array, "gzip" | "lzma" | "profile", number][] = [
		["gzip begins at 0x4400", image(0x8000, 0x4400, GZIP), "gzip", 0x4400],
		["gzip begins in the middle of a KB", image(0x8000, 0x4C10, GZIP), "gzip", 0x4C00],
		["gzip begins at the first place scanned", image(0x8000, 0x4000, GZIP), "gzip", 0x4000],
		["gzip begins before the first place scanned", image(0x8000, 0x3FFF, GZIP), "profile", 0x6000],
		["gzip begins at the last place scanned", image(0x20000, 0xFFFF, GZIP), "gzip", 0xFC00],
		["gzip begins behind the last place scanned", image(0x20000, 0x10000, GZIP), "profile", 0x6000],
		["gzip begins beyond the profile's length", image(0x20000, 0x8000, GZIP), "gzip", 0x8000],
		["LZMA has a dictionary of 64 KB", image(0x8000, 0x5000, lzma(2 ** 16)), "lzma", 0x5000],
		["LZMA has a dictionary of 16 MB", image(0x8000, 0x5000, lzma(2 ** 24)), "lzma", 0x5000],
		["the dictionary is too small", image(0x8000, 0x5000, lzma(2 ** 15)), "profile", 0x6000],
		["the dictionary is too large", image(0x8000, 0x5000, lzma(2 ** 25)), "profile", 0x6000],
		["the dictionary is no power of two", image(0x8000, 0x5000, lzma(2 ** 20 + 1)), "profile", 0x6000],
		["LZMA's header is cut off at the end", image(0x5003, 0x5000, [0x5D, 0, 0]), "profile", 0x6000],
		["nothing is found", image(0x8000), "profile", 0x6000],
		["the image is tiny", image(100), "profile", 0x6000]
	];
	for (const [when, uboot, boundary, size] of cases) {
		it(`when ${when} then it ends by ${boundary} at 0x${size.toString(16)}`, () => {
			assert.deepEqual(splBoundary(uboot, profile.splSize), { boundary, size });
		});
	}

	it("when two signatures are there then the first one counts", () => {
		const uboot = image(0x9000, 0x7000, GZIP);
		uboot.set(lzma(2 ** 20), 0x6000);
		assert.deepEqual(splBoundary(uboot, 1), { boundary: "lzma", size: 0x6000 });
	});

	it("when the SRAM is smaller than the SPL then it is cut", () => {
		assert.equal(bootImages(image(0x8000, 0x4400, GZIP), { ...profile, sramLimit: 0x3B00 }).spl.length, 0x3B00);
	});

	it("when the file is shorter than the SPL then zeros follow", () => {
		const { spl } = bootImages(image(100), profile);
		assert.equal(spl.length, 0x6000);
		assert.ok(spl.subarray(0, 100).every(byte => byte === 1) && spl.subarray(100).every(byte => byte === 0));
	});

	it("when the profile names a blob then that is the SPL", () => {
		const images = bootImages(image(0x8000, 0x4400, GZIP), profile, new Uint8Array(20480).fill(7));
		assert.equal(images.boundary, "blob");
		assert.ok(images.spl.length === 20480 && images.spl.every(byte => byte === 7));
	});

	for (const [length, left] of [[11, 11], [12, 0], [500, 0]] as const) {
		it(`when ${length} bytes 0xFF stand in a row then ${left} of them are left in the SPL`, () => {
			const uboot = image(0x8000);
			uboot.fill(0xFF, 0x100, 0x100 + length);
			uboot.fill(0xFF, 0x7000, 0x7000 + length);
			const plain = bootImages(uboot, profile);
			assert.equal(plain.spl.filter(byte => byte === 0xFF).length, left);
			assert.deepEqual(plain.uboot, uboot);
			assert.equal(plain.ubootRuns, 0);
			const cv500 = bootImages(uboot, { ...profile, ddrStepAddress: 0x04017000 });
			assert.equal(cv500.uboot.filter(byte => byte === 0xFF).length, 2 * left);
			assert.equal(cv500.ubootRuns, left ? 0 : 2);
		});
	}

	it("when runs touch the ends then they are seen", () => {
		const bytes = new Uint8Array(40).fill(0xFF);
		bytes[20] = 1;
		assert.equal(clearLongRuns(bytes), 2);
		assert.deepEqual(bytes.filter(byte => byte), Uint8Array.of(1));
	});
});

describe("the fastboot body", () => {
	it("when all parts are there then they stand in the order that POST /fastboot takes, big-endian", () => {
		const small = { ...profile, prestep0: Uint8Array.of(0xA0), ddrstep0: Uint8Array.of(0xB0, 0xB1), prestep1: new Uint8Array(0) };
		const blob = fastbootBlob(small, { spl: Uint8Array.of(0xC0, 0xC1, 0xC2), uboot: Uint8Array.of(0xD0) });
		assert.equal(Buffer.from(blob).toString("hex"), "0401050004013000" + "41000000" + "0001a0" + "0002b0b1" + "0000" + "00000003c0c1c2" + "00000001d0");
	});

	it("when the parts have the sizes of the reference's test then so has the body", () => {
		assert.equal(fastbootBlob(profile, { spl: new Uint8Array(24576), uboot: new Uint8Array(17104) }).length, 41834);
	});
});

describe("sizes in texts", () => {
	for (const [text, size] of [["65536", 65536], ["0x10000", 65536], ["64k", 65536], ["64K", 65536], ["16M", 16777216], ["16MB", 16777216], ["8 MiB", 8388608], ["", undefined], ["-1", undefined], ["1.5M", undefined], ["12x", undefined]] as const) {
		it(`when it is "${text}" then it is ${size}`, () => {
			assert.equal(parseSize(text), size);
		});
	}
});

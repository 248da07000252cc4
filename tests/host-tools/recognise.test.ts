/** What is taken for what, and what each may be used for. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { crc32, deflateSync, gzipSync } from "node:zlib";
import { bootObjection } from "../../host-tools/profiles/boot-check.ts";
import { objectionTo, objectionToName, purposeOf, sizeObjection, type Purpose } from "../../host-tools/flash/purpose.ts";
import { recognise } from "../../host-tools/flash/recognise.ts";
import { filled } from "../../simulator/random.ts";
import { makeUBoot } from "../../simulator/demo-images.ts";
import { pattern } from "./support/dump.ts";

/** `length` bytes that mean nothing, with `parts` at their places. */
function file(parts: Readonly<Record<number, string | Uint8Array>>, length = 65536): Buffer {
	const bytes = pattern(length, 1);
	for (const [at, part] of Object.entries(parts))
		bytes.set(typeof part === "string" ? Buffer.from(part, "latin1") : part, Number(at));
	return bytes;
}

function uImage(type: number): Buffer {
	const bytes = file({ 0: "\x27\x05\x19\x56\0\0\0\0", 12: Uint8Array.of(0, 1, 0, 0), 30: Uint8Array.of(type) });
	bytes.writeUInt32BE(crc32(bytes.subarray(0, 64)), 4);
	return bytes;
}

function environment(start = 4, size = 65536): Buffer {
	const bytes = Buffer.alloc(size);
	bytes.write("bootcmd=run me\0ethaddr=00:11:22:33:44:55\0", start);
	bytes.writeUInt32LE(crc32(bytes.subarray(start)));
	return bytes;
}

/** A sector with a master boot record's signature and such entries: flag, type, sectors. */
function bootRecord(...entries: readonly (readonly [number, number, number])[]): Buffer {
	const bytes = file({ 446: new Uint8Array(64), 510: "\x55\xaa" });
	entries.forEach(([flag, type, sectors], index) => {
		bytes[446 + 16 * index] = flag;
		bytes[446 + 16 * index + 4] = type;
		bytes.writeUInt32LE(sectors, 446 + 16 * index + 12);
	});
	return bytes;
}

const TREE_VERSION = Uint8Array.of(0, 0, 0, 17, 0, 0, 0, 16);

const superblock = Buffer.alloc(120);
superblock.writeUInt32LE(100, 0);
superblock.writeUInt16LE(0xEF53, 56);

const FILES: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
	gzip: [gzipSync(pattern(1000, 1)), /gzip/],
	xz: [file({ 0: "\xfd7zXZ\0" }), /xz/],
	zip: [file({ 0: "PK\x03\x04" }), /zip/],
	zstd: [file({ 0: "\x28\xb5\x2f\xfd" }), /zstd/],
	bzip2: [file({ 0: "BZh91AY&SY" }), /bzip2/],
	tar: [file({ 257: "ustar" }), /tar archive/],
	lzma: [file({ 0: Buffer.from("5d00008000ffffffffffffffff", "hex") }), /lzma/],
	ELF: [file({ 0: "\x7fELF" }), /ELF/],
	HTML: [Buffer.from("<!DOCTYPE html>\n<html><title>404 Not Found</title>\n"), /HTML/],
	"a short page": [Buffer.from("<html>404</html>"), /HTML/],
	"a page behind a comment": [Buffer.from("\n<!-- made by hand -->\n<!DOCTYPE html>\n<html>"), /HTML/],
	"a page in ISO 8859-1": [Buffer.from("<html><body>Gr\u00f6\u00dfe nicht gefunden", "latin1"), /HTML/],
	"text in ISO 8859-1": [Buffer.from("Die Kamera h\u00e4ngt \u00fcber der T\u00fcr, links", "latin1"), /a text/],
	qcow2: [file({ 0: "QFI\xfb" }), /qcow2/],
	"sparse image": [file({ 0: "\x3a\xff\x26\xed" }), /sparse/],
	film: [file({ 4: "ftypmp42" }), /MP4/],
	text: [Buffer.from("# A readme\n\nwith words, \u00e4nd umlauts, and lines\n"), /a text/],
	UTF16: [Buffer.from("\ufeffwords and more words, many of them", "utf16le"), /a text/],
	"Git LFS": [Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), /Git LFS/],
	PDF: [file({ 0: "%PDF-1.4" }), /PDF/],
	PNG: [file({ 0: "\x89PNG\r\n\x1a\n" }), /PNG/],
	disk: [file({ 0x200: "EFI PART" }), /GPT/],
	card: [bootRecord([0, 0x0C, 100], [0, 0, 0], [0x80, 0x83, 5]), /disk or memory card/],
	uImage: [uImage(2), /kernel \(uImage\)/],
	script: [uImage(6), /script/],
	"U-Boot in a uImage": [uImage(5), /U-Boot in a uImage/],
	FIT: [file({ 0: "\xd0\x0d\xfe\xed\0\0\x01\x40", 20: TREE_VERSION, 100: "\0\0\0\x01images\0" }), /FIT/],
	"device tree": [file({ 0: "\xd0\x0d\xfe\xed\0\0\x01\x40", 20: TREE_VERSION }), /device tree/],
	squashfs: [file({ 0: "hsqs" }), /squashfs/],
	UBI: [file({ 0: "UBI#" }), /UBI image/],
	UBIFS: [file({ 0: "\x31\x18\x10\x06" }), /UBIFS/],
	jffs2: [file({ 0: "\x85\x19\x03\x20" }), /jffs2/],
	cramfs: [file({ 0: "\x45\x3d\xcd\x28\x40\x01\0\0", 16: "Compressed ROMFS" }), /cramfs/],
	ext4: [file({ 1024: superblock }), /ext2/],
	environment: [environment(), /environment/],
	"environment with a flag": [environment(5, 0x4000), /environment/],
	erased: [Buffer.alloc(65536, 0xFF), /only bytes 0xff/],
	"one byte": [Buffer.alloc(65536, 0xAA), /only bytes 0xaa/],
	zeros: [Buffer.alloc(65536), /only bytes 0x0/],
	"ipctool's": [Buffer.from("---\nvendor: hisilicon\n"), /ipctool/]
};

describe("recognising files", () => {
	for (const [name, [bytes, is]] of Object.entries(FILES)) {
		it(`when it is ${name} then that is said`, () => {
			assert.match(recognise(bytes)?.is ?? "nothing", is);
		});
	}

	it("when nobody can know then nothing is said", () => {
		for (const bytes of [pattern(65536, 1), makeUBoot(40000, 1), Buffer.from(filled(65536, 3)), Buffer.from("1234"), Buffer.alloc(0), file({ 0: "\x85\x19\x04\x04" }), file({ 0: "BZh9xxxxxx" })])
			assert.equal(recognise(bytes), undefined);
	});

	it("when a file is cut off anywhere in its begin then nothing breaks", () => {
		for (const [bytes] of Object.values(FILES)) {
			for (let length = 0; length < 1200; length += 7)
				recognise(bytes.subarray(0, length));
		}
	});
});

describe("what files may be used for", () => {
	/** For each purpose, what of FILES it takes. */
	const taken: Readonly<Record<Purpose, string[]>> = {
		flash: ["U-Boot in a uImage"],
		boot: ["FIT", "U-Boot in a uImage"],
		env: ["environment", "environment with a flag", "erased", "one byte", "zeros"],
		kernel: ["FIT", "device tree", "erased", "one byte", "uImage", "zeros"],
		rootfs: ["UBI", "UBIFS", "cramfs", "erased", "ext4", "jffs2", "one byte", "squashfs", "zeros"],
		data: ["FIT", "U-Boot in a uImage", "UBI", "UBIFS", "cramfs", "device tree", "environment", "environment with a flag", "erased", "ext4", "jffs2", "one byte", "squashfs", "uImage", "zeros"],
		uboot: [],
		profile: ["UTF16", "script", "text", "text in ISO 8859-1"]
	};
	for (const [purpose, names] of Object.entries(taken) as [Purpose, string[]][]) {
		it(`when it is for ${purpose} then these are taken: ${names.join(", ") || "none of the known"}`, () => {
			// an odd length: no partition that was read from a flash
			assert.deepEqual(Object.entries(FILES).filter(([, [bytes]]) => !objectionTo(purpose, "f", bytes, 100_001)).map(([name]) => name).sort(), names);
			assert.equal(objectionTo(purpose, "f", pattern(65536, 1), 65536), undefined);
		});
	}

	it("when its header says that there is more of it then it is cut short", () => {
		const squashfs = file({ 0: "hsqs", 28: Uint8Array.of(4, 0), 40: Buffer.from("0000010000000000", "hex") });
		for (const [purpose, bytes, announced] of [["kernel", uImage(2), 65600], ["rootfs", squashfs, 65536], ["rootfs", FILES.cramfs![0], 0x140], ["kernel", FILES["device tree"]![0], 0x140]] as const) {
			assert.equal(objectionTo(purpose, "f", bytes, announced), undefined);
			assert.match(objectionTo(purpose, "f", bytes, announced - 1)!.message, new RegExp(`cut short: it has ${announced - 1} bytes of ${announced}`));
		}
	});

	it("when a header is not one in full then its size is not believed", () => {
		const damaged = uImage(2);
		damaged[40]! ^= 1;
		assert.equal(objectionTo("kernel", "f", damaged, 1001), undefined);
		assert.equal(objectionTo("rootfs", "f", file({ 0: "hsqs" }), 1001), undefined);
	});

	it("when a vendor's partition of whole blocks holds anything then it is taken", () => {
		for (const [bytes] of Object.values(FILES))
			assert.equal(objectionTo("data", "mtd5", bytes, 65536), undefined);
	});

	it("when the SPL comes from elsewhere then U-Boot may be in a container", () => {
		assert.equal(objectionTo("uboot", "f", FILES.FIT![0], 65536, true), undefined);
		assert.match(objectionTo("uboot", "f", FILES.ELF![0], 65536, true)!.advice, /objcopy/);
	});

	it("when something is refused then it says what to do", () => {
		const advice = (purpose: Purpose, name: string, path = "f"): string => objectionTo(purpose, path, FILES[name]![0], 1001)!.advice;
		assert.match(advice("flash", "gzip", "/x/openipc.tgz"), /unpack it first: tar xf openipc\.tgz/);
		assert.match(advice("flash", "xz", "flash.bin"), /unpack it first: unxz flash\.bin/);
		assert.match(advice("flash", "uImage"), /--at kernel/);
		assert.match(advice("flash", "FIT"), /--at kernel/);
		assert.match(advice("flash", "squashfs"), /--at rootfs/);
		assert.match(advice("flash", "environment"), /--at env/);
		assert.match(advice("kernel", "squashfs"), /--at rootfs/);
		assert.match(advice("boot", "HTML"), /Perhaps a download failed; --force/);
		assert.match(advice("profile", "gzip"), /^unpack it first: gunzip f, and give what comes out of it$/);
	});

	it("when a partition has a known name or the flash's begin then its purpose is known", () => {
		assert.deepEqual([purposeOf("x", 0), purposeOf("U-Boot", 64), purposeOf("uboot-env", 64), purposeOf("kernel", 64), purposeOf("rootfs", 64), purposeOf("rootfs_data", 64), purposeOf("custom", 64)],
			["boot", "boot", "env", "kernel", "rootfs", "data", "data"]);
	});

	it("when a name says that a file is packed, unfinished or old then it says so", () => {
		const said = (name: string): string => `${objectionToName(name)?.message} ${objectionToName(name)?.advice}`;
		assert.match(said("mtd0.bin.gz"), /packed.*gunzip mtd0\.bin\.gz/);
		assert.match(said("rootfs.tar.gz"), /tar xf rootfs\.tar\.gz/);
		for (const name of ["kernel.part", "kernel.crdownload", "kernel.download", "Unconfirmed 123"])
			assert.match(said(name), /has not ended/);
		for (const name of ["mtd0.bak", "mtd0~", "kernel.bin.orig"])
			assert.match(said(name), /older copy/);
		for (const name of ["mtd0", "mtd0.bin", "u-boot.hi3516ev300", "rootfs.squashfs", "kernel"])
			assert.equal(objectionToName(name), undefined);
	});

	it("when the boot loader's place is to have noise then it is refused, and a packed U-Boot behind its SPL is none", () => {
		for (const bytes of [randomBytes(65536), deflateSync(randomBytes(65536)), randomBytes(20000)])
			assert.match(bootObjection(bytes, bytes.length) ?? "", /random, packed or encrypted/);
		assert.equal(bootObjection(makeUBoot(40000, 1), 40000), undefined);
		assert.equal(bootObjection(pattern(40000, 1), 40000), undefined);
	});

	it("when a whole flash has no flash's size, or another one, then the numbers are said", () => {
		assert.equal(sizeObjection("f", 16777216, undefined), undefined);
		assert.match(sizeObjection("f", 16777215, undefined)!.message, /16777215 bytes, .* the next larger one has 16777216 \(16384 KB\)/);
		assert.match(sizeObjection("f", 100, undefined)!.message, /100 bytes/);
		assert.match(sizeObjection("f", 8388608, 16777216)!.message, /8388608 bytes, the camera's flash 16777216 \(16384 KB\)/);
		assert.equal(sizeObjection("f", 6291456, 6291456), undefined);
	});
});

describe("a master boot record", () => {
	const wrong: readonly (readonly [string, readonly (readonly [number, number, number])[]])[] = [
		["no partition", []], ["a flag that is none", [[0x81, 0x0C, 100]]], ["a partition without sectors", [[0x80, 0x0C, 0]]], ["sectors without a type", [[0, 0x0C, 100], [0, 0, 7]]]
	];
	for (const [what, entries] of wrong) {
		it(`when it has ${what} then it is none`, () => {
			assert.equal(recognise(bootRecord(...entries)), undefined);
		});
	}

	it("when its signature is missing, or the file is shorter, then it is none", () => {
		const card = bootRecord([0, 0x0C, 100]);
		assert.equal(recognise(card.subarray(0, 512))?.group, "disk");
		assert.equal(recognise(card.subarray(0, 511)), undefined);
		card[511] = 0;
		assert.equal(recognise(card), undefined);
	});
});

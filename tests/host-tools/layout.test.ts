import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { hex } from "../../host-tools/base/bytes.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { FlashRecord } from "../../host-tools/jobs/record.ts";
import { layoutNamed, layoutNumbered, loadLayout, parseMap, type DumpFile } from "../../host-tools/flash/layout.ts";
import { evenBlocks } from "../../host-tools/flash/kind.ts";
import { checkContents, checkWhole } from "../../host-tools/jobs/contents.ts";
import { checkFlash, planPieces, untouchedBy } from "../../host-tools/jobs/plan.ts";
import { Dump, pattern } from "./support/dump.ts";

const K = 1024;
const file = (name: string, length: number): DumpFile => ({ name, path: `/dump/${name}`, length });
const places = (partitions: { name: string; offset: number }[]): [string, number][] => partitions.map(({ name, offset }) => [name, offset]);
const usage = (message: RegExp) => (error: Failure): boolean => error.kind === "usage" && message.test(`${error.message} ${error.advice}`);

describe("the layout of a dump", () => {
	it("when files are numbered then they follow each other by number, not by name", () => {
		const files = [file("mtd10", 3), ...Array.from({ length: 10 }, (_, index) => file(`mtd${9 - index}`, 64 * K))];
		assert.deepEqual(places(layoutNumbered(files)), Array.from({ length: 11 }, (_, index) => [`mtd${index}`, index * 64 * K]));
	});

	it("when names carry labels then these are the partitions' names", () => {
		assert.deepEqual(places(layoutNumbered([file("mtd0.boot.bin", 256 * K), file("mtd1_env", 64 * K), file("mtdblock2-kernel.img", 5)])), [["boot", 0], ["env", 256 * K], ["kernel", 320 * K]]);
	});

	it("when a map is given then files take its places", () => {
		assert.deepEqual(places(layoutNumbered([file("mtd3", 100), file("mtd2", 100)], parseMap("nor16m"))), [["kernel", 0x50000], ["rootfs", 0x350000]]);
	});

	it("when the map counts a partition over the whole flash then the dump may count it or not", () => {
		const map = parseMap("16384k@0(all),256k@0(boot),64k(env),-(kernel)");
		const files = (first: number): DumpFile[] => [file(`mtd${first}`, 256 * K), file(`mtd${first + 1}`, 64 * K), file(`mtd${first + 2}`, 100)];
		const wanted = [["boot", 0], ["env", 256 * K], ["kernel", 320 * K]];
		assert.deepEqual(places(layoutNumbered(files(0), map)), wanted);
		assert.deepEqual(places(layoutNumbered(files(1), map)), wanted);
		assert.deepEqual(places(layoutNumbered([file("mtd0", 16384 * K), ...files(1)], map)), [["all", 0], ...wanted]);
	});

	it("when the 8, 16 and 32 MB maps are read then they are OpenIPC's", () => {
		assert.deepEqual(places(parseMap("nor8m")), [["boot", 0], ["env", 0x40000], ["kernel", 0x50000], ["rootfs", 0x250000], ["rootfs_data", 0x750000]]);
		assert.deepEqual(places(parseMap("nor16m")), [["boot", 0], ["env", 0x40000], ["kernel", 0x50000], ["rootfs", 0x350000], ["rootfs_data", 0xD50000]]);
		assert.equal(parseMap("nor32m")[3]!.size, 0x1800000);
	});

	it("when a map has the kernel's form then name, place and flag are understood", () => {
		assert.deepEqual(parseMap("mtdparts=hi_sfc:0x40000(boot)ro,1M@0x100000(data),-(rest)"), [{ name: "boot", offset: 0, size: 0x40000 }, { name: "data", offset: 0x100000, size: 0x100000 }, { name: "rest", offset: 0x200000, size: undefined }]);
	});

	it("when files have the partitions' names then the map places them", () => {
		const files = ["rootfs.squashfs.hi3516ev300", "u-boot-hi3516ev300.bin", "uImage.hi3516ev300", "env.bin"].map(name => file(name, 100));
		assert.deepEqual(places(layoutNamed(files, parseMap("nor16m"))), [["boot", 0], ["env", 0x40000], ["kernel", 0x50000], ["rootfs", 0x350000]]);
	});

	for (const [name, kind] of [["u-boot-env.bin", "env"], ["uboot_env.bin", "env"], ["u-boot.env", "env"], ["env.img", "env"], ["boot", "boot"], ["boot.img", "boot"], ["uboot.bin", "boot"], ["u-boot.itb", "boot"], ["u-boot-with-spl.bin", "boot"], ["u-boot-hi3516ev300-universal.bin", "boot"], ["u-boot.hi3516ev300", "boot"], ["u-boot.bin.hi3516ev300", "boot"], ["u-boot-ssc338q-emmc.bin", "boot"], ["U-Boot_gk7205v200-nor.bin", "boot"]]) {
		it(`when a file is called ${name} then it is ${kind}`, () => {
			assert.equal(layoutNamed([file(name!, 100)], parseMap("nor16m"))[0]!.name, kind);
		});
	}

	const bad: [string, () => unknown, RegExp][] = [
		["a number is missing", () => layoutNumbered([file("mtd0", 1), file("mtd2", 1)]), /mtd1 is missing/],
		["a number comes twice", () => layoutNumbered([file("mtd0", 1), file("mtd00.bin", 1)]), /both mtd0/],
		["there is no number", () => layoutNumbered([file("mtd.bin", 1)]), /no number behind mtd/],
		["the map is too short", () => layoutNumbered([file("mtd7", 1)], parseMap("nor8m")), /only 5 partitions/],
		["a file is larger than its partition", () => layoutNumbered([file("mtd1", 64 * K + 1)], parseMap("nor8m")), /its partition env at 0x40000 only 64 KB/],
		["named files have no map", () => layoutNamed([file("boot.bin", 1)]), /--layout nor8m\|nor16m\|nor32m/],
		["two files are the same partition", () => layoutNamed([file("boot.bin", 1), file("u-boot.bin", 1)], parseMap("nor8m")), /both boot/],
		["a map is nonsense", () => parseMap("big"), /"big" is not a partition/],
		["a partition has no size", () => parseMap("0k(boot)"), /not a partition/],
		["something follows the rest", () => parseMap("-(a),64k(b)"), /not a partition/]
	];
	for (const [when, act, message] of bad) {
		it(`when ${when} then it is refused`, () => {
			assert.throws(act, usage(message));
		});
	}
});

describe("the plan of a restore", () => {
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-"));
	});
	after(() => rmSync(folder, { recursive: true }));

	const put = (name: string, bytes: Uint8Array | string): string => {
		writeFileSync(join(folder, name), bytes);
		return join(folder, name);
	};
	const refused = async (job: Promise<unknown>, message: RegExp): Promise<void> => {
		const error = await job.then(() => undefined, (thrown: unknown) => thrown);
		assert.ok(error instanceof Failure, "it was not refused");
		assert.match(`${error.message} ${error.advice}`, message);
	};
	const plan = { limit: 8 * K * K, geometry: evenBlocks(64 * K) };

	it("when the dump is whole then boot comes last and each piece has its CRC", async () => {
		const dump = new Dump();
		const pieces = await planPieces(await loadLayout(dump.path), plan);
		assert.deepEqual(pieces.map(({ name, offset, length, boot }) => [name, offset, length, boot]), [["mtd1.env.bin", 0x10000, 0x10000, false], ["mtd2.rootfs.bin", 0x20000, 100001, false], ["mtd0.boot.bin", 0, 0x10000, true]]);
		assert.match(pieces[0]!.crc32, /^[0-9a-f]{8}$/);
		dump.remove();
	});

	it("when a partition is larger than the limit then it is cut at erase blocks", async () => {
		const path = put("big", pattern(1000 * K, 1));
		const pieces = await planPieces([{ name: "rootfs", path, offset: 0x100000, length: 1000 * K, capacity: undefined }], { limit: 600 * K, geometry: evenBlocks(64 * K) });
		assert.deepEqual(pieces.map(({ name, start, length }) => [name, start, length]), [["big.0x100000", 0, 256 * K], ["big.0x140000", 256 * K, 256 * K], ["big.0x180000", 512 * K, 256 * K], ["big.0x1c0000", 768 * K, 232 * K]]);
	});

	for (const [name, offset] of [["boot", 0], ["mtd0", 0], ["boot", 0x80000], ["u-boot-hi3516ev300-nor", 0x80000], ["fastboot", 0x80000], ["bootloader2", 0x80000]] as const) {
		it(`when ${name} at ${hex(offset)} is larger than the pod's room then all its pieces go last, the begin of the flash at the very end`, async () => {
			const path = put("large", pattern(512 * K, 1));
			const part = (other: string, place: number, length: number) => ({ name: other, path, offset: place, length, capacity: undefined });
			const pieces = await planPieces([part(name, offset, 512 * K), part("spl", 0x100000, 64 * K), part("boot_env", 0x200000, 64 * K), part("rootfs", 0x300000, 512 * K)], { limit: 256 * K, geometry: evenBlocks(64 * K) });
			const last = ["spl", name, name, name, name];
			assert.deepEqual(pieces.map(piece => piece.partition), ["boot_env", "rootfs", "rootfs", "rootfs", "rootfs", ...last]);
			assert.deepEqual(pieces.filter(({ boot }) => boot).map(piece => piece.partition), last);
			assert.equal(pieces.at(-1)!.offset, offset);
		});
	}

	it("when a boot partition is larger than most whole flashes' share then it still goes last, while a whole flash begins with what is behind it", async () => {
		const path = put("large", pattern(2048 * K, 1));
		const pieces = async (name: string) => (await planPieces([{ name, path, offset: 0, length: 2048 * K, capacity: undefined }], { limit: 1024 * K, geometry: evenBlocks(64 * K) })).map(({ offset, boot }) => [offset / K, boot]);
		assert.deepEqual(await pieces("u-boot"), [[1536, true], [1024, true], [512, true], [0, true]]);
		assert.deepEqual(await pieces("flash"), [[256, false], [768, false], [1280, false], [1792, false], [0, true]]);
	});

	it("when a name has letters a shell or U-Boot minds then they are replaced, and names stay different", async () => {
		const parts = ["a;b $c", "a_b_$c"].map((name, index) => ({ name: `p${index}`, path: put(name, "1234"), offset: 0x10000 * (index + 1), length: 4, capacity: undefined }));
		assert.deepEqual((await planPieces(parts, plan)).map(({ name }) => name), ["a_b__c", "a_b__c.2"]);
	});

	it("when the boot partition is blank then it is refused", async () => {
		const parts = [{ name: "boot", path: put("blank", Buffer.alloc(64 * K, 0xFF)), offset: 0, length: 64 * K, capacity: undefined }];
		await refused(checkContents(parts), /blank is only bytes 0xff, not a boot loader.*--only/);
	});

	it("when the boot file is an environment or far too small then it is refused", async () => {
		const environment = (size: number, start: number): Buffer => {
			const bytes = Buffer.alloc(size);
			bytes.write("bootcmd=run me\0", start);
			bytes.writeUInt32LE(crc32(bytes.subarray(start)));
			return bytes;
		};
		const boot = (bytes: Buffer) => checkContents([{ name: "boot", path: put("u", bytes), offset: 0, length: bytes.length, capacity: undefined }]);
		await refused(boot(environment(64 * K, 4)), /is a U-Boot environment, not a boot loader/);
		await refused(boot(environment(64 * K, 5)), /a U-Boot environment/);
		await refused(boot(randomBytes(64 * K)), /no boot loader in it, but random, packed or encrypted bytes writing it would leave a camera that doesn't start; .*--only, .*--force/);
		await refused(boot(Buffer.concat([environment(16 * K, 4), Buffer.alloc(48 * K, 0xFF)])), /a U-Boot environment/);
		await refused(boot(pattern(16 * K - 1, 1)), /but only 16.0 KB/);
		await boot(pattern(16 * K, 1));
	});

	it("when files of the folder are not used then they are named, and refused where they may be partitions", async () => {
		const dump = mkdtempSync(join(folder, "dump"));
		const notes: string[] = [];
		const add = (name: string): void => writeFileSync(join(dump, name), name);
		const load = () => loadLayout(dump, "nor16m", text => notes.push(text));
		["kernel.bin", "kernel.bin.md5", "notes.pdf", "readme.txt"].forEach(add);
		await load();
		assert.deepEqual(notes, ["not used: kernel.bin.md5, notes.pdf, readme.txt"]);
		mkdirSync(join(dump, "rootfs"));
		await load();
		assert.deepEqual(notes.pop(), "not used: kernel.bin.md5, notes.pdf, readme.txt, rootfs");
		for (const name of ["boot-logo.bin", "boot.scr", "u-boot-spl.bin", "rootfs2.bin"]) {
			add(name);
			await refused(load(), new RegExp(`${name}: it is not clear.*take it out`));
			rmSync(join(dump, name));
		}
		["mtd0", "boot.scr"].forEach(add);
		assert.deepEqual((await load()).map(({ name }) => name), ["boot"]);
		assert.match(notes[1]!, /^not used: boot\.scr, kernel\.bin, /);
	});

	it("when a file in the middle was cut short then the next one's place is refused", async () => {
		const parts = [{ name: "boot", path: put("short", "1234"), offset: 0, length: 4, capacity: undefined }, { name: "env", path: put("env", "1234"), offset: 4, length: 4, capacity: undefined }];
		await refused(planPieces(parts, plan), /in the middle of an erase block.*--layout/);
	});

	it("when an unknown partition is wanted then it says which there are", async () => {
		await refused(planPieces([{ name: "env", path: put("e", "1"), offset: 0, length: 1, capacity: undefined }], { ...plan, only: ["kernel"] }), /no partition kernel.*it has env/);
	});

	it("when partitions are wanted by name, by file or by number then these are planned and no others", async () => {
		const parts = ["mtd1.env.bin", "mtd10.logo.bin", "kernel"].map((file, index) => ({ name: ["env", "logo", "kernel"][index]!, path: put(file, "1"), offset: index * 64 * K, length: 1, capacity: undefined }));
		for (const [only, names] of [[["env"], ["env"]], [["mtd1"], ["env"]], [["mtd10"], ["logo"]], [["mtd1.env.bin", "kernel"], ["env", "kernel"]]] as const)
			assert.deepEqual((await planPieces(parts, { ...plan, only })).map(({ partition }) => partition).sort(), names);
		for (const nothing of ["mtd", "mtd2", "1", ""])
			await refused(planPieces(parts, { ...plan, only: [nothing] }), /there is no partition .*it has env, logo, kernel/);
	});

	it("when the flash ends in the middle of a piece then it is refused, at its end not", async () => {
		const pieces = await planPieces([{ name: "env", path: put("e2", "12"), offset: 0x10000, length: 2, capacity: undefined }], plan);
		assert.throws(() => checkFlash(pieces, evenBlocks(64 * K), 0x1FFFF), /behind the end/);
		checkFlash(pieces, evenBlocks(64 * K), 0x20000);
	});

	it("when the folder or file is none that can be restored then it is refused", async () => {
		mkdirSync(join(folder, "empty"));
		await refused(loadLayout(join(folder, "empty")), /neither mtd\* files nor/);
		await refused(loadLayout(join(folder, "nowhere")), /can't be read/);
		await refused(loadLayout(put("nothing", "")), /is empty/);
		await refused(loadLayout(put("backup", "---\nvendor: x\n")).then(partitions => checkContents(partitions)), /ipctool backup/);
	});
});

describe("the inputs of a restore", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-"));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	const put = (name: string, bytes: Uint8Array | string = pattern(64 * K, 1)): string => {
		mkdirSync(join(folder, name, ".."), { recursive: true });
		writeFileSync(join(folder, name), bytes);
		return join(folder, name);
	};
	const refused = async (job: Promise<unknown>, message: RegExp): Promise<void> => {
		const error = await job.then(() => undefined, (thrown: unknown) => thrown);
		assert.ok(error instanceof Failure && error.kind === "usage", String(error));
		assert.match(`${error.message} ${error.advice}`, message);
	};
	const check = async (...args: Parameters<typeof loadLayout>): Promise<void> => checkContents(await loadLayout(...args));
	const UIMAGE = Buffer.concat([Buffer.from("27051956", "hex"), Buffer.alloc(26), Buffer.from([2]), pattern(1000, 1)]);

	it("when one partition of a dump is given in place of its folder then it says so", async () => {
		put("mtd0.boot.bin");
		await refused(loadLayout(put("mtd2.kernel.bin")), /one partition of a dump.*give the folder .*, with --only kernel.*--at kernel/);
		await refused(loadLayout(put("mtd3")), /one partition.*--only mtd3/);
		await refused(loadLayout(put("rootfs.squashfs.hi3516ev300")), /one partition.*--only rootfs/);
		assert.equal((await loadLayout(put("mtd5.all.bin")))[0]!.whole, true);
		assert.equal((await loadLayout(put("mtd3"), undefined, undefined, { force: true }))[0]!.whole, true);
	});

	it("when a file that is said to be the whole flash is something else then it is named", async () => {
		await refused(check(put("a", UIMAGE)), /is a Linux kernel \(uImage\), not the content of a whole flash.*--at kernel/);
		await refused(check(put("b.tgz", Buffer.from("1f8b08", "hex"))), /gzip.*tar xf b\.tgz/);
		await refused(check(put("c", "a readme with many words, and nothing but them\n")), /is a text/);
		await refused(check(put("d", pattern(8 * K * K - 3, 1))), /8388605 bytes.*no flash has that size/);
		await check(put("e", pattern(8 * K * K, 1)));
	});

	it("when a partition holds what belongs elsewhere then it is refused, unless it is left out", async () => {
		put("boot.bin");
		put("kernel.bin", Buffer.concat([Buffer.from("hsqs"), pattern(64 * K, 1)]));
		await refused(check(folder, "nor16m"), /kernel\.bin is a squashfs file system, not a kernel.*--at rootfs/);
		await checkContents(await loadLayout(folder, "nor16m"), { only: ["boot"] });
	});

	it("when one file and its place are given then it is laid there", async () => {
		const kernel = put("whatever", UIMAGE);
		const at = async (place: string, map?: string) => (await loadLayout(kernel, map, undefined, { at: place }))[0]!;
		assert.deepEqual([(await at("kernel", "nor16m")).offset, (await at("kernel", "nor16m")).capacity], [0x50000, 3 * K * K]);
		assert.deepEqual([(await at("0x50000")).offset, (await at("320k")).offset, (await at("0x50000")).name, (await at("0x50000", "nor16m")).name], [0x50000, 0x50000, "at-0x50000", "kernel"]);
		assert.equal((await at("boot", "512k(u-boot),-(x)")).name, "u-boot");
		await check(kernel, "nor16m", undefined, { at: "kernel" });
		await refused(at("kernel"), /place of kernel is not known.*--layout nor8m/);
		await refused(at("ubi", "nor16m"), /no partition ubi.*it has boot, env, kernel/);
		await refused(loadLayout(folder, undefined, undefined, { at: "0x0" }), /is a folder.*one file/);
		await refused(loadLayout(put("big", pattern(65 * K, 1)), "nor16m", undefined, { at: "env" }), /65 KB, its partition env/);
		await refused(check(kernel, "nor16m", undefined, { at: "rootfs" }), /kernel \(uImage\), not a root file system/);
		await refused(check(kernel, undefined, undefined, { at: "0x0" }), /not a boot loader/);
	});

	for (const name of ["mtd1.env.bin.gz", "mtd1.part", "mtd1.crdownload", "mtd1.bin.xz", "mtd1.bin~", "mtd1.zip"]) {
		it(`when a folder has ${name} in place of mtd1 then it is refused, and beside it not used`, async () => {
			put("mtd0");
			put(name);
			await refused(loadLayout(folder), /mtd1.*by its name/);
			put("mtd1");
			put("mtd1.env.bin");
			rmSync(join(folder, name.startsWith("mtd1.env") ? "mtd1" : "mtd1.env.bin"));
			if (name.startsWith("mtd1.bin"))
				put("mtd1.bin"), rmSync(join(folder, "mtd1"));
			const notes: string[] = [];
			assert.equal((await loadLayout(folder, undefined, text => notes.push(text))).length, 2);
			assert.deepEqual(notes, [`not used: ${name}`]);
		});
	}

	it("when signatures and checksums lie beside a dump then they are not used", async () => {
		["mtd0", "mtd0.md5", "mtd0.sha256", "mtd0.sig", "mtd0.asc", "mtd0.bin.minisig", "SHA256SUMS.txt", "README.md"].forEach(name => put(name));
		assert.deepEqual((await loadLayout(folder)).map(({ name }) => name), ["mtd0"]);
	});

	it("when a signature or checksum lies there without its file then the dump is not whole", async () => {
		["mtd0.bin", "mtd1.bin", "mtd1.bin.sig", "mtd2.rootfs.bin.sig"].forEach(name => put(name));
		await refused(loadLayout(folder), /mtd2\.rootfs\.bin\.sig is a checksum or signature of mtd2\.rootfs\.bin.* missing/);
		assert.equal((await loadLayout(folder, undefined, undefined, { force: true })).length, 2);
	});

	it("when a browser has not ended a download into the folder then it could be any of its files", async () => {
		["mtd0.bin", "Unconfirmed 1234.crdownload"].forEach(name => put(name));
		await refused(loadLayout(folder), /Unconfirmed 1234\.crdownload is a download that has not ended/);
		assert.equal((await loadLayout(folder, undefined, undefined, { force: true })).length, 1);
	});

	it("when packed files have the names of partitions then they are refused as packed", async () => {
		put("rootfs.squashfs.gz");
		await refused(loadLayout(folder, "nor16m"), /rootfs\.squashfs\.gz is packed.*gunzip rootfs\.squashfs\.gz/);
	});

	it("when it is a folder above the dump then the dump is named", async () => {
		put("camera7/mtd0");
		put("another/notes.txt");
		put("also/kernel/inside");
		await refused(loadLayout(folder), /but its folder camera7 does give .*\/camera7$/);
	});

	it("when a numbered file has another partition's name than the map then it is the wrong map", async () => {
		put("mtd3.kernel.bin");
		await refused(loadLayout(folder, "nor16m"), /partition 3 of the map is called rootfs.*map of this camera/);
	});

	it("when files have the map's own names then they are found", async () => {
		put("romfs.bin");
		put("Custom");
		put("uImage");
		assert.deepEqual(places(await loadLayout(folder, "256k(U-Boot),64k(romfs),64k(custom),1M(KERNEL)")), [["romfs", 0x40000], ["custom", 0x50000], ["KERNEL", 0x60000]]);
	});

	it("when a partition lies over all others then it is left out, and written where only it is wanted", async () => {
		["mtd0", "mtd1", "mtd2"].forEach((name, index) => put(name, pattern(64 * K, index)));
		put("mtd3.all", Buffer.concat([0, 1, 2].map(index => pattern(64 * K, index))));
		for (const map of [undefined, "64k(a),64k(b),64k(c),192k@0(all)"]) {
			const partitions = await loadLayout(folder, map);
			const notes: string[] = [];
			await checkContents(partitions, { onNote: text => notes.push(text) });
			assert.match(notes[0]!, /^left out: all, which lies over the others; --only all/);
			assert.deepEqual((await planPieces(partitions, { limit: K * K, geometry: evenBlocks(64 * K) })).map(({ offset }) => offset), [0x10000, 0x20000, 0]);
			assert.deepEqual((await planPieces(partitions, { limit: K * K, geometry: evenBlocks(64 * K), only: ["all"] })).map(({ offset, length }) => [offset, length]), [[0, 192 * K]]);
		}
	});

	it("when parts of the map overlap that are not written then that is no matter", async () => {
		put("kernel");
		put("boot");
		const partitions = await loadLayout(folder, "128k(boot),64k@0x10000(kernel),16384k@0(all)");
		await planPieces(partitions, { limit: K * K, geometry: evenBlocks(64 * K), only: ["kernel"] });
		await refused(planPieces(partitions, { limit: K * K, geometry: evenBlocks(128 * K), only: ["kernel"] }), /middle of an erase block/);
	});

	it("when a file vanishes between two looks then it says so", async () => {
		put("mtd0");
		const path = put("mtd1");
		const partitions = await loadLayout(folder);
		rmSync(path);
		await refused(checkContents(partitions), /mtd1 can't be read: there is no such file/);
		await refused(planPieces(partitions, { limit: K * K, geometry: evenBlocks(64 * K) }), /mtd1 can't be read/);
	});

	it("when the flash is known then its size must be the file's, and what is not touched is told", async () => {
		const [whole] = await loadLayout(put("flash.bin", pattern(K * K, 1)));
		checkWhole([whole!], K * K);
		assert.throws(() => checkWhole([whole!], 2 * K * K), /1048576 bytes, the camera's flash 2097152/);
		const pieces = await planPieces(await loadLayout(put("x", "12"), undefined, undefined, { at: "0x20000" }), { limit: K * K, geometry: evenBlocks(64 * K) });
		assert.deepEqual(untouchedBy(pieces, evenBlocks(64 * K), K * K), [{ offset: 0, length: 0x20000 }, { offset: 0x30000, length: 0xD0000 }]);
		assert.deepEqual(untouchedBy(pieces, evenBlocks(64 * K), 0x30000), [{ offset: 0, length: 0x20000 }]);
	});
});

describe("the state of the flash in words", () => {
	const piece = (partition: string, boot = false) => ({ partition, name: partition, path: "", start: 0, offset: 0, length: 1, crc32: "", boot });
	const pieces = [piece("env"), piece("kernel"), piece("boot", true)] as const;
	const words = (...states: ("untouched" | "equal" | "open" | "verified")[]): string => {
		const record = new FlashRecord(pieces);
		states.forEach((state, index) => record.set(pieces[index]!, state));
		return record.describe();
	};

	const cases: [string, string, RegExp][] = [
		["nothing was done", words(), /^Nothing was erased/],
		["everything was right already", words("equal", "equal", "equal"), /^Nothing was erased/],
		["kernel is open", words("verified", "open"), /^env is written and verified. kernel is erased and not completely written: Linux probably does not start. The boot loader was not touched/],
		["boot is open", words("verified", "verified", "open"), /boot loader \(boot\).*does NOT start/],
		["some are left", words("verified"), /Not yet written: kernel, boot. The flash is a mixture of old and new. The boot loader was not touched/],
		["all is done", words("verified", "equal", "verified"), /env, boot are written and verified. The flash is complete/]
	];
	for (const [when, text, expected] of cases) {
		it(`when ${when} then it says so`, () => {
			assert.match(text, expected);
		});
	}

	it("when only a part of the boot loader is written then it is not called in order", () => {
		const parts = [piece("boot", true), piece("boot", true)];
		const record = new FlashRecord(parts);
		record.set(parts[0]!, "verified");
		assert.match(record.describe(), /^a part of boot is written and verified\. Not yet written: boot\. The flash is a mixture of old and new\. The boot loader is only partly new: the camera probably does NOT start/);
	});

	it("when writing one partition has changed another then that one is not right any more", () => {
		const record = new FlashRecord(pieces);
		pieces.forEach(each => record.set(each, "verified"));
		record.spoil(pieces[0]);
		assert.equal(record.get(pieces[0]), "open");
		assert.equal(record.describe(), "kernel, boot are written and verified. env is not right any more: Linux probably does not start. The boot loader is in order. Run the same restore again.");
	});

	it("when a part of the flash was not dealt with then it is named, and nothing is called complete", () => {
		const record = new FlashRecord(pieces);
		pieces.forEach(each => record.set(each, "verified"));
		record.leave([{ offset: 0x10000, length: 0x10000 }]);
		assert.match(record.describe(), /verified\. Not touched, since nothing was given for it: 0x10000 to 0x1ffff \(64 KB\)\.$/);
	});
});

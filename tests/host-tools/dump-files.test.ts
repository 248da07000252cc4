/** Whether a dump's files are what they are given as: from a folder or file to the pieces that are written. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { evenBlocks } from "../../host-tools/flash/kind.ts";
import { loadLayout } from "../../host-tools/flash/layout.ts";
import { checkContents, checkWhole } from "../../host-tools/jobs/contents.ts";
import { planPieces, untouchedBy } from "../../host-tools/jobs/plan.ts";
import { pattern } from "./support/dump.ts";
import { refused } from "./support/refused.ts";

const K = 1024;
const places = (partitions: { name: string; offset: number }[]): [string, number][] => partitions.map(({ name, offset }) => [name, offset]);

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

	it("when the folder or file is none that can be restored then it is refused", async () => {
		mkdirSync(join(folder, "empty"));
		await refused(loadLayout(join(folder, "empty")), /neither mtd\* files nor/);
		await refused(loadLayout(join(folder, "nowhere")), /can't be read/);
		await refused(loadLayout(put("nothing", "")), /is empty/);
		await refused(loadLayout(put("backup", "---\nvendor: x\n")).then(partitions => checkContents(partitions)), /ipctool backup/);
	});
});

import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hex } from "../../host-tools/base/bytes.ts";
import { evenBlocks } from "../../host-tools/flash/kind.ts";
import { loadLayout } from "../../host-tools/flash/layout.ts";
import { checkFlash, planPieces } from "../../host-tools/jobs/plan.ts";
import { Dump, pattern } from "./support/dump.ts";
import { refused } from "./support/refused.ts";

const K = 1024;

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
});

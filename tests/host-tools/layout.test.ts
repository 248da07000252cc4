import { strict as assert } from "node:assert";
import { Failure } from "../../host-tools/base/failure.ts";
import { layoutNamed, layoutNumbered, parseMap, type DumpFile } from "../../host-tools/flash/layout.ts";

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

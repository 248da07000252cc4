/** Debian's U-Boot for QEMU's sifive_u as files that `rackpod restore` takes: as it is, or with another year in its version. */
import { strict as assert } from "node:assert";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packages } from "../../../simulator/qemu/packages.ts";
import { IMAGES, LAYOUT, NOR_SIZE, PACKAGE } from "../../../simulator/qemu/sifive.ts";
import { filled } from "../../../simulator/random.ts";

const BOARDS = join(import.meta.dirname, "../boards");

/** The NOR in the words of mtdparts; the gap before the boot loader belongs to the chip. */
export const LAYOUT_MAP = "20k(gap),1024k(boot),4096k(kernel),128k(env),-(rootfs)";
const ROOTFS = LAYOUT.environment.offset + LAYOUT.environment.size;

export interface SifiveImages {
	spl: Buffer;
	uboot: Buffer;
	/** "2025.01" */
	version: string;
	/** Folder with boot (the SPL), kernel (U-Boot) and rootfs. */
	dump: string;
	/** Files. */
	ubootFile: string;
	profile: string;
	board: string;
	/** The NOR as a restore leaves a blank one. */
	nor: Buffer;
}

/** @param year in the version of SPL and U-Boot, four digits: one byte of each is another one, or none */
export async function sifiveImages(folder: string, year = "2025"): Promise<SifiveImages> {
	const [root] = await packages(PACKAGE);
	const spl = readFileSync(join(root!, IMAGES, "u-boot-spl.bin"));
	const uboot = readFileSync(join(root!, IMAGES, "u-boot.itb"));
	rename(spl, "U-Boot SPL ", year);
	rename(uboot, "U-Boot ", year);
	const dump = join(folder, "dump");
	mkdirSync(dump, { recursive: true });
	const rootfs = filled(1_234_567, Number(year));
	const nor = Buffer.alloc(NOR_SIZE, 0xff);
	for (const [name, offset, bytes] of [["boot", LAYOUT.spl.offset, spl], ["kernel", LAYOUT.uboot.offset, uboot], ["rootfs", ROOTFS, rootfs]] as const) {
		writeFileSync(join(dump, name), bytes);
		nor.set(bytes, offset);
	}
	writeFileSync(join(folder, "u-boot-spl.bin"), spl); // where the profile looks for it
	writeFileSync(join(folder, "u-boot.itb"), uboot);
	copyFileSync(join(BOARDS, "sifive-profile.json"), join(folder, "profile.json"));
	return {
		spl, uboot, version: `${year}.01`, dump, nor,
		ubootFile: join(folder, "u-boot.itb"), profile: join(folder, "profile.json"), board: join(BOARDS, "sifive.json")
	};
}

function rename(image: Buffer, name: string, year: string): void {
	const at = image.indexOf(`${name}2025.01`);
	assert.ok(at > 0);
	image.write(year, at + name.length, "latin1");
	assert.equal(image.indexOf(`${name}2025.01`, at + 1), -1);
}

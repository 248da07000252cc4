/**
 * Made-up firmware for the demo, the examples and the tests: as large as the real thing, with what a boot chain looks at,
 * and filled from a seed, so that every byte out of place shows.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { filled } from "./random.ts";

/** SPL of the made-up U-Boot: the compressed part begins behind it, at a whole KiB. */
export const SPL_SIZE = 17408;

const KIB = 1024;

/** A 16 MB camera's partitions in flash order; together 7,664 KiB. */
export const LAYOUT: readonly { file: string; size: number }[] = [
	{ file: "mtd0.boot.bin", size: 256 * KIB },
	{ file: "mtd1.env.bin", size: 64 * KIB },
	{ file: "mtd2.kernel.bin", size: 3072 * KIB },
	{ file: "mtd3.rootfs.bin", size: 4272 * KIB }
];

/** A U-Boot of this size is brought up in some 10 s: the boot ROM's 115200 baud leave no more than 11.5 KB per second. */
export const SMALL_UBOOT = 96 * KIB;

/** Writes the made-up dump, U-Boot and profile into `folder`; returns where they are. */
export function writeDemoImages(folder: string, ubootSize: number, seed = 1): { dump: string; uboot: string; profile: string } {
	const dump = join(folder, "dump");
	mkdirSync(dump, { recursive: true });
	const uboot = makeUBoot(ubootSize, seed);
	for (const { file, bytes } of partitions(uboot, seed))
		writeFileSync(join(dump, file), bytes);
	writeFileSync(join(folder, "u-boot.bin"), uboot);
	writeFileSync(join(folder, "hi3516ev300.json"), JSON.stringify(PROFILE, null, "\t") + "\n");
	return { dump, uboot: join(folder, "u-boot.bin"), profile: join(folder, "hi3516ev300.json") };
}

/**
 * What a camera's flash of `size` bytes holds that boots: as a dump of its own, other bytes than any that writeDemoImages writes by default.
 */
export function systemFlash(size: number): Uint8Array {
	const flash = new Uint8Array(size).fill(0xff);
	let offset = 0;
	for (const { bytes } of partitions(makeUBoot(SMALL_UBOOT, SYSTEM_SEED), SYSTEM_SEED)) {
		flash.set(bytes.subarray(0, Math.max(0, size - offset)), Math.min(size, offset));
		offset += bytes.length;
	}
	return flash;
}

const SYSTEM_SEED = 1000;

/** In flash order, of the sizes in LAYOUT. */
function partitions(uboot: Uint8Array, seed: number): { file: string; bytes: Uint8Array }[] {
	const all = LAYOUT.map(({ file, size }, index) => ({ file, bytes: filled(size, seed + index) }));
	const [boot, env, kernel, rootfs] = all;
	boot!.bytes.fill(0xff);
	boot!.bytes.set(uboot.subarray(0, boot!.bytes.length));
	env!.bytes.fill(0xff);
	kernel!.bytes.set([0x27, 0x05, 0x19, 0x56]); // uImage
	rootfs!.bytes.set(Buffer.from("hsqs")); // squashfs, little-endian
	return all;
}

/** What the made-up U-Boot of `seed` says that it is. */
export function versionOf(seed: number): string {
	return `U-Boot 2016.11-rackpod-${seed} (Mar 20 2023 - 13:54:41 +0300)hi3516ev300`;
}

/**
 * Built as OpenIPC's: an SPL that begins with a branch over its header and has no compression magic, then U-Boot proper compressed by
 * gzip, with its version in it. Nothing of it can run.
 */
export function makeUBoot(size: number, seed: number): Uint8Array {
	const image = filled(size, seed + 100).map(byte => byte === 0x5d || byte === 0x1f ? 0x5e : byte);
	image.set([0x0e, 0x00, 0x00, 0xea]); // b 0x40
	// six bits of eight are used: it shrinks to three quarters, and no plain text is left in it
	const proper = filled(Math.floor((size - SPL_SIZE) * 1.2), seed + 200).map(byte => byte & 0x3f);
	proper.set(Buffer.from(`${versionOf(seed)}\0`, "latin1"), proper.length >> 1);
	const compressed = gzipSync(proper, { level: 9 });
	if (SPL_SIZE + compressed.length > size)
		throw new RangeError(`a U-Boot of ${size} bytes is too small`);
	image.fill(0, SPL_SIZE);
	image.set(compressed, SPL_SIZE);
	return image;
}

/** A profile in the form of the field's own files. The addresses are a hi3516ev300's; the DDR steps are filler. */
export const PROFILE = {
	name: "hi3516ev300",
	ADDRESS: ["0x04013000", "0x04010500", "0x41000000"],
	FILELEN: ["0x0040", "0x6000"],
	STEPLEN: ["0x0040", "0x0050"],
	PRESTEP0: Array.from(filled(64, 7)),
	DDRSTEP0: Array.from(filled(64, 8))
};

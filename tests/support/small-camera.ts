/**
 * A camera whose firmware is small: a dump of four files in the places of OpenIPC's map for 16 MB, so that a restore is over in
 * seconds, and what the flash must hold before and after it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filled } from "../../simulator/random.ts";
import { makeUBoot, PROFILE } from "../../simulator/demo-images.ts";

const KIB = 1024;
export const NOR_SIZE = 16 * 1024 * KIB;

export interface Piece {
	name: string;
	file: string;
	offset: number;
	bytes: Uint8Array;
}

export interface SmallCamera {
	/** The dump's folder; its places are those of `--layout nor16m`. */
	dump: string;
	uboot: string;
	profile: string;
	/** In flash order. */
	pieces: Piece[];
	/** What the whole flash holds when these pieces are in it and the rest is blank. */
	flash: Buffer;
}

export interface Sizes {
	kernel?: number;
	rootfs?: number;
}

/** Writes dump, U-Boot and profile into `folder`, filled from `seed`. The root file system's length is odd unless given. */
export function smallCamera(folder: string, seed: number, { kernel = 256 * KIB, rootfs = 200_003 }: Sizes = {}): SmallCamera {
	const dump = join(folder, `dump${seed}`);
	mkdirSync(dump, { recursive: true });
	const uboot = makeUBoot(20 * KIB, seed);
	const boot = new Uint8Array(128 * KIB).fill(0xff);
	boot.set(uboot);
	const linux = filled(kernel, seed + 1);
	linux.set([0x27, 0x05, 0x19, 0x56]); // uImage
	new DataView(linux.buffer, linux.byteOffset).setUint32(12, kernel - 64); // what follows its header
	const root = filled(rootfs, seed + 2);
	root.set(Buffer.from("hsqs"));
	const pieces = [
		{ name: "boot", file: "boot.bin", offset: 0, bytes: boot },
		{ name: "env", file: "env.bin", offset: 0x40000, bytes: new Uint8Array(64 * KIB).fill(0xff) },
		{ name: "kernel", file: "kernel.bin", offset: 0x50000, bytes: linux },
		{ name: "rootfs", file: "rootfs.bin", offset: 0x350000, bytes: root }
	];
	const flash = Buffer.alloc(NOR_SIZE, 0xff);
	for (const { file, offset, bytes } of pieces) {
		writeFileSync(join(dump, file), bytes);
		flash.set(bytes, offset);
	}
	writeFileSync(join(folder, "u-boot.bin"), uboot);
	writeFileSync(join(folder, "profile.json"), JSON.stringify(PROFILE));
	return { dump, uboot: join(folder, "u-boot.bin"), profile: join(folder, "profile.json"), pieces, flash };
}

/** The words of a restore of its dump by `pod`. */
export function restoreWords({ dump, uboot, profile }: SmallCamera, pod: { http: string }, ...more: string[]): string[] {
	return ["restore", dump, "--layout", "nor16m", "--uboot", uboot, "--profile", profile, "--pod", pod.http, ...more];
}

/** The dump over what was in the flash: partitions are erased as far as the dump's files reach. */
export function restored({ pieces }: SmallCamera, old: Buffer): Buffer {
	const flash = Buffer.from(old);
	for (const { offset, bytes } of pieces) {
		flash.fill(0xff, offset, offset + Math.ceil(bytes.length / 65536) * 65536);
		flash.set(bytes, offset);
	}
	return flash;
}

/** What the simulated camera's flash holds now. */
export function readFlash(state: string): Buffer {
	return readFileSync(join(state, "nor.bin"));
}

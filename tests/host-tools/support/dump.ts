/**
 * A small dump, a U-Boot and a profile for it, in a folder of their own; and a clock that runs ten times as fast.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadFastboot, type Fastboot } from "../../../host-tools/profiles/blob.ts";
import { realClock, type Clock } from "../../../host-tools/base/clock.ts";
import { loadLayout, type Partition } from "../../../host-tools/flash/layout.ts";
import { parseProfile } from "../../../host-tools/profiles/profile.ts";

export const PROFILE = {
	name: "hi3516ev300",
	ADDRESS: ["0x04013000", "0x04010500", "0x41000000"],
	FILELEN: ["0x40", "0x6000"],
	PRESTEP0: Array.from({ length: 64 }, (_, index) => index),
	DDRSTEP0: Array.from({ length: 64 }, (_, index) => 255 - index)
};

export const fastClock: Clock = {
	now: () => realClock.now() * 10,
	after: (milliseconds, callback) => realClock.after(milliseconds / 10, callback),
	cancel: alarm => realClock.cancel(alarm)
};

/** What the dump's U-Boot says that it is. */
export const VERSION = "U-Boot 2016.11-g6d2ed0c-dirty (Mar 20 2023 - 13:54:41 +0300)hi3516ev300";

/** Bytes that differ from place to place. */
export function pattern(length: number, seed: number): Buffer {
	const bytes = Buffer.alloc(length);
	for (let at = 0; at < length; at++)
		bytes[at] = (at * 7 + (at >> 8) * 31 + seed * 101) & 0xFF;
	return bytes;
}

export class Dump {
	readonly folder = mkdtempSync(join(tmpdir(), "rackpod-"));
	/** What the flash must hold at its begin after a restore. */
	readonly content: Buffer;
	readonly files: Readonly<Record<string, Buffer>>;

	constructor(sizes: Readonly<Record<string, number>> = { "mtd0.boot.bin": 65536, "mtd1.env.bin": 65536, "mtd2.rootfs.bin": 100001 }) {
		this.files = Object.fromEntries(Object.entries(sizes).map(([name, size], index) => [name, pattern(size, index + 1)]));
		this.content = Buffer.concat(Object.values(this.files));
		mkdirSync(this.path);
		for (const [name, bytes] of Object.entries(this.files))
			writeFileSync(join(this.path, name), bytes);
		const uboot = pattern(20000, 9);
		uboot.write(`${VERSION}\0`, 19000, "latin1");
		writeFileSync(this.uboot, uboot);
		writeFileSync(this.profile, JSON.stringify(PROFILE));
	}

	get path(): string {
		return join(this.folder, "dump");
	}

	get uboot(): string {
		return join(this.folder, "u-boot.bin");
	}

	get profile(): string {
		return join(this.folder, "hi3516ev300.json");
	}

	async load(): Promise<{ partitions: Partition[]; fastboot: Fastboot }> {
		return { partitions: await loadLayout(this.path), fastboot: await loadFastboot(this.uboot, parseProfile(JSON.stringify(PROFILE), this.profile)) };
	}

	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/**
 * The body of `POST /fastboot`: addresses, DDR steps, SPL and U-Boot in one piece.
 */
import { readFile } from "node:fs/promises";
import { Failure, textOf } from "./failure.ts";
import { bootImages, type BootImages } from "./spl.ts";
import type { Profile } from "./profile.ts";
import { versionsIn } from "./uboot-version.ts";

/**
 * Packs the body, all numbers big-endian: u32 SPL address, u32 DDR step address, u32 U-Boot address; u16 length and bytes of
 * PRESTEP0, DDRSTEP0, PRESTEP1; u32 length and bytes of SPL and U-Boot.
 */
export function fastbootBlob(profile: Profile, images: Pick<BootImages, "spl" | "uboot">): Uint8Array {
	const steps = [profile.prestep0, profile.ddrstep0, profile.prestep1];
	const payloads = [images.spl, images.uboot];
	const length = 12 + steps.reduce((sum, step) => sum + 2 + step.length, 0) + payloads.reduce((sum, payload) => sum + 4 + payload.length, 0);
	const blob = new Uint8Array(length);
	const view = new DataView(blob.buffer);
	view.setUint32(0, profile.splAddress);
	view.setUint32(4, profile.ddrStepAddress);
	view.setUint32(8, profile.ubootAddress);
	let offset = 12;
	for (const step of steps) {
		view.setUint16(offset, step.length);
		blob.set(step, offset + 2);
		offset += 2 + step.length;
	}
	for (const payload of payloads) {
		view.setUint32(offset, payload.length);
		blob.set(payload, offset + 4);
		offset += 4 + payload.length;
	}
	return blob;
}

export interface Fastboot extends BootImages {
	readonly profile: Profile;
	/** The body to post. */
	readonly blob: Uint8Array;
	/** What these images say that they are (uboot-version.ts); none when they don't show it. */
	readonly versions: readonly string[];
}

/** Reads a U-Boot file and makes the body for `profile`. Throws Failure `usage`. */
export async function loadFastboot(path: string, profile: Profile): Promise<Fastboot> {
	const uboot = await readInput(path, "U-Boot", "check the U-Boot file (--uboot)");
	if (uboot.length < 1024)
		throw new Failure("usage", `U-Boot ${path} has only ${uboot.length} bytes`, "check --uboot");
	const splBlob = profile.splBlob ? await readInput(profile.splBlob, "SPL", "the profile names it in SPL_BLOB: it must lie next to the profile") : undefined;
	const images = bootImages(uboot, profile, splBlob);
	return { ...images, profile, blob: fastbootBlob(profile, images), versions: versionsIn(uboot, ...splBlob ? [splBlob] : []) };
}

async function readInput(path: string, what: string, advice: string): Promise<Uint8Array> {
	try {
		return await readFile(path);
	}
	catch (error) {
		throw new Failure("usage", `${what} ${path} can't be read: ${textOf(error)}`, advice);
	}
}

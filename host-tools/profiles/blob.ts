/**
 * The body of `POST /fastboot`: addresses, DDR steps, SPL and U-Boot in one piece.
 */
import { counted } from "../base/counted.ts";
import { isNoise } from "./boot-check.ts";
import { sizeText } from "../base/bytes.ts";
import { Failure } from "../base/failure.ts";
import { readInput } from "../base/input.ts";
import { objectionTo } from "../flash/purpose.ts";
import { HEAD } from "../flash/recognise.ts";
import { bootImages, type BootImages } from "./spl.ts";
import type { Profile } from "./profile.ts";
import { versionsIn } from "../camera/uboot-version.ts";
import { FASTBOOT_BODY } from "../../modules/protocol/limits.ts";

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

const SMALLEST = 1024;
const UBOOT = { what: "U-Boot", advice: "check the U-Boot file (--uboot)" };
const SPL = { what: "SPL", advice: "the profile names it in SPL_BLOB: it must lie next to the profile" };

/** Reads a U-Boot file and makes the body for `profile`. `force`: also of what certainly is no U-Boot. Throws Failure `usage`. */
export async function loadFastboot(path: string, profile: Profile, force = false): Promise<Fastboot> {
	const uboot = await readInput(path, UBOOT, FASTBOOT_BODY);
	const spl = profile.splBlob === undefined ? undefined : await readInput(profile.splBlob, SPL, FASTBOOT_BODY);
	if (uboot.length < SMALLEST)
		throw new Failure("usage", `U-Boot ${path} has only ${counted(uboot.length, "byte")}`, "check --uboot");
	const head = uboot.subarray(0, HEAD);
	const objection = force ? undefined : objectionTo("uboot", path, head, uboot.length, spl !== undefined);
	if (objection)
		throw new Failure("usage", objection.message, objection.advice);
	if (!force && !spl && isNoise(head))
		throw new Failure("usage", `${path} is no U-Boot: it begins with random, packed or encrypted bytes`,
			"check --uboot: it is a U-Boot for this chip, as it is written to its flash; --force takes it all the same");
	const images = bootImages(uboot, profile, spl);
	const blob = fastbootBlob(profile, images);
	if (blob.length > FASTBOOT_BODY)
		throw new Failure("usage",
			`U-Boot ${path} and its SPL have ${sizeText(blob.length)} together, and the pod takes ${sizeText(FASTBOOT_BODY)}`, "check --uboot");
	return { ...images, profile, blob, versions: versionsIn(uboot, ...spl ? [spl] : []) };
}

/**
 * Finds the SPL in a U-Boot image and makes image and SPL fit for the boot ROM.
 *
 * A HiSilicon U-Boot begins with its SPL; the compressed U-Boot proper follows. The boot ROM takes only the SPL into SRAM: too
 * much of it overruns the SRAM and the ROM faults, too little and DDR training never ends.
 */
import { clearLongRuns } from "../base/bytes.ts";
import type { Profile } from "./profile.ts";

/** Where the compressed part may begin. */
const SCAN_FROM = 0x4000;
const SCAN_TO = 0xFFFF;
/** The cv500 family's DDR step address: hi3516cv500, hi3516av300, hi3516dv300, hi3559v200. */
const CV500_DDR_STEP = 0x04017000;

export interface BootImages {
	spl: Uint8Array;
	uboot: Uint8Array;
	/** How the SPL's length was found. */
	boundary: "gzip" | "lzma" | "profile" | "blob";
	/** Long runs of 0xFF replaced in the SPL, and in U-Boot. */
	splRuns: number;
	ubootRuns: number;
}

/** Whether this chip's boot ROM hangs on 12 or more 0xFF in a row in any upload, not only the SPL. */
function hangsOnRuns(profile: Profile): boolean {
	return profile.ddrStepAddress === CV500_DDR_STEP;
}

/** What has to be sent to the boot ROM for `uboot`. `splBlob` is the content of the file the profile names, if it does. */
export function bootImages(uboot: Uint8Array, profile: Profile, splBlob?: Uint8Array): BootImages {
	const { boundary, size } = splBlob ? { boundary: "blob" as const, size: splBlob.length } : splBoundary(uboot, profile.splSize);
	const spl = new Uint8Array(Math.min(size, profile.sramLimit ?? size));
	spl.set((splBlob ?? uboot).subarray(0, spl.length));
	const image = uboot.slice();
	return { spl, uboot: image, boundary, splRuns: clearLongRuns(spl), ubootRuns: hangsOnRuns(profile) ? clearLongRuns(image) : 0 };
}

/** Where the SPL ends: the compressed part's start rounded down to 1 KB, or `otherwise` when none is seen. */
export function splBoundary(uboot: Uint8Array, otherwise: number): { boundary: "gzip" | "lzma" | "profile"; size: number } {
	const last = Math.min(SCAN_TO, uboot.length - 1);
	for (let at = SCAN_FROM; at <= last; at++) {
		const boundary = isGzip(uboot, at) ? "gzip" : isLzma(uboot, at) ? "lzma" : undefined;
		if (boundary)
			return { boundary, size: at - at % 1024 };
	}
	return { boundary: "profile", size: otherwise };
}

function isGzip(bytes: Uint8Array, at: number): boolean {
	return bytes[at] === 0x1F && bytes[at + 1] === 0x8B && bytes[at + 2] === 0x08;
}

/** LZMA's header: the usual properties byte, then the dictionary size, a power of two from 64 KB to 16 MB. */
function isLzma(bytes: Uint8Array, at: number): boolean {
	if (bytes[at] !== 0x5D || at + 5 > bytes.length)
		return false;
	const dictionary = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0, true);
	return dictionary >= 2 ** 16 && dictionary <= 2 ** 24 && (dictionary & (dictionary - 1)) === 0;
}

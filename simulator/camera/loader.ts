/**
 * What the boot ROM jumps to, in RAM or at the flash's begin: whether a processor could run it, and which U-Boot it is. The camera runs
 * what it got; garbage, a text, half an image leave it silent.
 */
import { splBoundary } from "../../host-tools/profiles/spl.ts";
import { properVersion, versionsIn } from "../../host-tools/camera/uboot-version.ts";

/** The version that this loader prints first; undefined when nothing of it would be seen. */
export function loaderVersion(image: Uint8Array): string | undefined {
	return isCode(image) || splBoundary(image, 0).boundary !== "profile" ? properVersion(versionsIn(image)) : undefined;
}

/** A loader begins with a branch over its vectors or header: ARM's `b`, always, or AArch64's. */
function isCode(image: Uint8Array): boolean {
	return image[3] === 0xea || (image[3]! & 0xfc) === 0x14;
}

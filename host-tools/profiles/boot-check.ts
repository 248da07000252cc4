/**
 * Whether what is about to be written to the boot loader's place, or fed to the boot ROM, can be a boot loader. Only what certainly is
 * none is refused: there are too many of them to know them all.
 */
import { deflateRawSync } from "node:zlib";
import { sizeText } from "../base/bytes.ts";
import { splBoundary } from "./spl.ts";

/** The smallest U-Boot with its SPL is several times as large. */
const SMALLEST = 16 * 1024;
/** So much of the start is program code in every boot loader, and code can be packed; noise, and what is packed or encrypted, can't. */
const CODE = 16 * 1024;

/** Why `head`, the start of a file of `length` bytes that nobody recognises, can't be a boot loader; undefined when it may be one. */
export function bootObjection(head: Uint8Array, length: number): string | undefined {
	if (length < SMALLEST)
		return `only ${sizeText(length)}`;
	return isNoise(head) ? "random, packed or encrypted bytes" : undefined;
}

/** Bytes without any order, and without the start of a packed U-Boot behind an SPL. */
export function isNoise(head: Uint8Array): boolean {
	const code = head.subarray(0, CODE);
	return code.length === CODE && deflateRawSync(code).length >= CODE && splBoundary(head, 0).boundary === "profile";
}

/**
 * Whether what is about to be written to the boot loader's place can be a boot loader. Only what certainly is none is refused:
 * there are too many of them to know them all.
 */
import { crc32 } from "node:zlib";
import { hex, sizeText } from "./bytes.ts";

/** The smallest U-Boot with its SPL is several times as large. */
const SMALLEST = 16 * 1024;
/** How much of the begin `bootObjection` wants to see: the largest environment. */
export const BOOT_HEAD = 256 * 1024;

/** Why `head`, the begin of a file of `length` bytes, can't be a boot loader; undefined when it may be one. */
export function bootObjection(head: Uint8Array, length: number): string | undefined {
	const [first] = head;
	if ((first === 0xFF || first === 0) && head.every(byte => byte === first))
		return `only bytes ${hex(first)}`;
	if (length < SMALLEST)
		return `only ${sizeText(length)}`;
	if (isEnvironment(head))
		return "a U-Boot environment";
	return undefined;
}

/** A U-Boot environment begins with the CRC-32 of its rest, behind a flag byte where there are two of them. */
function isEnvironment(head: Uint8Array): boolean {
	const announced = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
	const sizes = [head.length];
	for (let size = 0x1000; size < head.length; size *= 2)
		sizes.push(size);
	return sizes.some(size => [4, 5].some(start => crc32(head.subarray(start, size)) === announced));
}

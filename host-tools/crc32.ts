/**
 * CRC-32 as the pod and U-Boot's `crc32` write it: 8 lower-case hexadecimal digits.
 */
import { createReadStream } from "node:fs";
import { crc32 } from "node:zlib";

export function crcOf(bytes: Uint8Array): string {
	return hex8(crc32(bytes));
}

/** `value` as 8 lower-case hexadecimal digits. */
export function hex8(value: number): string {
	return (value >>> 0).toString(16).padStart(8, "0");
}

/** CRC-32 of a whole file. */
export async function crcOfFile(path: string): Promise<string> {
	let crc = 0;
	for await (const part of createReadStream(path))
		crc = crc32(part as Buffer, crc);
	return hex8(crc);
}

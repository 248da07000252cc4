/**
 * CRC-32 as the pod and U-Boot's `crc32` write it: 8 lower-case hexadecimal digits.
 */
import { crc32 } from "node:zlib";
import { readable } from "./input.ts";

export function crcOf(bytes: Uint8Array): string {
	return hex8(crc32(bytes));
}

/** `value` as 8 lower-case hexadecimal digits. */
export function hex8(value: number): string {
	return (value >>> 0).toString(16).padStart(8, "0");
}

/** CRC-32 of a whole file. Throws Failure `usage` when it can't be read. */
export async function crcOfFile(path: string): Promise<string> {
	return readable(path, { what: "the file" }, async file => {
		let crc = 0;
		for await (const part of file.createReadStream({ autoClose: false }))
			crc = crc32(part as Buffer, crc);
		return hex8(crc);
	});
}

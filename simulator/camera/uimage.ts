/** The header of a uImage: 64 bytes, big-endian, before the kernel. */
import { crc32 } from "./crc.ts";

export const HEADER_SIZE = 64;
const MAGIC = 0x27051956;

export interface UImage {
	/** The header's own CRC is right. */
	intact: boolean;
	name: string;
	/** Bytes that follow the header. */
	size: number;
	load: number;
	entry: number;
	dataCrc: number;
}

/** Undefined when the magic is another one. */
export function parseUImage(header: Uint8Array): UImage | undefined {
	const bytes = Buffer.from(header.subarray(0, HEADER_SIZE));
	if (bytes.length < HEADER_SIZE || bytes.readUInt32BE(0) !== MAGIC)
		return undefined;
	const crc = bytes.readUInt32BE(4);
	const size = bytes.readUInt32BE(12);
	const name = bytes.subarray(32).toString("latin1").split("\0")[0]!;
	const image = { name, size, load: bytes.readUInt32BE(16), entry: bytes.readUInt32BE(20), dataCrc: bytes.readUInt32BE(24) };
	bytes.writeUInt32BE(0, 4);
	return { ...image, intact: crc32(bytes) === crc };
}

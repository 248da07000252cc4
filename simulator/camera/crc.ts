/** The camera's own checksums: independent of the firmware's, so that one does not vouch for the other's mistakes. */

const TABLE32 = Uint32Array.from({ length: 256 }, (_, index) => {
	for (let bit = 0; bit < 8; bit++)
		index = index & 1 ? (index >>> 1) ^ 0xedb88320 : index >>> 1;
	return index;
});

const TABLE16 = Uint16Array.from({ length: 256 }, (_, index) => {
	index <<= 8;
	for (let bit = 0; bit < 8; bit++)
		index = index & 0x8000 ? (index << 1) ^ 0x1021 : index << 1;
	return index;
});

/** CRC-32 as zlib's and U-Boot's; go on from `crc`. */
export function crc32(bytes: Uint8Array, crc = 0): number {
	crc = ~crc;
	for (let index = 0; index < bytes.length; index++)
		crc = TABLE32[(crc ^ bytes[index]!) & 255]! ^ (crc >>> 8);
	return ~crc >>> 0;
}

/** CRC-16/XMODEM as in the boot ROM's frames. */
export function crc16(bytes: Uint8Array, crc = 0): number {
	for (let index = 0; index < bytes.length; index++)
		crc = ((crc << 8) & 0xffff) ^ TABLE16[(crc >>> 8) ^ bytes[index]!]!;
	return crc;
}

/** A number as U-Boot prints CRCs: 8 hex digits. */
export function hex32(number: number): string {
	return (number >>> 0).toString(16).padStart(8, "0");
}

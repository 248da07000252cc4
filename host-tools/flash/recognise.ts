/**
 * What a file is by its first bytes, as far as it matters here: what people have given in place of a flash image, and what the parts of a
 * flash image begin with. Only what is certain is named. What each kind may be used for is in purpose.ts.
 */
import { crc32 } from "node:zlib";
import { hex } from "../base/bytes.ts";

/**
 * - `packed`: archives and compressed files
 * - `text`, `document` (pages, pictures, keys), `program`, `disk`: what no flash of a camera begins with
 * - `kernel`, `filesystem`, `tree` (device tree), `environment`, `loader` (a U-Boot in a container): parts of a flash
 * - `fit`: a container for a kernel or a U-Boot, with what belongs to it
 * - `blank`: one byte, over and over
 * - `backup`: ipctool's text with images in it
 */
export type Group = "packed" | "text" | "document" | "program" | "disk" | "kernel" | "filesystem" | "tree" | "environment" | "loader"
	| "fit" | "blank" | "backup";

export interface Content {
	readonly group: Group;
	/** With its article: "a gzip file". */
	readonly is: string;
	/** For `packed`: the command that unpacks it. */
	readonly unpack?: string;
	/** Bytes that it has at least, by its own header: a file with fewer is cut short. */
	readonly length?: number;
}

/** How much of a file's start `recognise` wants to see: the largest environment. */
export const HEAD = 256 * 1024;

/** Behind the last field that is looked at. */
const FIELDS_END = 2048;

/** What begins so; undefined when nobody can tell. */
export function recognise(head: Uint8Array): Content | undefined {
	const [first] = head;
	if ((first === 0xFF || first === 0 || head.length >= SHORTEST_TEXT) && head.every(byte => byte === first))
		return { group: "blank", is: `only bytes ${hex(first)}` };
	const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
	// What looks closer needs not mind where a short file ends.
	const padded = bytes.length < FIELDS_END ? Buffer.concat([bytes], FIELDS_END) : bytes;
	for (const { at = 0, magic, also, size, ...content } of MAGICS) {
		const wanted = Buffer.from(magic, "latin1");
		if (bytes.subarray(at, at + wanted.length).equals(wanted) && (also?.(padded) ?? true))
			return size ? { ...content, length: size(padded) } : content;
	}
	if (isDisk(bytes))
		return { group: "disk", is: "an image of a disk or memory card" };
	if (isEnvironment(head))
		return { group: "environment", is: "a U-Boot environment" };
	return textKind(bytes);
}

interface Magic extends Content {
	readonly at?: number;
	/** One character a byte. */
	readonly magic: string;
	readonly also?: (bytes: Buffer) => boolean;
	readonly size?: (bytes: Buffer) => number;
}

/** The type in a uImage's header (U-Boot, include/image.h). */
const uImage = (...types: number[]) => (bytes: Buffer): boolean => types.includes(bytes[30]!);
/** Of what stands behind its header of 64 bytes, and only when the header's CRC-32 is right. */
const uImageSize = (bytes: Buffer): number => {
	const header = Buffer.from(bytes.subarray(0, 64));
	header.writeUInt32BE(0, 4);
	return crc32(header) === bytes.readUInt32BE(4) ? 64 + bytes.readUInt32BE(12) : 0;
};
/** Of a device tree's blob of version 17 (Devicetree Specification 5.2); a FIT's data may lie behind it. */
const treeSize = (bytes: Buffer): number => bytes.readUInt32BE(20) === 17 && bytes.readUInt32BE(24) === 16 ? bytes.readUInt32BE(4) : 0;
/** Node types of jffs2 (linux/jffs2.h): a magic of two bytes alone is too little. */
const JFFS2_NODES: readonly number[] = [0xE001, 0xE002, 0x2003, 0x2004, 0x2006, 0xE008, 0xE009];

const packed = (magic: string, is: string, unpack: string, at = 0): Magic => ({ group: "packed", magic, at, is, unpack });

const MAGICS: readonly Magic[] = [
	packed("\x1f\x8b\x08", "a gzip file", "gunzip"),
	packed("\xfd7zXZ\0", "an xz file", "unxz"),
	packed("PK\x03\x04", "a zip archive", "unzip"),
	packed("PK\x05\x06", "an empty zip archive", "unzip"),
	packed("\x28\xb5\x2f\xfd", "a zstd file", "unzstd"),
	{ ...packed("BZh", "a bzip2 file", "bunzip2"), also: bytes => bytes.subarray(4, 10).equals(Buffer.from("314159265359", "hex")) },
	packed("7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x"),
	packed("Rar!\x1a\x07", "a RAR archive", "unrar x"),
	packed("\x04\x22\x4d\x18", "an lz4 file", "unlz4"),
	packed("\x89LZO\0\r\n\x1a\n", "an lzop file", "lzop -d"),
	packed("\x1f\x9d", "a compress (.Z) file", "uncompress"),
	{ ...packed("\x5d\0\0", "an lzma file", "unlzma"),
		also: bytes => bytes.subarray(5, 13).every(byte => byte === 0xFF) || bytes.readUIntLE(9, 4) === 0 },
	packed("ustar", "a tar archive", "tar xf", 257),
	packed("070701", "a cpio archive", "cpio -i"),
	packed("070702", "a cpio archive", "cpio -i"),
	packed("!<arch>\n", "a Debian package or ar archive", "ar x"),
	packed("LZIP\x01", "an lzip file", "lzip -d"),
	packed("\xed\xab\xee\xdb", "an RPM package", "rpm2cpio"),
	packed("\x3a\xff\x26\xed", "an Android sparse image", "simg2img"),
	packed("MSCF\0\0\0\0", "a Windows cabinet", "cabextract"),
	{ group: "backup", magic: "---\n", is: "an ipctool backup" },
	{ group: "program", magic: "\x7fELF", is: "an ELF program" },
	{ group: "program", magic: "MZ", is: "a Windows or EFI program",
		also: bytes => bytes.length > 64 && bytes.subarray(bytes.readUInt32LE(60), bytes.readUInt32LE(60) + 4).equals(Buffer.from("PE\0\0")) },
	{ group: "program", magic: "UF2\n", is: "a UF2 file" },
	{ group: "document", magic: "%PDF-", is: "a PDF document" },
	{ group: "document", magic: "\x89PNG\r\n\x1a\n", is: "a PNG picture" },
	{ group: "document", magic: "\xff\xd8\xff", is: "a JPEG picture" },
	{ group: "document", magic: "GIF8", is: "a GIF picture" },
	{ group: "document", magic: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", is: "an old Office document" },
	{ group: "document", magic: "SQLite format 3\0", is: "a database" },
	{ group: "document", at: 4, magic: "ftyp", is: "a film or picture (MP4, HEIF)" },
	{ group: "disk", magic: "QFI\xfb", is: "an image of a virtual machine's disk (qcow2)" },
	{ group: "disk", magic: "KDMV", is: "an image of a virtual machine's disk (VMDK)" },
	{ group: "disk", at: 0x200, magic: "EFI PART", is: "an image of a disk with a GPT" },
	{ group: "disk", at: 0x8001, magic: "CD001", is: "an image of a CD" },
	{ group: "kernel", magic: "\x27\x05\x19\x56", size: uImageSize, is: "a Linux kernel (uImage)", also: uImage(1, 2, 4) },
	{ group: "filesystem", magic: "\x27\x05\x19\x56", size: uImageSize, is: "a file system in a uImage", also: uImage(3, 7) },
	{ group: "loader", magic: "\x27\x05\x19\x56", size: uImageSize, is: "a U-Boot in a uImage", also: uImage(5) },
	{ group: "text", magic: "\x27\x05\x19\x56", size: uImageSize, is: "a U-Boot script (uImage)", also: uImage(6) },
	{ group: "tree", magic: "\x27\x05\x19\x56", size: uImageSize, is: "a device tree in a uImage", also: uImage(8) },
	{ group: "kernel", magic: "\x27\x05\x19\x56", size: uImageSize, is: "a uImage" },
	{ group: "kernel", at: 36, magic: "\x18\x28\x6f\x01", is: "a Linux kernel (zImage)",
		size: bytes => bytes.readUInt32LE(40) === 0 ? bytes.readUInt32LE(44) : 0 },
	{ group: "kernel", at: 56, magic: "ARM\x64", is: "a Linux kernel (Image)" },
	{ group: "kernel", magic: "ANDROID!", is: "an Android boot image" },
	{ group: "fit", magic: "\xd0\x0d\xfe\xed", size: treeSize, is: "a FIT image",
		also: bytes => bytes.includes("\0\0\0\x01images\0", 0, "latin1") },
	{ group: "tree", magic: "\xd0\x0d\xfe\xed", size: treeSize, is: "a device tree" },
	{ group: "filesystem", magic: "hsqs", is: "a squashfs file system",
		size: bytes => bytes.readUInt16LE(28) === 4 ? Number(bytes.readBigUInt64LE(40)) : 0 },
	{ group: "filesystem", magic: "sqsh", is: "a squashfs file system" },
	{ group: "filesystem", magic: "UBI#", is: "a UBI image" },
	{ group: "filesystem", magic: "\x31\x18\x10\x06", is: "a UBIFS file system" },
	{ group: "filesystem", magic: "\x85\x19", is: "a jffs2 file system", also: bytes => JFFS2_NODES.includes(bytes.readUInt16LE(2)) },
	{ group: "filesystem", magic: "\x19\x85", is: "a jffs2 file system", also: bytes => JFFS2_NODES.includes(bytes.readUInt16BE(2)) },
	{ group: "filesystem", magic: "\x45\x3d\xcd\x28", is: "a cramfs file system",
		size: bytes => bytes.subarray(16, 32).toString("latin1") === "Compressed ROMFS" ? bytes.readUInt32LE(4) : 0 },
	{ group: "filesystem", magic: "\x28\xcd\x3d\x45", is: "a cramfs file system" },
	{ group: "filesystem", magic: "-rom1fs-", is: "a romfs file system" },
	{ group: "filesystem", at: 1024, magic: "\xe2\xe1\xf5\xe0", is: "an EROFS file system" },
	{ group: "filesystem", at: 1080, magic: "\x53\xef", is: "an ext2, ext3 or ext4 file system",
		also: bytes => bytes.readUInt32LE(1024) > 0 && bytes.readUInt32LE(1048) <= 6 && bytes.readUInt32LE(1100) <= 1 }
];

/** A master boot record: its signature, and four entries that can be ones. */
function isDisk(bytes: Buffer): boolean {
	if (bytes.length < 512 || bytes.readUInt16BE(510) !== 0x55AA)
		return false;
	const entries = [446, 462, 478, 494].map(at => ({ flag: bytes[at]!, type: bytes[at + 4]!, sectors: bytes.readUInt32LE(at + 12) }));
	return entries.every(({ flag, type, sectors }) => (flag === 0 || flag === 0x80) && (type === 0) === (sectors === 0))
		&& entries.some(({ type }) => type);
}

/** A U-Boot environment begins with the CRC-32 of its rest, behind a flag byte where there are two of them. */
function isEnvironment(head: Uint8Array): boolean {
	return environmentBounds(head) !== undefined;
}

/** Where the variables of the environment at the start of `head` begin and end; undefined when there is none. */
export function environmentBounds(head: Uint8Array): { start: number; end: number } | undefined {
	if (head.length < 6)
		return undefined;
	const announced = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
	const sizes = [head.length];
	for (let size = 0x1000; size < head.length; size *= 2)
		sizes.push(size);
	for (const end of sizes) {
		for (const start of [4, 5]) {
			if (crc32(head.subarray(start, end)) === announced)
				return { start, end };
		}
	}
	return undefined;
}

/** What is told from any other text by how it begins, however short it is. */
const PAGES: readonly (readonly [RegExp, string])[] = [
	[/^\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body|title)\b/is, "an HTML page"],
	[/^\s*<(\?xml|svg|error)\b/i, "an XML text"],
	[/^version https:\/\/git-lfs/, "a pointer of Git LFS, not the file itself"],
	[/^-----BEGIN /, "a key or signature in text"],
	[/^untrusted comment: /, "a signature"]
];
const TEXTS: readonly (readonly [RegExp, string])[] = [
	[/^\s*[\dA-F]{32,128}\b/i, "a text with a checksum"],
	[/^:[\dA-F]{10,}\r?\n/i, "an Intel HEX text"],
	[/^S[0-3][\dA-F]{8,}\r?\n/i, "an S-record text"],
	[/^#!/, "a script"],
	[/^\s*[{[]/, "a JSON or other text"],
	[/^[\w.]+=.*(\n[\w.]+=.*)*\s*$/, "a text of variables, not an environment image (mkenvimage makes one of it)"]
];
/** Fewer letters than this may be anything. */
const SHORTEST_TEXT = 32;
const SAMPLE = 4096;
/** In a text of one byte a character (ISO 8859), this part of them at most is beyond ASCII. */
const FOREIGN = 0.3;

function textKind(bytes: Buffer): Content | undefined {
	const sample = bytes.subarray(0, SAMPLE);
	const text = decoded(sample);
	const named = (kinds: readonly (readonly [RegExp, string])[]): string | undefined => kinds.find(([pattern]) => pattern.test(text))?.[1];
	const page = named(PAGES);
	if (page)
		return { group: "document", is: page };
	if (sample.length < SHORTEST_TEXT || !isText(text))
		return undefined;
	return { group: "text", is: named(TEXTS) ?? "a text" };
}

function decoded(sample: Buffer): string {
	const mark = sample.length > 1 ? sample.readUInt16BE(0) : 0;
	if (mark === 0xFFFE || mark === 0xFEFF)
		return new TextDecoder(mark === 0xFFFE ? "utf-16le" : "utf-16be").decode(sample, { stream: true });
	// A character of UTF-8 cut at the sample's end must not count as broken.
	const text = new TextDecoder("utf-8").decode(sample, { stream: true });
	return text.includes("\ufffd") ? sample.toString("latin1") : text;
}

function isText(text: string): boolean {
	return !/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]/.test(text) && (text.match(/[\xa0-\xff]/g) ?? []).length <= FOREIGN * text.length;
}

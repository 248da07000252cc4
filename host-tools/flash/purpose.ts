/**
 * What a file may be used for. Refused is only what certainly is something else: there are more kinds of boot loaders, kernels and file
 * systems than anybody knows, and what nobody knows is taken as it is. Who knows better says `--force`.
 */
import { counted } from "../base/counted.ts";
import { basename } from "node:path";
import { sizeText } from "../base/bytes.ts";
import { recognise, type Content, type Group } from "./recognise.ts";

/** `flash`: the whole of it. `data`: a partition of which nothing is known. `uboot`: what the boot ROM is fed. */
export type Purpose = "flash" | "boot" | "env" | "kernel" | "rootfs" | "data" | "uboot" | "profile";

/** Which recognised kinds a purpose takes. */
const TAKES: Readonly<Record<Purpose, readonly Group[]>> = Object.freeze({
	flash: ["loader"],
	boot: ["loader", "fit"],
	env: ["environment", "blank"],
	kernel: ["kernel", "fit", "tree", "blank"],
	rootfs: ["filesystem", "blank"],
	data: ["kernel", "filesystem", "tree", "environment", "loader", "fit", "blank"],
	uboot: [],
	profile: ["text"]
});

const WANTED: Readonly<Record<Purpose, string>> = Object.freeze({
	flash: "the content of a whole flash",
	boot: "a boot loader",
	env: "a U-Boot environment",
	kernel: "a kernel",
	rootfs: "a root file system",
	data: "the content of a partition",
	uboot: "a U-Boot with its SPL",
	profile: "a SoC profile"
});

/** Where a part of a flash belongs, by its kind. */
const PLACE: Partial<Record<Group, string>> = Object.freeze({ kernel: "kernel", fit: "kernel", filesystem: "rootfs", environment: "env",
	loader: "boot" });

/** A partition that was read from a flash has whole erase blocks, the smallest of which are of this size. */
const BLOCK = 4096;

/** By the partition's name, and because a chip boots from the start of its flash. */
export function purposeOf(name: string, offset: number): Purpose {
	if (offset === 0 || /^(u-?)?boot$/i.test(name))
		return "boot";
	if (/^(u-?boot[-_.]?)?env/i.test(name))
		return "env";
	if (/^(kernel|uimage|linux)\d?$/i.test(name))
		return "kernel";
	return /^(rootfs|root)$/i.test(name) ? "rootfs" : "data";
}

/** What vendors' maps call the stages that a camera starts through; what only belongs to them begins so, too. */
const LOADER = /^((u-?|fast)?boot|[st]pl|fsbl|ipl|loader)(?![-_. ]?(env|arg|par|logo|scr|c(on)?fg?))/i;

/**
 * Whether the camera starts through all of this partition. Broader than `purposeOf`: it decides what is written last, not what is refused.
 */
export function isLoader(name: string): boolean {
	return LOADER.test(name);
}

export interface Objection {
	/** "FILE is a gzip file, not ...". */
	readonly message: string;
	readonly advice: string;
}

/**
 * Why the file at `path`, which has `length` bytes and begins with `head`, can't be used for `purpose`; undefined when it may be.
 * `ownLoader`: the SPL comes from elsewhere, so U-Boot may be in a container.
 */
export function objectionTo(purpose: Purpose, path: string, head: Uint8Array, length: number, ownLoader = false): Objection | undefined {
	const content = recognise(head);
	if (!content)
		return undefined;
	// Vendors keep whatever they like in partitions of their own.
	if (purpose === "data" && length % BLOCK === 0)
		return undefined;
	if (TAKES[purpose].includes(content.group) || purpose === "uboot" && ownLoader && ["loader", "fit"].includes(content.group))
		return content.length !== undefined && content.length > length ? cutShort(path, content.is, content.length, length) : undefined;
	return { message: `${path} is ${content.is}, not ${WANTED[purpose]}`, advice: adviceFor(purpose, path, content) };
}

function cutShort(path: string, is: string, announced: number, length: number): Objection {
	return { message: `${path} is ${is} that is cut short: it has ${counted(length, "byte")} of ${announced}, by its own header`,
		advice: "did a download or a copy break off? Load it again, whole; --force takes it all the same" };
}

function adviceFor(purpose: Purpose, path: string, { group, unpack, is }: Content): string {
	const force = purpose === "profile" ? "" : "; --force takes it all the same";
	if (group === "packed")
		return `unpack it first: ${unpackCommand(path, unpack!)}, and give what comes out of it${force}`;
	if (group === "backup")
		return "unpack it into mtd files first";
	if (purpose === "uboot")
		return (group === "program" ? "give the raw binary (u-boot.bin, or what `objcopy -O binary` makes)"
			: "check --uboot: it is a U-Boot for this chip, as it is written to its flash") + force;
	if (purpose === "profile")
		return "check --profile: a profile is a JSON file with ADDRESS, DDRSTEP0 and so on";
	const place = PLACE[group];
	if (place && purpose !== place)
		return `if that is what it is, name its place: --at ${place} with --layout MAP, or --at OFFSET, for example --at 0x50000${force}`;
	if (group === "blank")
		return `nothing would start from it; leave it out with --only${force}`;
	const belongs = / checksum| signature|key or/.test(is);
	return `is it the right file? ${belongs ? "this one only belongs to it" : "Perhaps a download failed"}${force}`;
}

function unpackCommand(path: string, unpack: string): string {
	const name = basename(path);
	return /\.(tgz|txz|tbz2?|tar\.\w+)$/i.test(name) ? `tar xf ${name}` : `${unpack} ${name}`;
}

/** What a name says of a file that would otherwise be taken for a partition. */
export function objectionToName(name: string): Objection | undefined {
	const packed = /\.(gz|tgz|xz|txz|zip|zst|bz2|tbz2?|7z|rar|lzma|lz4|tar|z)$/i.exec(name)?.[0];
	if (packed)
		return { message: `${name} is packed, by its name`,
			advice: `unpack it first: ${unpackCommand(name, UNPACK[packed.toLowerCase()] ?? "tar xf")}` };
	if (/\.(part|partial|crdownload|download|opdownload|aria2|filepart|incomplete|tmp|temp)$|^unconfirmed /i.test(name))
		return { message: `${name} is a download that has not ended, by its name`, advice: "load it again, whole" };
	if (/(~|\.(bak|orig|old|save|swp))$/i.test(name))
		return { message: `${name} is an older copy, by its name`,
			advice: "give it the name of a partition if it is the one you want, else take it out of the folder" };
	return undefined;
}

const UNPACK: Readonly<Record<string, string>> = Object.freeze({
	".gz": "gunzip", ".xz": "unxz", ".zip": "unzip", ".zst": "unzstd", ".bz2": "bunzip2", ".7z": "7z x", ".rar": "unrar x", ".lzma": "unlzma",
		".lz4": "unlz4", ".z": "uncompress"
});

/** Chrome's name for a download whose own name nobody has confirmed: it could be any file of the dump. */
export function isNamelessDownload(name: string): boolean {
	return /^unconfirmed .*\.crdownload$/i.test(name);
}

/** The file that a checksum or signature of this name belongs to; undefined when the name is no such one. */
export function signedBy(name: string): string | undefined {
	return /^(.+)\.(md5|sha1|sha256|sha512|crc|crc32|sfv|sig|sign|asc|gpg|minisig|p7s)$/i.exec(name)?.[1];
}

/** Files that lie beside dumps and tell of them: never a partition. */
const COMPANION = new RegExp(String.raw`\.(md5|md5sums?|sha1|sha1sums?|sha256|sha256sums?|sha512|sha512sums?|crc|crc32|sum|sfv|`
	+ String.raw`sig|sign|asc|gpg|minisig|p7s|txt|json|ya?ml|log|md|html?)$`, "i");

export function isCompanion(name: string): boolean {
	return COMPANION.test(name);
}

/** Sizes that flashes have are powers of two, from 512 KiB on. */
export function sizeObjection(path: string, length: number, known: number | undefined): Objection | undefined {
	const advice = "is it whole? Give a file of the flash's size, the folder of a dump, or, for a file that belongs at one place, --at " +
		"PARTITION or --at OFFSET; --force writes it from the flash's start on";
	if (known !== undefined)
		return length === known ? undefined : { message: `${path} has ${counted(length, "byte")}, the camera's flash ${known} ` +
			`(${sizeText(known)}): it is not the content of this flash`, advice };
	if (length >= 512 * 1024 && (length & (length - 1)) === 0)
		return undefined;
	const next = 2 ** Math.ceil(Math.log2(Math.max(length, 512 * 1024)));
	return { message: `${path} has ${counted(length, "byte")}, and no flash has that size; the next larger one has ${next} ` +
		`(${sizeText(next)})`, advice };
}

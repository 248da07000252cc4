/**
 * What goes where in the flash: a dump's files and their partitions.
 *
 * A dump is a folder of `mtd0`, `mtd1.env`, `mtd2_kernel.bin`, ... whose places are the running sum of their sizes, or a folder
 * of `boot`, `env`, `kernel` and `rootfs` files with a partition map, or one file that is the whole flash from its begin.
 */
import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { hex, parseSize, sizeText } from "./bytes.ts";
import { Failure, textOf } from "./failure.ts";

/** One file and its place in flash. */
export interface Partition {
	readonly name: string;
	readonly path: string;
	/** Place in flash, bytes. */
	readonly offset: number;
	/** Bytes of the file. */
	readonly length: number;
	/** Bytes reserved for it, when a map says so. */
	readonly capacity: number | undefined;
}

export interface MapEntry {
	readonly name: string;
	readonly offset: number;
	/** undefined: the rest of the flash. */
	readonly size: number | undefined;
}

/** OpenIPC's maps for SPI NOR, by their U-Boot's names. */
export const MAPS: Readonly<Record<string, string>> = Object.freeze({
	nor8m: "256k(boot),64k(env),2048k(kernel),5120k(rootfs),-(rootfs_data)",
	nor16m: "256k(boot),64k(env),3072k(kernel),10240k(rootfs),-(rootfs_data)",
	nor32m: "256k(boot),64k(env),3072k(kernel),24576k(rootfs),-(rootfs_data)"
});

/**
 * Which file belongs to which partition where the files have no mtd numbers. Narrow for the boot loader: `boot`, `u-boot`, perhaps
 * with the chip and the kind of flash (`u-boot-hi3516ev300-nor.bin`, `u-boot.bin.hi3516ev300`). What else begins so (boot.scr, boot-logo.bin, u-boot-spl.bin)
 * would leave a camera that doesn't start.
 */
const KINDS: readonly (readonly [string, RegExp])[] = [
	["env", /^(u-?boot[-_.]?)?env(?![a-z])/i],
	["boot", /^(u-?)?boot([-_.](with-spl|[a-z]+\d[a-z\d]*|universal|nor|nand|emmc))*(\.(bin|img|raw|itb))?(\.[a-z]+\d[a-z\d]*)?$/i],
	["kernel", /^(uimage|kernel)\b/i],
	["rootfs_data", /^(rootfs_data|overlay)\b/i],
	["rootfs", /^rootfs\b/i]
];
/** Files that lie beside dumps. */
const COMPANION = /\.(md5|md5sum|sha1|sha256|sha256sum|txt|json)$/i;
/** Looks like a partition: when it is none of KINDS it has to be asked what it is. */
const LIKE_A_PARTITION = /^(u-?boot|boot|env|uimage|kernel|rootfs|overlay)/i;

/** Reads a map: `nor8m`, `nor16m`, `nor32m`, or the kernel's own `256k(boot),64k(env),-(rest)` form. Throws Failure `usage`. */
export function parseMap(text: string): MapEntry[] {
	const parts = (MAPS[text] ?? text).replace(/^mtdparts=/, "").replace(/^[\w.-]+:/, "");
	const entries: MapEntry[] = [];
	let offset: number | undefined = 0;
	for (const part of parts.split(",")) {
		const match = /^(-|[\dxa-f]+[km]?)(?:@(0x[\da-f]+|\d+[km]?))?\(([\w.-]+)\)(?:ro)?$/i.exec(part.trim());
		const size: number | undefined = match && match[1] !== "-" ? parseSize(match[1]!) : undefined;
		const start: number | undefined = match?.[2] ? parseSize(match[2]) : offset;
		if (!match || start === undefined || match[1] !== "-" && !size)
			throw new Failure("usage", `"${part}" is not a partition in the map "${text}"`, `write ${Object.keys(MAPS).join(", ")}, or SIZE(NAME),SIZE(NAME),-(NAME)`);
		entries.push({ name: match[3]!, offset: start, size });
		offset = size === undefined ? undefined : start + size;
	}
	return entries;
}

/** Reads a dump. `map` is needed where the files don't tell their places. `onNote` is told what is not used. Throws Failure `usage`. */
export async function loadLayout(path: string, map?: string, onNote?: (text: string) => void): Promise<Partition[]> {
	let info;
	try {
		info = await stat(path);
	}
	catch (error) {
		throw new Failure("usage", `${path} can't be read: ${textOf(error)}`, "give the folder with the dump, or one file that is the whole flash");
	}
	if (!info.isDirectory())
		return [await wholeFlash(path)];
	const entries = await readdir(path, { withFileTypes: true });
	const folders = new Set(entries.filter(entry => entry.isDirectory()).map(({ name }) => name));
	const all = entries.map(({ name }) => name).sort();
	const names = all.filter(name => !COMPANION.test(name));
	const numbered = names.filter(name => /^mtd/i.test(name));
	const files = await sized(path, numbered.length ? numbered : names.filter(name => kindOf(name)));
	const unused = all.filter(name => !files.some(file => file.name === name));
	const odd = numbered.length ? [] : unused.filter(name => LIKE_A_PARTITION.test(name) && !COMPANION.test(name) && !folders.has(name));
	if (odd.length)
		throw new Failure("usage", `${join(path, odd[0]!)}: it is not clear to which partition it belongs`, "call it boot, env, kernel, rootfs or rootfs_data with .bin behind it if it is one of these; else take it out of the folder");
	if (!files.length)
		throw new Failure("usage", `${path} holds neither mtd* files nor boot, env, kernel, rootfs files`, "give a folder with a dump, or one file that is the whole flash");
	const places = map === undefined ? undefined : parseMap(map);
	const partitions = numbered.length ? layoutNumbered(files, places) : layoutNamed(files, places);
	if (unused.length)
		onNote?.(`not used: ${unused.join(", ")}`);
	return partitions;
}

export interface DumpFile {
	readonly name: string;
	readonly path: string;
	readonly length: number;
}

/** Places `mtdN...` files: by the map's Nth entry, or one behind the other. */
export function layoutNumbered(files: readonly DumpFile[], map?: readonly MapEntry[]): Partition[] {
	const byNumber = new Map<number, DumpFile>();
	for (const file of files) {
		const digits = /^mtd(?:block)?(\d+)/i.exec(file.name)?.[1];
		if (digits === undefined)
			throw new Failure("usage", `${file.path}: no number behind mtd`, "partitions are ordered by their number: mtd0, mtd1, ...");
		const other = byNumber.get(Number(digits));
		if (other)
			throw new Failure("usage", `${other.path} and ${file.path} are both mtd${Number(digits)}`, "leave only one of them in the folder");
		byNumber.set(Number(digits), file);
	}
	let sum = 0;
	return [...byNumber].sort(([a], [b]) => a - b).map(([number, file], index) => {
		const label = /^mtd(?:block)?\d+[._-]?(.*?)(?:\.(?:bin|img|raw))?$/i.exec(file.name)?.[1];
		if (map) {
			const entry = map[number];
			if (!entry)
				throw new Failure("usage", `${file.path}: the map has only ${map.length} partitions`);
			return place(file, entry);
		}
		if (number !== index)
			throw new Failure("usage", `mtd${index} is missing, so the place of ${file.name} is not known`, "add the file, or give a map (--layout)");
		const partition = { name: label || `mtd${number}`, path: file.path, offset: sum, length: file.length, capacity: undefined };
		sum += file.length;
		return partition;
	});
}

/** Places `boot*`, `env*`, `kernel*` (`uImage*`) and `rootfs*` files by a map. */
export function layoutNamed(files: readonly DumpFile[], map?: readonly MapEntry[]): Partition[] {
	if (!map)
		throw new Failure("usage", `the places of ${files.map(file => file.name).join(", ")} are not known`, `give a map: --layout ${Object.keys(MAPS).join("|")} or SIZE(NAME),SIZE(NAME),...`);
	const placed = files.map(file => {
		const kind = kindOf(file.name)!;
		const entry = map.find(({ name }) => name === kind);
		if (!entry)
			throw new Failure("usage", `${file.path}: the map has no partition ${kind}`);
		return place(file, entry);
	});
	for (const { name } of placed) {
		const same = placed.filter(partition => partition.name === name);
		if (same.length > 1)
			throw new Failure("usage", `${same.map(({ path }) => basename(path)).join(" and ")} are both ${name}`, "leave only one of them in the folder");
	}
	return placed.sort((a, b) => a.offset - b.offset);
}

function place(file: DumpFile, entry: MapEntry): Partition {
	if (entry.size !== undefined && file.length > entry.size)
		throw new Failure("usage", `${file.path} has ${sizeText(file.length)}, its partition ${entry.name} at ${hex(entry.offset)} only ${sizeText(entry.size)}`, "is it the right map (--layout)?");
	return { name: entry.name, path: file.path, offset: entry.offset, length: file.length, capacity: entry.size };
}

async function wholeFlash(path: string): Promise<Partition> {
	const [file] = await sized("", [path]);
	const handle = await open(path, "r");
	try {
		const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
		if (buffer.toString("latin1") === "---\n")
			throw new Failure("usage", `${path} is an ipctool backup, not a flash image`, "unpack it into mtd files first");
	}
	finally {
		await handle.close();
	}
	return { name: "flash", path, offset: 0, length: file!.length, capacity: undefined };
}

async function sized(folder: string, names: readonly string[]): Promise<DumpFile[]> {
	const files: DumpFile[] = [];
	for (const name of names) {
		const path = folder ? join(folder, name) : name;
		const info = await stat(path);
		if (!info.isFile())
			continue;
		if (!info.size)
			throw new Failure("usage", `${path} is empty`);
		files.push({ name, path, length: info.size });
	}
	return files;
}

function kindOf(name: string): string | undefined {
	return KINDS.find(([, pattern]) => pattern.test(name))?.[0];
}

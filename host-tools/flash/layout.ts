/**
 * What goes where in the flash: a dump's files and their partitions.
 *
 * A dump is a folder of `mtd0`, `mtd1.env`, `mtd2_kernel.bin`, ... whose places are the running sum of their sizes, or a folder
 * of `boot`, `env`, `kernel` and `rootfs` files with a partition map, or one file that is the whole flash, or one whose place is told.
 */
import { counted } from "../base/counted.ts";
import { basename, dirname, join } from "node:path";
import { hex, parseSize, sizeText } from "../base/bytes.ts";
import { Failure } from "../base/failure.ts";
import { entriesOf, fileSize, isFolder, type Role } from "../base/input.ts";
import { MAPS, parseMap, type MapEntry } from "./partition-map.ts";
import { isCompanion, isNamelessDownload, objectionToName, signedBy } from "./purpose.ts";

export { MAPS, parseMap, type MapEntry };

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
	/** The file is the content of the whole flash, so it has the flash's size. */
	readonly whole?: boolean;
}

export interface LayoutOptions {
	/** The dump is one file, and belongs there: the name of a partition in the map, or an offset. */
	at?: string | undefined;
	/** Take files for what they are said to be, whatever their names say. */
	force?: boolean | undefined;
}

/**
 * Which file belongs to which partition where the files have no mtd numbers. Narrow for the boot loader: `boot`, `u-boot`, perhaps
 * with the chip and the kind of flash (`u-boot-hi3516ev300-nor.bin`, `u-boot.bin.hi3516ev300`). What else begins so (boot.scr,
 * boot-logo.bin, u-boot-spl.bin) would leave a camera that doesn't start.
 */
const KINDS: readonly (readonly [string, RegExp])[] = [
	["env", /^(u-?boot[-_.]?)?env(?![a-z])/i],
	["boot", /^(u-?)?boot([-_.](with-spl|[a-z]+\d[a-z\d]*|universal|nor|nand|emmc))*(\.(bin|img|raw|itb))?(\.[a-z]+\d[a-z\d]*)?$/i],
	["kernel", /^(uimage|kernel)\b/i],
	["rootfs_data", /^(rootfs_data|overlay)\b/i],
	["rootfs", /^rootfs\b/i]
];
/** Looks like a partition: when it is none of KINDS it has to be asked what it is. */
const LIKE_A_PARTITION = /^(u-?boot|boot|env|uimage|kernel|rootfs|overlay)/i;
const NUMBERED = /^mtd(?:block)?(\d+)[._-]?(.*?)(?:\.(?:bin|img|raw))?$/i;
/** Names of partitions that lie over all others. */
const WHOLE = /^(all|full|whole|flash|(all|full|whole)[_-]?flash)$/i;

const DUMP: Role = { what: "the dump", advice: "give the folder with the dump, or one file that is the whole flash" };
const PART: Role = { what: "the dump's file", advice: "give a folder with a whole dump" };

/** Reads a dump. `map` is needed where the files don't tell their places. `onNote` is told what is not used. Throws Failure `usage`. */
export async function loadLayout(path: string, map?: string, onNote?: (text: string) => void,
	{ at, force = false }: LayoutOptions = {}): Promise<Partition[]> {
	const places = map === undefined ? undefined : parseMap(map);
	const folder = await isFolder(path, DUMP);
	if (at !== undefined)
		return [await placedFile(path, at, places, folder)];
	if (!folder)
		return [await wholeFlash(path, force)];
	const entries = await entriesOf(path, DUMP);
	const folders = new Set(entries.filter(entry => entry.isDirectory()).map(({ name }) => name));
	const all = entries.map(({ name }) => name).sort();
	const names = all.filter(name => !isCompanion(name) && !folders.has(name));
	const numbered = names.filter(name => /^mtd/i.test(name));
	const wanted = numbered.length ? numbered : names.filter(name => LIKE_A_PARTITION.test(name) || partitionOf(name, places));
	if (!force)
		checkComplete(path, all);
	const chosen = wanted.filter(name => force || !isSpare(name, wanted, path));
	const odd = numbered.length ? undefined : chosen.find(name => !partitionOf(name, places));
	if (odd !== undefined)
		throw new Failure("usage", `${join(path, odd)}: it is not clear to which partition it belongs`,
			"call it boot, env, kernel, rootfs or rootfs_data with .bin behind it if it is one of these; else take it out of the folder");
	if (!chosen.length)
		throw await noDump(path, folders);
	const files = await Promise.all(chosen.map(name => sized(join(path, name))));
	const partitions = numbered.length ? layoutNumbered(files, places) : layoutNamed(files, places);
	const unused = all.filter(name => !chosen.includes(name));
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
export function layoutNumbered(files: readonly DumpFile[], given?: readonly MapEntry[]): Partition[] {
	const byNumber = new Map<number, DumpFile>();
	for (const file of files) {
		const digits = NUMBERED.exec(file.name)?.[1];
		if (digits === undefined)
			throw new Failure("usage", `${file.path}: no number behind mtd`, "partitions are ordered by their number: mtd0, mtd1, ...");
		const other = byNumber.get(Number(digits));
		if (other)
			throw new Failure("usage", `${other.path} and ${file.path} are both mtd${Number(digits)}`, "leave only one of them in the folder");
		byNumber.set(Number(digits), file);
	}
	const map = given && numberingOf(given, byNumber);
	const total = files.reduce((sum, { length }) => sum + length, 0);
	let sum = 0;
	return [...byNumber].sort(([a], [b]) => a - b).map(([number, file], index) => {
		const label = NUMBERED.exec(file.name)![2]!;
		if (map)
			return place(file, mapped(file, number, label, map));
		if (number !== index)
			throw new Failure("usage", `mtd${index} is missing, so the place of ${file.name} is not known`,
				"add the file, or give a map (--layout)");
		const whole = files.length > 2 && (file.length * 2 === total || WHOLE.test(label));
		const partition = { name: label || `mtd${number}`, path: file.path, offset: whole ? 0 : sum, length: file.length, capacity: undefined };
		sum += whole ? 0 : file.length;
		return partition;
	});
}

/** The map as the files are numbered: a partition over the whole flash may be counted in it and not in the dump. */
function numberingOf(map: readonly MapEntry[], files: ReadonlyMap<number, DumpFile>): readonly MapEntry[] {
	const over = map.findIndex(({ name, offset }) => offset === 0 && WHOLE.test(name));
	const file = files.get(over);
	const counted = !file || WHOLE.test(NUMBERED.exec(file.name)![2]!) || file.length === map[over]!.size;
	return counted || map.length === 1 ? map : map.filter((_, index) => index !== over);
}

/** The map's entry with this number. A label that is another entry's name says that it is the wrong map. */
function mapped(file: DumpFile, number: number, label: string, map: readonly MapEntry[]): MapEntry {
	const entry = map[number];
	if (!entry)
		throw new Failure("usage", `${file.path}: the map has only ${counted(map.length, "partition")}`);
	if (label && label !== entry.name && map.some(({ name }) => name === label))
		throw new Failure("usage", `${file.path}: partition ${number} of the map is called ${entry.name}`,
			"is it the map of this camera (--layout)?");
	return entry;
}

/** Places `boot*`, `env*`, `kernel*` (`uImage*`) and `rootfs*` files, and those with the name of a partition, by a map. */
export function layoutNamed(files: readonly DumpFile[], map?: readonly MapEntry[]): Partition[] {
	if (!map)
		throw new Failure("usage", `the places of ${files.map(file => file.name).join(", ")} are not known`,
			`give a map: --layout ${Object.keys(MAPS).join("|")} or SIZE(NAME),SIZE(NAME),...`);
	const placed = files.map(file => {
		const kind = partitionOf(file.name, map)!;
		const entry = entryOf(kind, map);
		if (!entry)
			throw new Failure("usage", `${file.path}: the map has no partition ${kind}`, `it has ${map.map(({ name }) => name).join(", ")}`);
		return place(file, entry);
	});
	for (const { name } of placed) {
		const same = placed.filter(partition => partition.name === name);
		if (same.length > 1)
			throw new Failure("usage", `${same.map(({ path }) => basename(path)).join(" and ")} are both ${name}`,
				"leave only one of them in the folder");
	}
	return placed.sort((a, b) => a.offset - b.offset);
}

function place(file: DumpFile, entry: MapEntry): Partition {
	if (entry.size !== undefined && file.length > entry.size)
		throw new Failure("usage", `${file.path} has ${sizeText(file.length)}, its partition ${entry.name} at ${hex(entry.offset)} only ` +
			`${sizeText(entry.size)}`, "is it the right map (--layout)?");
	return { name: entry.name, path: file.path, offset: entry.offset, length: file.length, capacity: entry.size };
}

/** One file for one place. */
async function placedFile(path: string, at: string, map: readonly MapEntry[] | undefined, folder: boolean): Promise<Partition> {
	if (folder)
		throw new Failure("usage", `${path} is a folder: --at says where one file belongs`, "give one file with --at, or the folder without it");
	const file = await sized(path);
	const offset = parseSize(at);
	if (offset !== undefined) {
		const entry = map?.find(candidate => candidate.offset === offset && !WHOLE.test(candidate.name));
		return place(file, entry ?? { name: `at-${hex(offset)}`, offset, size: undefined });
	}
	if (!map)
		throw new Failure("usage", `the place of ${at} is not known`,
			`give a map: --layout ${Object.keys(MAPS).join("|")} or SIZE(NAME),SIZE(NAME),...; or an offset: --at 0x50000`);
	const entry = map.find(({ name }) => name === at) ?? entryOf(at, map);
	if (!entry)
		throw new Failure("usage", `the map has no partition ${at}`,
			`it has ${map.map(({ name }) => name).join(", ")}; an offset is written 0x50000 or 320k`);
	return place(file, entry);
}

async function wholeFlash(path: string, force: boolean): Promise<Partition> {
	const { length } = await sized(path);
	const name = basename(path);
	const label = NUMBERED.exec(name)?.[2] ?? kindOf(name);
	if (label !== undefined && !WHOLE.test(label) && !force) {
		const partition = label || /^mtd(block)?\d+/i.exec(name)![0];
		throw new Failure("usage", `${path} is one partition of a dump by its name, not the whole flash`,
			`give the folder with all of them (${dirname(path)}), with --only ${partition} if only this one is to be written; or its place: --at ` +
			`${partition} with --layout MAP, or --at OFFSET; --force takes it for the whole flash`);
	}
	return { name: "flash", path, offset: 0, length, capacity: undefined, whole: true };
}

/** Bytes of a file that is not empty. */
async function sized(path: string): Promise<DumpFile> {
	const length = await fileSize(path, PART);
	if (!length)
		throw new Failure("usage", `${path} is empty`);
	return { name: basename(path), path, length };
}

/** Throws Failure `usage` where what lies in a folder tells that a file of the dump does not. */
function checkComplete(folder: string, names: readonly string[]): void {
	const download = names.find(isNamelessDownload);
	if (download !== undefined)
		throw new Failure("usage", `${folder}: ${download} is a download that has not ended, by its name`,
			"load it again, whole, or take it out of the folder; --force goes on without it");
	for (const name of names) {
		const file = signedBy(name);
		if (file !== undefined && (NUMBERED.test(file) || kindOf(file))
			&& !names.some(other => !isCompanion(other) && (other.startsWith(file) || file.startsWith(other))))
			throw new Failure("usage", `${folder}: ${name} is a checksum or signature of ${file}, by its name, and that is missing`,
				`add ${file}, or take its companion out of the folder; --force goes on without it`);
	}
}

/**
 * Whether the file is packed, unfinished or an older copy, and what it was made of lies beside it. Throws Failure `usage` when that does
 * not.
 */
function isSpare(name: string, others: readonly string[], folder: string): boolean {
	const objection = objectionToName(name);
	if (!objection)
		return false;
	if (others.some(other => other !== name && name.startsWith(other)))
		return true;
	throw new Failure("usage", `${folder}: ${objection.message}`, `${objection.advice}; --force takes it as it is`);
}

async function noDump(path: string, folders: ReadonlySet<string>): Promise<Failure> {
	for (const folder of [...folders].sort()) {
		const inside = await entriesOf(join(path, folder), DUMP).catch(() => []);
		if (inside.some(entry => entry.isFile() && (NUMBERED.test(entry.name) || kindOf(entry.name))))
			return new Failure("usage", `${path} holds neither mtd* files nor boot, env, kernel, rootfs files, but its folder ${folder} does`,
				`give ${join(path, folder)}`);
	}
	return new Failure("usage", `${path} holds neither mtd* files nor boot, env, kernel, rootfs files`,
		"give a folder with a dump, or one file that is the whole flash");
}

/** Which partition a file is: by the map's own names first. */
function partitionOf(name: string, map: readonly MapEntry[] | undefined): string | undefined {
	const stem = name.replace(/\.(bin|img|raw)$/i, "").toLowerCase();
	return map?.find(entry => entry.name.toLowerCase() === stem)?.name ?? kindOf(name);
}

/** Maps call the boot loader u-boot, the kernel uImage, and so on. */
function entryOf(kind: string, map: readonly MapEntry[]): MapEntry | undefined {
	return map.find(({ name }) => name === kind) ?? map.find(({ name }) => name.toLowerCase() === kind.toLowerCase() || kindOf(name) === kind);
}

function kindOf(name: string): string | undefined {
	return KINDS.find(([, pattern]) => pattern.test(name))?.[0];
}

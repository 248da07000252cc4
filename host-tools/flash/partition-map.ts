/**
 * Partition maps as people have them: OpenIPC's by name, the kernel's `mtdparts` form, and text pasted from /proc/cmdline, /proc/mtd or a
 * U-Boot environment with such a map somewhere in it.
 *
 * The form is that of linux/drivers/mtd/parsers/cmdlinepart.c: `DEVICE:SIZE[@OFFSET](NAME)[ro][lk][slc],...;DEVICE:...`.
 */
import { parseSize } from "../base/bytes.ts";
import { Failure } from "../base/failure.ts";
import { printable } from "../base/printable.ts";

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

const PARTITION = /^\s*(-|0x[\da-f]+|\d+[kmg]?)(?:@(0x[\da-f]+|\d+[kmg]?))?(?:\(([^)]*)\))?((?:ro|lk|slc)*)\s*/i;
/** Flashes that a restore doesn't write. */
const OTHER_FLASH = /nand|emmc|mmc|hinfc/i;

/** Reads a map in any of these forms. Throws Failure `usage`. */
export function parseMap(text: string): MapEntry[] {
	if (Object.hasOwn(MAPS, text.trim()))
		return parseEntries(MAPS[text.trim()]!, text);
	if (/^\s*(dev:\s+size|mtd\d+:)/m.test(text))
		return parseProcMtd(text);
	const devices = devicesOf(mapIn(text));
	const nor = devices.filter(({ id }) => !OTHER_FLASH.test(id));
	const [chosen = devices[0]!, ...others] = nor.length ? nor : devices;
	if (others.length)
		throw new Failure("usage", `the map has several flashes: ${[chosen, ...others].map(({ id }) => printable(id)).join(", ")}`,
			"give the part of one of them: --layout 'DEVICE:SIZE(NAME),...'");
	return parseEntries(chosen.partitions, text);
}

/** The map in a longer text: behind `mtdparts=` or `setenv mtdparts`, up to the first space or quote outside of a partition's name. */
function mapIn(text: string): string {
	const places = [...text.matchAll(/\bmtdparts\w*(?:=|\s+)["']?(?:setenv\s+mtdparts\s+["']?)?(?:mtdparts=)?/g)];
	if (!places.length)
		return text.trim().replace(/^(["'])(.*)\1$/s, "$2");
	const maps = places.map(({ index,
		0: { length } }) => /^(?:\([^)]*\)|[^\s"'\\])*/.exec(text.slice(index + length))![0]).filter(map => /[\d-][kmg]?(@\w+)?\(/i.test(map));
	if (!maps.length)
		throw new Failure("usage", `no map in "${excerpt(text)}"`,
			"where it says ${mtdparts}, give what `printenv mtdparts` says at U-Boot's prompt");
	if (new Set(maps).size > 1)
		throw new Failure("usage", `there are several maps in "${excerpt(text)}"`,
			`give the one that is in force, for example --layout '${excerpt(maps[0]!)}'`);
	return maps[0]!;
}

/** A device's name is what stands before the last colon ahead of its first partition: it may hold colons itself. */
function devicesOf(map: string): { id: string; partitions: string }[] {
	return splitOutside(map.replace(/;$/, ""), ";").map(part => {
		const end = part.indexOf("(") < 0 ? part.length : part.indexOf("(");
		const colon = part.lastIndexOf(":", end);
		return colon < 0 ? { id: "", partitions: part } : { id: part.slice(0, colon), partitions: part.slice(colon + 1) };
	});
}

function parseEntries(partitions: string, whole: string): MapEntry[] {
	const entries: MapEntry[] = [];
	let offset: number | undefined = 0;
	for (const part of splitOutside(partitions, ",")) {
		const match = PARTITION.exec(part);
		const size = match && match[1] !== "-" ? sizeOf(match[1]!) : undefined;
		const start: number | undefined = match?.[2] ? sizeOf(match[2]) : offset;
		if (!match || match[0].length !== part.length || start === undefined || match[1] !== "-" && !size || match[3] === "")
			throw new Failure("usage", `"${excerpt(part)}" is not a partition in the map "${excerpt(whole)}"`,
				`write ${Object.keys(MAPS).join(", ")}, or SIZE(NAME),SIZE@OFFSET(NAME),-(NAME)`);
		// The kernel's name for one without.
		entries.push({ name: match[3] ?? `Partition_${String(entries.length).padStart(3, "0")}`, offset: start, size });
		offset = size === undefined ? undefined : start + size;
	}
	return entries;
}

/** `mtd0: 00040000 00010000 "boot"`: sizes without places; one that is as large as all others together is the whole flash. */
function parseProcMtd(text: string): MapEntry[] {
	const rows = [...text.matchAll(/^\s*mtd\d+:\s+([\da-f]{8,})\s+[\da-f]{8,}\s+"([^"]*)"/gim)].map(([, digits, name]) => ({ name: name!,
		size: Number.parseInt(digits!, 16) }));
	if (!rows.length)
		throw new Failure("usage", `no partition in the map "${excerpt(text)}"`,
			"give the output of `cat /proc/mtd` whole, or SIZE(NAME),SIZE(NAME),-(NAME)");
	const total = rows.reduce((sum, { size }) => sum + size, 0);
	let offset = 0;
	return rows.map(({ name, size }) => {
		const whole = rows.length > 2 && size * 2 === total;
		const entry = { name, offset: whole ? 0 : offset, size };
		offset += whole ? 0 : size;
		return entry;
	});
}

/** The kernel's memparse knows g, too. */
function sizeOf(text: string): number | undefined {
	return /^\d+g$/i.test(text) ? Number.parseInt(text, 10) * 1024 ** 3 : parseSize(text);
}

/** Split at separators that are not part of a name. */
function splitOutside(text: string, separator: string): string[] {
	const parts: string[] = [];
	let begin = 0;
	for (const { index, 0: token } of text.matchAll(new RegExp(`\\([^)]*\\)|${separator}`, "g"))) {
		if (token !== separator)
			continue;
		parts.push(text.slice(begin, index));
		begin = index + 1;
	}
	return [...parts, text.slice(begin)];
}

function excerpt(text: string): string {
	return printable(text.length > 100 ? `${text.slice(0, 97)}...` : text);
}

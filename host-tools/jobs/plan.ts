/**
 * In which pieces and in which order a dump is written: everything else first, what the camera boots from last.
 *
 * A piece is what is staged, loaded, compared and written at once. A partition is one piece unless the pod or the camera's RAM
 * can't hold it.
 */
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { bootObjection } from "../profiles/boot-check.ts";
import { hex, roundUp, sizeText } from "../base/bytes.ts";
import { hex8 } from "../base/crc32.ts";
import { Failure } from "../base/failure.ts";
import { readable, readHead } from "../base/input.ts";
import type { Partition } from "../flash/layout.ts";
import { isLoader, objectionTo, purposeOf, sizeObjection, type Objection } from "../flash/purpose.ts";
import { HEAD } from "../flash/recognise.ts";

export interface Piece {
	readonly partition: string;
	/** Name on the pod; safe in a U-Boot command line. */
	readonly name: string;
	readonly path: string;
	/** Place in the file. */
	readonly start: number;
	/** Place in flash. */
	readonly offset: number;
	readonly length: number;
	readonly crc32: string;
	/** Holds what the chip starts from: while it is erased, a power cut leaves a camera that needs the boot ROM. */
	readonly boot: boolean;
}

export interface PlanOptions {
	/** Most bytes in a piece. */
	limit: number;
	/** The flash's erase block in bytes. */
	eraseSize: number;
	/** Names of the partitions wanted; all when absent. */
	only?: readonly string[] | undefined;
}

/** The begin of a file that is the whole flash, or lies over its begin, is kept for last: U-Boot's usual share. */
const BOOT_PART = 256 * 1024;
/** What lies at the begin of the flash, is larger and isn't called a boot loader is, or lies over, more than that. */
const LARGEST_BOOT = 4 * BOOT_PART;
const LARGEST_SLICE = 4 * 1024 * 1024;
const NAME_LIMIT = 63;

/** Cuts, checks and orders. Reads every byte once. Throws Failure `usage`. */
export async function planPieces(partitions: readonly Partition[], { limit, eraseSize, only }: PlanOptions): Promise<Piece[]> {
	const wanted = select(partitions, only);
	checkPlaces(wanted, eraseSize);
	const names = new Set<string>();
	const pieces: Piece[] = [];
	for (const partition of wanted) {
		for (const { start, length, of } of cut(partition, limit, eraseSize)) {
			const offset = partition.offset + start;
			const name = stagedName(of > 1 ? `${basename(partition.path)}.${hex(offset)}` : basename(partition.path), names);
			const boot = offset === 0 || isBoot(partition);
			pieces.push({ partition: partition.name, name, path: partition.path, start, offset, length, crc32: await crcOf(partition.path, start, length), boot });
		}
	}
	// What the chip itself starts from is the very last.
	return [...pieces.filter(({ boot }) => !boot), ...pieces.filter(({ boot }) => boot).sort((a, b) => b.offset - a.offset)];
}

/** All of it is what the camera starts through: by its name, wherever it lies, or by its place if it can't be the whole flash. */
function isBoot({ name, offset, length }: Partition): boolean {
	return isLoader(name) || offset === 0 && length <= LARGEST_BOOT;
}

export interface ContentOptions {
	only?: readonly string[] | undefined;
	/** Only tell what else would be refused. */
	force?: boolean | undefined;
	/** Size of the flash, when it is known already. */
	flashSize?: number | undefined;
	/** Is told what is left out, and what is forced. */
	onNote?: ((text: string) => void) | undefined;
}

/** Throws Failure `usage` when a file certainly isn't what it is to be written as. Looks at the begin of each. */
export async function checkContents(partitions: readonly Partition[], { only, force = false, flashSize, onNote }: ContentOptions = {}): Promise<void> {
	const wanted = select(partitions, only, onNote);
	for (const { name, path, offset, length, whole = false } of wanted) {
		const head = await readHead(path, DUMP_FILE, HEAD);
		const purpose = whole ? "flash" : purposeOf(name, offset);
		const objection = objectionTo(purpose, path, head, length) ?? (whole ? sizeObjection(path, length, flashSize) : undefined) ?? (purpose === "boot" || whole ? noLoader(path, head, length) : undefined);
		if (objection && !force)
			throw refusal(objection);
		if (objection)
			onNote?.(`${objection.message}; written all the same`);
	}
}

function noLoader(path: string, head: Uint8Array, length: number): Objection | undefined {
	const why = bootObjection(head, length);
	return why === undefined ? undefined : { message: `${path}: there is no boot loader in it, but ${why}`, advice: "writing it would leave a camera that doesn't start; leave the partition out with --only, or write it all the same with --force" };
}

const DUMP_FILE = { what: "the dump's file", advice: "is something else at work in its folder? Nothing is written of a file that changes" };

function refusal({ message, advice }: Objection): Failure {
	return new Failure("usage", message, advice);
}

/** Throws Failure `usage` when the flash, or what the U-Boot reaches of it (`limited`), is too small for a piece. */
export function checkFlash(pieces: readonly Piece[], eraseSize: number, flashSize: number, limited = false): void {
	const beyond = pieces.find(({ offset, length }) => offset + roundUp(length, eraseSize) > flashSize);
	if (beyond && limited)
		throw new Failure("usage", `${beyond.partition} ends at ${hex(beyond.offset + beyond.length)}, behind the ${sizeText(flashSize)} that this U-Boot reaches of the camera's flash`, "use a U-Boot that reaches all of this chip, or leave the partition out with --only");
	if (beyond)
		throw new Failure("usage", `${beyond.partition} ends at ${hex(beyond.offset + beyond.length)}, behind the end of the camera's ${sizeText(flashSize)} flash`, "is this dump from a camera with a larger flash? Look at --layout, or leave the partition out with --only");
}

/** Throws Failure `usage` when a file that is said to be the whole flash has another size than this one. */
export function checkWhole(partitions: readonly Partition[], flashSize: number): void {
	const whole = partitions.find(partition => partition.whole);
	const objection = whole && sizeObjection(whole.path, whole.length, flashSize);
	if (objection)
		throw refusal(objection);
}

/** A part of the flash. */
export interface Region {
	readonly offset: number;
	readonly length: number;
}

/** What no piece touches, in the order of the flash. */
export function untouchedBy(pieces: readonly Piece[], eraseSize: number, flashSize: number): Region[] {
	const regions: Region[] = [];
	let end = 0;
	for (const { offset, length } of [...pieces].sort((a, b) => a.offset - b.offset)) {
		if (offset > end)
			regions.push({ offset: end, length: offset - end });
		end = Math.max(end, offset + roundUp(length, eraseSize));
	}
	if (flashSize > end)
		regions.push({ offset: end, length: flashSize - end });
	return regions;
}

/** For people: `0x770000 to 0xffffff (8,768 KB)`. */
export function regionText({ offset, length }: Region): string {
	return `${hex(offset)} to ${hex(offset + length - 1)} (${sizeText(length)})`;
}

function checkPlaces(partitions: readonly Partition[], eraseSize: number): void {
	let end = 0;
	let before = "";
	for (const { name, path, offset, length } of [...partitions].sort((a, b) => a.offset - b.offset)) {
		if (offset % eraseSize)
			throw new Failure("usage", `${path} would begin at ${hex(offset)}, in the middle of an erase block of ${sizeText(eraseSize)}`, "a file before it was cut short: use a complete dump, or give a map (--layout)");
		if (offset < end)
			throw new Failure("usage", `${name} at ${hex(offset)} overlaps ${before}, which ends at ${hex(end)}`, "check --layout, or say which is wanted with --only");
		end = offset + roundUp(length, eraseSize);
		before = name;
	}
}

/** The partitions that are written. Where nothing is said, one that lies over several others is left to these. */
function select(partitions: readonly Partition[], only: readonly string[] | undefined, onNote?: (text: string) => void): readonly Partition[] {
	if (!only) {
		const over = partitions.filter(partition => partitions.filter(other => other !== partition && covers(partition, other)).length > 1);
		if (over.length)
			onNote?.(`left out: ${over.map(({ name }) => name).join(", ")}, which lies over the others; --only ${over[0]!.name} writes it in their place`);
		return partitions.filter(partition => !over.includes(partition));
	}
	for (const name of only) {
		if (!partitions.some(partition => matches(partition, name)))
			throw new Failure("usage", `there is no partition ${name} in the dump`, `it has ${partitions.map(partition => partition.name).join(", ")}`);
	}
	return partitions.filter(partition => only.some(name => matches(partition, name)));
}

function covers(partition: Partition, other: Partition): boolean {
	return partition.offset <= other.offset && partition.offset + partition.length >= other.offset + other.length;
}

function matches(partition: Partition, name: string): boolean {
	return partition.name === name || basename(partition.path) === name || /^mtd\d+/i.exec(basename(partition.path))?.[0] === name;
}

function cut(partition: Partition, limit: number, eraseSize: number): { start: number; length: number; of: number }[] {
	const { offset, length } = partition;
	const head = offset === 0 && !isBoot(partition) ? roundUp(BOOT_PART, eraseSize) : 0;
	const slice = Math.floor(Math.min(LARGEST_SLICE, limit / 2) / eraseSize) * eraseSize;
	if ((head || length > limit) && slice <= 0)
		throw new Failure("refused", `the pod has only room for ${sizeText(limit)}`, "free room on the pod: `rackpod ls`, then `rackpod rm NAME` or `rackpod rm --all`");
	const step = length - head > limit || head ? slice : length;
	const starts = head ? [0] : [];
	for (let start = head; start < length; start += step)
		starts.push(start);
	return starts.map((start, index) => ({ start, length: (starts[index + 1] ?? length) - start, of: starts.length }));
}

/** Letters that neither a shell nor U-Boot sees anything in; unique; short enough for the pod. */
function stagedName(wanted: string, taken: Set<string>): string {
	const clean = wanted.replace(/[^\w.-]/g, "_").replace(/^[.-]+/, "_").slice(0, NAME_LIMIT - 4);
	let name = clean;
	for (let number = 2; taken.has(name); number++)
		name = `${clean}.${number}`;
	taken.add(name);
	return name;
}

/** The CRC-32 of a part of a file. */
async function crcOf(path: string, start: number, length: number): Promise<string> {
	return readable(path, DUMP_FILE, async file => {
		const buffer = Buffer.allocUnsafe(HEAD);
		let crc = 0;
		for (let done = 0; done < length;) {
			const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - done), start + done);
			if (!bytesRead)
				throw new Failure("usage", `${path} became shorter while it was read`);
			crc = crc32(buffer.subarray(0, bytesRead), crc);
			done += bytesRead;
		}
		return hex8(crc);
	});
}

/**
 * In which pieces and in which order a dump is written: everything else first, what the camera boots from last.
 *
 * A piece is what is staged, loaded, compared and written at once. A partition is one piece unless the pod or the camera's RAM
 * can't hold it.
 */
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { hex, roundUp, sizeText } from "../base/bytes.ts";
import { hex8 } from "../base/crc32.ts";
import { Failure } from "../base/failure.ts";
import { readable } from "../base/input.ts";
import type { Geometry, Place } from "../flash/kind.ts";
import type { Partition } from "../flash/layout.ts";
import { isLoader } from "../flash/purpose.ts";
import type { Region } from "../flash/region.ts";
import { hasSpare } from "../flash/spare.ts";
import { DUMP_FILE } from "./contents.ts";
import { select } from "./selection.ts";

export interface Piece extends Place {
	readonly partition: string;
	/** Name on the pod; safe in a U-Boot command line. */
	readonly name: string;
	readonly path: string;
	/** Place in the file. */
	readonly start: number;
	readonly crc32: string;
	/** Holds what the chip starts from: while it is erased, a power cut leaves a camera that needs the boot ROM. */
	readonly boot: boolean;
}

export interface PlanOptions {
	/** Most bytes in a piece. */
	limit: number;
	geometry: Geometry;
	/** Names of the partitions wanted; all when absent. */
	only?: readonly string[] | undefined;
}

/** The begin of a file that is the whole flash, or lies over its start, is kept for last: U-Boot's usual share. */
const BOOT_PART = 256 * 1024;
/** What lies at the start of the flash, is larger and isn't called a boot loader is, or lies over, more than that. */
const LARGEST_BOOT = 4 * BOOT_PART;
const LARGEST_SLICE = 4 * 1024 * 1024;
const NAME_LIMIT = 63;
/** Bytes read at once. */
const CHUNK = 256 * 1024;

/** Cuts, checks and orders. Reads every byte once. Throws Failure `usage`. */
export async function planPieces(partitions: readonly Partition[], { limit, geometry, only }: PlanOptions): Promise<Piece[]> {
	const wanted = select(partitions, only);
	checkPlaces(wanted, geometry);
	for (const { path, length } of wanted) {
		if (await hasSpare(path, DUMP_FILE, length, geometry))
			throw new Failure("usage", `${path} is a dump with the spare bytes (OOB) of each page, which U-Boot writes by itself`,
				"use a dump without them, as nanddump makes it without --oob");
	}
	const names = new Set<string>();
	const pieces: Piece[] = [];
	for (const partition of wanted) {
		for (const { start, length, of } of cut(partition, limit, geometry.eraseBlock)) {
			const offset = partition.offset + start;
			const name = stagedName(of > 1 ? `${basename(partition.path)}.${hex(offset)}` : basename(partition.path), names);
			const boot = offset === 0 || isBoot(partition);
			pieces.push({ partition: partition.name, name, path: partition.path, start, base: partition.offset, offset, length,
				crc32: await crcOf(partition.path, start, length), boot });
		}
	}
	// What the chip itself starts from is the very last.
	return [...pieces.filter(({ boot }) => !boot), ...pieces.filter(({ boot }) => boot).sort((a, b) => b.offset - a.offset)];
}

/** All of it is what the camera starts through: by its name, wherever it lies, or by its place if it can't be the whole flash. */
function isBoot({ name, offset, length }: Partition): boolean {
	return isLoader(name) || offset === 0 && length <= LARGEST_BOOT;
}

/**
 * Throws Failure `usage` when the flash, or what the U-Boot reaches of it (`limited`), is too small for a piece, or bad blocks push a piece
 * into the next partition.
 */
export function checkFlash(pieces: readonly Piece[], geometry: Geometry, flashSize: number, limited = false): void {
	const beyond = pieces.find(piece => geometry.end(piece) > flashSize);
	if (beyond) {
		const bytes = beyond.offset + beyond.length;
		const where = `${beyond.partition} ends at ${hex(bytes > flashSize ? bytes : geometry.end(beyond))}, behind the`;
		throw limited
			? new Failure("usage", `${where} ${sizeText(flashSize)} that this U-Boot reaches of the camera's flash`,
				"use a U-Boot that reaches all of this chip, or leave the partition out with --only")
			: new Failure("usage", `${where} end of the camera's ${sizeText(flashSize)} flash`,
				"is this dump from a camera with a larger flash? Look at --layout, or leave the partition out with --only");
	}
	for (const piece of pieces) {
		const next = pieces.find(({ base }) => base > piece.base && base < geometry.end(piece));
		if (next)
			throw new Failure("usage", `${piece.partition} needs the flash up to ${hex(geometry.end(piece))}, bad blocks left out, and ` +
				`${next.partition} begins at ${hex(next.base)}`,
				"this chip has too many bad blocks there: use a map with more room for it (--layout), or leave the partition out with --only");
	}
}

/** What no piece touches, in the order of the flash. */
export function untouchedBy(pieces: readonly Piece[], geometry: Geometry, flashSize: number): Region[] {
	const regions: Region[] = [];
	let end = 0;
	for (const piece of [...pieces].sort((a, b) => a.offset - b.offset)) {
		if (piece.offset > end)
			regions.push({ offset: end, length: piece.offset - end });
		end = Math.max(end, geometry.end(piece));
	}
	if (flashSize > end)
		regions.push({ offset: end, length: flashSize - end });
	return regions;
}

function checkPlaces(partitions: readonly Partition[], geometry: Geometry): void {
	let end = 0;
	let before = "";
	for (const { name, path, offset, length } of [...partitions].sort((a, b) => a.offset - b.offset)) {
		if (offset % geometry.eraseBlock)
			throw new Failure("usage", `${path} would begin at ${hex(offset)}, in the middle of an erase block of ${sizeText(geometry.eraseBlock)}`,
				"a file before it was cut short: use a complete dump, or give a map (--layout)");
		if (offset < end)
			throw new Failure("usage", `${name} at ${hex(offset)} overlaps ${before}, which ends at ${hex(end)}`,
				"check --layout, or say which is wanted with --only");
		end = geometry.end({ base: offset, offset, length });
		before = name;
	}
}

function cut(partition: Partition, limit: number, eraseBlock: number): { start: number; length: number; of: number }[] {
	const { offset, length } = partition;
	const head = offset === 0 && !isBoot(partition) ? roundUp(BOOT_PART, eraseBlock) : 0;
	const slice = Math.floor(Math.min(LARGEST_SLICE, limit / 2) / eraseBlock) * eraseBlock;
	if ((head || length > limit) && slice <= 0)
		throw new Failure("refused", `the pod has only room for ${sizeText(limit)}`,
			"free room on the pod: `rackpod ls`, then `rackpod rm NAME` or `rackpod rm --all`");
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
		const buffer = Buffer.allocUnsafe(CHUNK);
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

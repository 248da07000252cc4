/**
 * What a job needs of a kind of flash. Before the camera is up: how it is divided. At U-Boot's prompt: erase, write, read back. nor.ts is
 * one kind; NAND, UBI and eMMC are others.
 *
 * A kind with bad blocks skips them in the same way when it erases, writes and reads, and counts them in `end`: so a place is always the
 * one that the dump names, and a job knows nothing of them. What an answer of U-Boot's proves is the kind's to judge; bytes are proven by
 * `crc`.
 */
import { roundUp } from "../base/bytes.ts";
import type { Dialect } from "../camera/dialect.ts";
import type { UBootSession } from "../camera/session.ts";
import { Failure } from "../base/failure.ts";
import type { Region } from "./region.ts";

/** Where bytes belong. */
export interface Place extends Region {
	/** Where their partition begins: a kind that skips bad blocks counts from there. */
	readonly base: number;
}

/** A page of NAND: bytes of data, and of the spare area (OOB) beside them, which U-Boot fills by itself. */
export interface Page {
	readonly data: number;
	readonly spare: number;
}

/** How a flash is divided. */
export interface Geometry {
	/** Bytes that are erased at once: a place begins at a multiple of it. */
	readonly eraseBlock: number;
	/** Where it is written by pages that have spare bytes. */
	readonly page?: Page;
	/** Where what is written to `place` ends in the flash: with whole erase blocks, and the bad ones that are skipped. */
	end(place: Place): number;
}

/** How erasing and writing go with the rest of a job. They are not interrupted: U-Boot can't stop in the middle either. */
export interface Change {
	/** How often somebody else had had the console when the RAM was proven. Throws ConsoleTaken, and does nothing, when that has changed. */
	readonly takes: number;
	/** How far it is, where U-Boot tells. */
	readonly onPercent: (percent: number) => void;
	/** The command is about to be run: until then the flash is as it was. */
	readonly onSend: () => void;
}

/** A camera's flash, found by its U-Boot. Everything throws Failure. */
export interface Flash extends Geometry {
	/** Bytes of it, or as many as this U-Boot reaches. */
	readonly size: number;
	/** The chip is larger than what this U-Boot reaches. */
	readonly limited: boolean;
	/** Erasing is part of writing: `erase` is not called. */
	readonly erasesItself: boolean;
	/** An answer that says neither yes nor no is noted; reading back decides. */
	erase(place: Place, change: Change): Promise<void>;
	/** Writes what the session has loaded. */
	write(place: Place, change: Change): Promise<void>;
	/** CRC-32 of what it holds there. `lasting`: not interrupted. */
	crc(place: Place, lasting: boolean): Promise<string>;
	/** Tries to take a write protection away. */
	unlock(): Promise<void>;
	/** What `unlock` sends, for people. */
	readonly unlocking: string;
}

export interface FlashKind {
	/** What is known of every flash of this kind with this board, before the camera is up. */
	geometry(dialect: Dialect): Geometry;
	/** Finds the flash. `size` is for a U-Boot that doesn't tell it. */
	probe(session: UBootSession, size: number | undefined): Promise<Flash>;
}

/** A flash without bad blocks. */
export function evenBlocks(eraseBlock: number): Geometry {
	return { eraseBlock, end: ({ offset, length }) => offset + roundUp(length, eraseBlock) };
}

/** `size`, or the Failure when nobody knows it. */
export function knownSize(size: number | undefined): number {
	if (size === undefined)
		throw new Failure("camera", "U-Boot does not say how large the flash is", "tell it with --flash-size, for example --flash-size 16M");
	return size;
}

/**
 * One file of the store, readable at any offset by any number of readers at once, or a slot armed for a camera's upload.
 *
 * There are many of them, so a file is its pages, its name and one array of numbers: a property each would cost a slot of the heap each.
 * What it is not for: finding files and making room (files.ts). Danger: a file's pages live only while it is listed or retained.
 */
import type { Content } from "./content";
import { PageList, type PagePool } from "./pages";

/** The camera's upload into an armed slot, as the slot shows it. */
export interface Filling {
	/** Bytes so far. */
	readonly received: number;
	/** Ends it; `reason` is kept as the slot's lastError. */
	abort(reason?: string): void;
}

/** What a file needs to know of its store. */
export interface FileOwner {
	readonly pool: PagePool;
	/** Milliseconds since start. */
	now(): number;
	/** Counted up by FileStore.newSession(). */
	readonly session: number;
	/** The upload that fills `file`, an armed slot, if there is one. */
	uploadInto(file: StoredFile): Filling | undefined;
}

/** Places in the array of numbers. */
const SIZE = 0;
const CRC32 = 1;
const CREATED = 2;
const TOUCHED = 3;
const SESSION = 4;
const READS = 5;
const COMPLETED = 6;
const HOLDS = 7;
/** Of the holds, those of transfers. */
const TRANSFERS = 8;
/** 1 while it can be found. */
const LISTED = 9;
/** -1 for an ordinary file. */
const ARMED = 10;

export class StoredFile extends PageList implements Content {
	/** Empty for scratch. */
	readonly name: string;
	/** Why the last transfer failed; undefined when it didn't. For an armed slot: why the last upload failed. Set by FileStore. */
	lastError: string | undefined;
	private readonly owner: FileOwner;
	/** See the places above. */
	private readonly numbers: number[];

	/** Only FileStore makes files. */
	constructor(owner: FileOwner, name: string, size: number, crc32: number, armed = -1) {
		super(owner.pool);
		this.name = name;
		this.owner = owner;
		const now = owner.now();
		this.numbers = [size, crc32, now, now, owner.session, 0, 0, 0, 0, 1, armed];
	}

	/** Bytes; 0 while armed. */
	get size(): number {
		return this.numbers[SIZE]!;
	}

	/** CRC-32 of all bytes. */
	get crc32(): number {
		return this.numbers[CRC32]!;
	}

	/** When it became visible, in milliseconds since start. */
	get created(): number {
		return this.numbers[CREATED]!;
	}

	/** When it was last staged, read or asked for, in milliseconds since start. */
	get touched(): number {
		return this.numbers[TOUCHED]!;
	}

	/** The store's session at that time. */
	get session(): number {
		return this.numbers[SESSION]!;
	}

	/** Transfers that began to read it. */
	get reads(): number {
		return this.numbers[READS]!;
	}

	/** Transfers that read all they asked for. */
	get completed(): number {
		return this.numbers[COMPLETED]!;
	}

	/** False after it was removed or replaced; then it lives until the last release. */
	get listed(): boolean {
		return this.numbers[LISTED] === 1;
	}

	/** Bytes that are reserved for a camera's upload; undefined for an ordinary file. */
	get armed(): number | undefined {
		const armed = this.numbers[ARMED]!;
		return armed < 0 ? undefined : armed;
	}

	/** The camera's upload into this armed slot, while there is one. */
	get upload(): Filling | undefined {
		return this.armed === undefined ? undefined : this.owner.uploadInto(this);
	}

	/** Whether somebody reads or fills it now. */
	get busy(): boolean {
		return this.numbers[HOLDS]! > 0 || this.upload !== undefined;
	}

	/** Whether a transfer reads or fills it now. */
	get transferring(): boolean {
		return this.numbers[TRANSFERS]! > 0 || this.upload !== undefined;
	}

	/** Whether somebody reads it; with `stoppable`, somebody beside the transfers, which can be ended. */
	isHeld(stoppable: boolean): boolean {
		return this.numbers[HOLDS]! > (stoppable ? this.numbers[TRANSFERS]! : 0);
	}

	span(offset: number, limit: number): Uint8Array {
		return this.view(offset, Math.min(limit, this.size - offset));
	}

	/** Somebody still wants it: it does not count as left behind. */
	touch(): void {
		this.numbers[TOUCHED] = this.owner.now();
		this.numbers[SESSION] = this.owner.session;
	}

	/** Keeps the pages until the matching release(). */
	retain(): void {
		this.numbers[HOLDS]!++;
		this.touch();
	}

	/** Throws when it was not retained. */
	release(): void {
		if (this.numbers[HOLDS] === 0)
			throw new Error("released once too often");
		this.numbers[HOLDS]!--;
		// the session it belongs to is the one in which it was asked for
		this.numbers[TOUCHED] = this.owner.now();
		this.freeIfUnused();
	}

	/** A transfer begins to read it: counted, retained until end(). */
	begin(): void {
		this.numbers[READS]!++;
		this.numbers[TRANSFERS]!++;
		this.retain();
	}

	/** That transfer ended; `error` says why it did not get everything. */
	end(error?: string): void {
		if (error === undefined)
			this.numbers[COMPLETED]!++;
		this.lastError = error;
		this.leave();
	}

	/** That transfer ended, and neither succeeded nor failed. */
	leave(): void {
		this.numbers[TRANSFERS]!--;
		this.release();
	}

	/** For FileStore: nobody can find it any more. */
	unlist(): void {
		this.numbers[LISTED] = 0;
		this.freeIfUnused();
	}

	private freeIfUnused(): void {
		if (!this.listed && this.numbers[HOLDS] === 0)
			this.truncate(0);
	}
}

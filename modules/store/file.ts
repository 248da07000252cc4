/**
 * One file of the store, readable at any offset by any number of readers at once, or a slot armed for a camera's upload.
 *
 * What it is not for: finding files and making room (files.ts). Danger: a file's pages live only while it is listed or retained.
 */
import type { Content } from "./content";
import type { PageList } from "./pages";
import type { Upload } from "./upload";

/** What a file needs to know of its store. */
export interface Era {
	/** Milliseconds since start. */
	now(): number;
	/** Counted up by FileStore.newSession(). */
	readonly session: number;
}

export class StoredFile implements Content {
	/** Empty for scratch. */
	readonly name: string;
	/** Bytes; 0 while armed. */
	readonly size: number;
	/** CRC-32 of all bytes. */
	readonly crc32: number;
	/** When it became visible, in milliseconds since start. */
	readonly created: number;
	/** Bytes that are reserved for a camera's upload; undefined for an ordinary file. */
	readonly armed: number | undefined;
	/** The camera's upload into this armed slot, while there is one. Set by FileStore. */
	upload: Upload | undefined;
	/** For FileStore only. */
	readonly pages: PageList;
	#era: Era;
	#reads = 0;
	#completed = 0;
	#lastError: string | undefined;
	#holds = 0;
	/** Of the holds, those of transfers. */
	#transfers = 0;
	#listed = true;
	#touched = 0;
	#session = 0;

	/** Only FileStore makes files. */
	constructor(era: Era, pages: PageList, name: string, size: number, crc32: number, armed?: number) {
		this.#era = era;
		this.pages = pages;
		this.name = name;
		this.size = size;
		this.crc32 = crc32;
		this.armed = armed;
		this.created = era.now();
		this.touch();
	}

	/** Transfers that began to read it. */
	get reads(): number {
		return this.#reads;
	}

	/** Transfers that read all they asked for. */
	get completed(): number {
		return this.#completed;
	}

	/** Why the last transfer failed; undefined when it didn't. For an armed slot: why the last upload failed. */
	get lastError(): string | undefined {
		return this.#lastError;
	}

	/** Whether somebody reads or fills it now. */
	get busy(): boolean {
		return this.#holds > 0 || this.upload !== undefined;
	}

	/** Whether a transfer reads or fills it now. */
	get transferring(): boolean {
		return this.#transfers > 0 || this.upload !== undefined;
	}

	/** Whether somebody reads it; with `stoppable`, somebody beside the transfers, which can be ended. */
	isHeld(stoppable: boolean): boolean {
		return this.#holds > (stoppable ? this.#transfers : 0);
	}

	/** False after it was removed or replaced; then it lives until the last release. */
	get listed(): boolean {
		return this.#listed;
	}

	/** When it was last staged, read or asked for, in milliseconds since start. */
	get touched(): number {
		return this.#touched;
	}

	/** The store's session at that time. */
	get session(): number {
		return this.#session;
	}

	span(offset: number, limit: number): Uint8Array {
		return this.pages.span(offset, Math.min(limit, this.size - offset));
	}

	/** Somebody still wants it: it does not count as left behind. */
	touch(): void {
		this.#touched = this.#era.now();
		this.#session = this.#era.session;
	}

	/** Keeps the pages until the matching release(). */
	retain(): void {
		this.#holds++;
		this.touch();
	}

	/** Throws when it was not retained. */
	release(): void {
		if (this.#holds === 0)
			throw new Error("released once too often");
		this.#holds--;
		// the session it belongs to is the one in which it was asked for
		this.#touched = this.#era.now();
		this.#freeIfUnused();
	}

	/** A transfer begins to read it: counted, retained until end(). */
	begin(): void {
		this.#reads++;
		this.#transfers++;
		this.retain();
	}

	/** That transfer ended; `error` says why it did not get everything. */
	end(error?: string): void {
		if (error === undefined)
			this.#completed++;
		this.#lastError = error;
		this.leave();
	}

	/** That transfer ended, and neither succeeded nor failed. */
	leave(): void {
		this.#transfers--;
		this.release();
	}

	/** For FileStore: what went wrong with an upload into this slot. */
	failed(error: string | undefined): void {
		this.#lastError = error;
	}

	/** For FileStore: nobody can find it any more. */
	unlist(): void {
		this.#listed = false;
		this.#freeIfUnused();
	}

	#freeIfUnused(): void {
		if (!this.#listed && this.#holds === 0)
			this.pages.truncate(0);
	}
}

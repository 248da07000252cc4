/**
 * Bytes on their way into the store: read them from the socket straight into `space()`, then say how many they were.
 *
 * What it is not for: deciding who may upload what; that is FileStore's, which makes every Upload.
 * Danger: a view from `space()` is good until the next call of any method of the upload or the store.
 */
import { Bytes } from "bytes/bytes";
import { Refusal } from "base/refusal";
import type { StoredFile } from "./file";
import type { PageList } from "./pages";
import type { StoreCode } from "./codes";

/** What an upload needs of the store. */
export interface UploadOwner {
	/** Adds one page to the upload's list. Throws Refusal oom. */
	grow(upload: Upload): void;
	/** The upload is complete: makes the file. */
	commit(upload: Upload): StoredFile;
	/** The upload is given up: takes its pages. */
	abort(upload: Upload, reason: string | undefined): void;
}

export type UploadState = "open" | "committed" | "aborted";

export class Upload {
	/** Undefined for the store's unnamed scratch space. */
	readonly name: string | undefined;
	/** Bytes that must come, when known beforehand. */
	readonly announced: number | undefined;
	/** Bytes that may come. */
	readonly limit: number;
	/** For the owner only. */
	readonly pages: PageList;
	private readonly owner: UploadOwner;
	private phase: UploadState = "open";
	private count = 0;
	private crc = 0;
	private view: Uint8Array | undefined;

	/** Only FileStore makes uploads. */
	constructor(owner: UploadOwner, pages: PageList, name: string | undefined, announced: number | undefined, limit: number) {
		this.owner = owner;
		this.pages = pages;
		this.name = name;
		this.announced = announced;
		this.limit = limit;
	}

	get state(): UploadState {
		return this.phase;
	}

	/** Bytes so far. */
	get received(): number {
		return this.count;
	}

	/** CRC-32 of the bytes so far. */
	get crc32(): number {
		return this.crc;
	}

	/**
	 * A view of the place for the next bytes: at least 1, at most `limit`, as many as lie in one piece.
	 * Throws Refusal size_exceeded {limit} when all bytes that may come have come, oom when a growing upload finds no page
	 * (the upload stays open: abort it), upload_aborted when somebody removed the upload.
	 */
	space(limit = this.limit): Uint8Array {
		this.check();
		const left = this.limit - this.count;
		if (left <= 0)
			throw new Refusal<StoreCode>("size_exceeded", "more bytes than the " + this.limit + " that were announced", { limit: this.limit });
		if (this.count === this.pages.capacity)
			this.owner.grow(this);
		return this.view = this.pages.view(this.count, Math.min(limit, left));
	}

	/** The first `count` bytes of the last `space()` have been filled. */
	advance(count: number): void {
		const view = this.view;
		if (!view || count > view.length)
			throw new Error("advanced beyond the space");
		this.view = undefined;
		this.crc = Bytes.crc32(count === view.length ? view : view.subarray(0, count), this.crc);
		this.count += count;
	}

	/** Copies `bytes` in: for senders that have them in a packet already. Throws what `space` throws. */
	write(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.length;) {
			const space = this.space(bytes.length - at);
			space.set(at === 0 && space.length === bytes.length ? bytes : bytes.subarray(at, at + space.length));
			this.advance(space.length);
			at += space.length;
		}
	}

	/**
	 * Makes the bytes a file, in place of an older one of that name. `expected` is the CRC-32 they should have.
	 * Throws Refusal size_mismatch {announced, received} or checksum_mismatch {expected, actual: 8 hex digits}, and has aborted then.
	 * A scratch upload's file is listed nowhere and already retained once: release() frees it.
	 */
	commit(expected?: number): StoredFile {
		this.check();
		if (this.announced !== undefined && this.count !== this.announced) {
			const detail = { announced: this.announced, received: this.count };
			this.abort("size_mismatch");
			throw new Refusal<StoreCode>("size_mismatch", detail.received + " of " + detail.announced + " bytes came", detail);
		}
		if (expected !== undefined && expected >>> 0 !== this.crc) {
			this.abort("checksum_mismatch");
			throw new Refusal<StoreCode>("checksum_mismatch", "the bytes that came have another CRC-32", { expected: hex32(expected >>> 0), actual: hex32(this.crc) });
		}
		const file = this.owner.commit(this);
		this.phase = "committed";
		return file;
	}

	/** Gives up: the pages are free again. `reason` is kept as an armed slot's lastError. Harmless later and twice. */
	abort(reason?: string): void {
		if (this.phase !== "open")
			return;
		this.phase = "aborted";
		this.view = undefined;
		this.owner.abort(this, reason);
	}

	private check(): void {
		if (this.phase !== "open")
			throw new Refusal<StoreCode>("upload_aborted", "this upload was " + this.phase, { state: this.phase });
	}
}

/** A 32-bit number as 8 hex digits. */
function hex32(value: number): string {
	return value.toString(16).padStart(8, "0");
}

/**
 * The memory for files: pages of 16 KiB, allocated once at start in few and large banks, and lists of them.
 *
 * Any file fits while enough pages are free, wherever they lie, so the honest "largest free block" is the free total. Pages are
 * handed out lowest first, so that a file is mostly one piece and `view` can give long ones. Which page follows which is kept in one
 * table for all lists: a list is two numbers, and growing one needs no memory.
 * What it is not for: names, owners, eviction (files.ts). Danger: a page given back while a view of it is still in use will soon
 * hold another file's bytes; only files.ts and upload.ts own lists.
 */

const pageShift = 14;
/** Bytes in a page. */
export const pageSize = 16_384;
/** Banks are of this size or, in large pools, of a sixteenth of the whole; smaller where the memory has no such piece any more. */
const bankSize = 1_048_576;
const leastBankSize = 262_144;
/** Bytes of a view: what a connection or a transfer takes at a time is far less. */
const maxSpan = 262_144;

/** In the table of pages: nobody has this one, and it is the last of its list. */
const FREE = 0xffff;
const LAST = 0xfffe;
const maxPages = LAST;

/** Pages needed for `bytes`. */
export function pagesFor(bytes: number): number {
	return Math.ceil(bytes / pageSize);
}

export interface PagePoolOptions {
	/** Bytes to use for pages, just below 1 GiB at most. What doesn't fill a page is left alone. */
	bytes: number;
	/**
	 * Makes one bank; may throw a RangeError for one of more than 256 KiB: smaller ones are asked for then. The default
	 * is a SharedArrayBuffer, which XS allocates outside its heap (PSRAM on the ESP32) and never moves.
	 */
	allocate?: (bytes: number) => Uint8Array;
}

export class PagePool {
	readonly totalPages: number;
	private readonly banks: Uint8Array[];
	/** Of each page the one that follows it in its list, LAST or FREE. Searched with the native indexOf. Lies behind the last page. */
	private readonly next: Uint16Array;
	private free: number;
	/** No page below this one is free. */
	private lowest = 0;
	/** The page that was looked up last, its place, and the first page of its list; -1 for none. */
	private foundFirst = -1;
	private foundIndex = 0;
	private found = 0;

	/** Allocates all pages. Throws a RangeError when the memory isn't there, or `bytes` makes no page or too many. */
	constructor({ bytes, allocate = sharedMemory }: PagePoolOptions) {
		const pages = Math.floor(bytes / pageSize);
		if (!(pages >= 1 && pages <= maxPages))
			throw new RangeError("page pool needs 16 KiB to 1 GiB");
		this.banks = allocateBanks(pages * pageSize, 2 * pages, allocate);
		this.totalPages = this.free = pages;
		const { buffer, byteOffset, length } = this.banks[this.banks.length - 1]!;
		this.next = new Uint16Array(buffer, byteOffset + length - 2 * pages, pages).fill(FREE);
	}

	get totalBytes(): number {
		return this.totalPages * pageSize;
	}

	get freePages(): number {
		return this.free;
	}

	/** Bytes in pages nobody has. What could be made free besides is files.ts's to know. */
	get freeBytes(): number {
		return this.free * pageSize;
	}

	/** The lowest free page, now the caller's, the last of its list. -1 when there is none. */
	take(): number {
		if (this.free === 0)
			return -1;
		const page = this.next.indexOf(FREE, this.lowest);
		this.next[page] = LAST;
		this.lowest = page + 1;
		this.free--;
		return page;
	}

	/** Takes `page` back. Throws when nobody has it: two owners of one page would be two files mixed up. */
	give(page: number): void {
		if (!(page < this.totalPages) || this.next[page] === FREE)
			throw new Error("page " + page + " was not taken");
		this.next[page] = FREE;
		this.free++;
		this.foundFirst = -1;
		if (page < this.lowest)
			this.lowest = page;
	}

	/** The page behind `page` in its list; meaningless behind the last. */
	following(page: number): number {
		return this.next[page]!;
	}

	/** Lets `next` follow `page`, the last of its list. */
	link(page: number, next: number): void {
		this.next[page] = next;
	}

	/** The page at place `index` of the list that begins with `first`. Quick where the last one asked for was not behind it. */
	find(first: number, index: number): number {
		const { next } = this;
		const goOn = this.foundFirst === first && this.foundIndex <= index;
		let page = goOn ? this.found : first;
		for (let at = goOn ? this.foundIndex : 0; at < index; at++)
			page = next[page]!;
		this.foundFirst = first;
		this.foundIndex = index;
		this.found = page;
		return page;
	}

	/** View of the bytes from `offset` of `page` on: at most `limit`, as many as lie in one piece and belong to pages of its list. */
	view(page: number, offset: number, limit: number): Uint8Array {
		const { banks, next } = this;
		let length = pageSize - offset;
		for (let last = page; length < limit && length < maxSpan && next[last] === last + 1; last++)
			length += pageSize;
		let start = page * pageSize + offset;
		let index = 0;
		for (let size; start >= (size = banks[index]!.length); index++)
			start -= size;
		return banks[index]!.subarray(start, start + Math.min(length, limit, maxSpan));
	}

	/** A view of nothing. */
	nothing(): Uint8Array {
		return this.banks[0]!.subarray(0, 0);
	}
}

/** The pages of one file, in order. */
export class PageList {
	protected readonly pool: PagePool;
	/** Where there are any. */
	private first = 0;
	private pages = 0;

	constructor(pool: PagePool) {
		this.pool = pool;
	}

	/** Pages in the list. */
	get count(): number {
		return this.pages;
	}

	/** Bytes the pages hold. */
	get capacity(): number {
		return this.pages << pageShift;
	}

	/** Adds `count` free pages at the end. Throws, and adds none, when there are fewer: the caller made room before. */
	extend(count: number): void {
		const { pool } = this;
		if (count > pool.freePages)
			throw new Error("extended beyond the free pages");
		for (; count > 0; count--) {
			const page = pool.take();
			if (this.pages === 0)
				this.first = page;
			else
				pool.link(pool.find(this.first, this.pages - 1), page);
			this.pages++;
		}
	}

	/** Gives back the pages behind the first `bytes` bytes. */
	truncate(bytes: number): void {
		const { pool } = this;
		const keep = pagesFor(bytes);
		if (this.pages <= keep)
			return;
		let page = pool.find(this.first, keep);
		for (let left = this.pages - keep; left > 0; left--) {
			const next = pool.following(page);
			pool.give(page);
			page = next;
		}
		this.pages = keep;
		if (keep > 0)
			pool.link(pool.find(this.first, keep - 1), LAST);
	}

	/** Takes the pages of `other`, which has none then, in place of its own, of which there are none. */
	adopt(other: PageList): void {
		this.first = other.first;
		this.pages = other.pages;
		other.pages = 0;
	}

	/** View of the bytes from `offset` on: at most `limit`, as many as lie in one piece; empty at the end of the pages. */
	view(offset: number, limit: number): Uint8Array {
		const index = offset >> pageShift;
		if (index >= this.pages)
			return this.pool.nothing();
		return this.pool.view(this.pool.find(this.first, index), offset & (pageSize - 1), limit);
	}
}

/** Banks for `bytes`, as large as they may be and can be had, the last one with `table` bytes more. */
function allocateBanks(bytes: number, table: number, allocate: (bytes: number) => Uint8Array): Uint8Array[] {
	const banks: Uint8Array[] = [];
	let size = bankSize;
	while (size * 16 < bytes)
		size *= 2;
	for (let left = bytes; left > 0;) {
		try {
			const bank = allocate(left <= size ? left + table : size);
			banks.push(bank);
			left -= bank.length;
		}
		catch (error) {
			if (size <= leastBankSize)
				throw error;
			size /= 2;
		}
	}
	return banks;
}

function sharedMemory(bytes: number): Uint8Array {
	return new Uint8Array(new SharedArrayBuffer(bytes));
}

/**
 * The memory for files: pages of 16 KiB, allocated once at start in banks of 256 KiB, and lists of them.
 *
 * Any file fits while enough pages are free, wherever they lie, so the honest "largest free block" is the free total. Pages are
 * handed out lowest first, so that a file is mostly one piece and `span` can give long views.
 * What it is not for: names, owners, eviction (files.ts). Danger: a page given back while a view of it is still in use will soon
 * hold another file's bytes; only files.ts and upload.ts own lists.
 */

const pageShift = 14;
/** Pages in a bank, minus one: a page number's low bits are its place in the bank. */
const placeMask = 15;
const bankShift = 4;

/** Bytes in a page. */
export const pageSize = 16_384;
const bankSize = 262_144;
/** A list keeps page numbers in 16 bits. */
const maxPages = 65_536;

/** Pages needed for `bytes`. */
export function pagesFor(bytes: number): number {
	return Math.ceil(bytes / pageSize);
}

export interface PagePoolOptions {
	/** Bytes to use for pages, at most 1 GiB. What doesn't fill a page is left alone. */
	bytes: number;
	/** Makes one bank. The default is a SharedArrayBuffer, which XS allocates outside its heap (PSRAM on the ESP32) and never moves. */
	allocate?: (bytes: number) => Uint8Array;
}

export class PagePool {
	readonly totalPages: number;
	#banks: Uint8Array[] = [];
	/** One byte per page: 1 when taken. Searched with the native indexOf. */
	#taken: Uint8Array;
	#freePages: number;
	/** No page below this one is free. */
	#lowest = 0;

	/** Allocates all pages. Throws a RangeError when the memory isn't there, or `bytes` makes no page or too many. */
	constructor(options: PagePoolOptions) {
		const pages = Math.floor(options.bytes / pageSize);
		if (!(pages >= 1 && pages <= maxPages))
			throw new RangeError("page pool needs 16 KiB to 1 GiB");
		const allocate = options.allocate ?? ((bytes: number) => new Uint8Array(new SharedArrayBuffer(bytes)));
		for (let left = pages * pageSize; left > 0; left -= bankSize)
			this.#banks.push(allocate(Math.min(left, bankSize)));
		this.totalPages = this.#freePages = pages;
		this.#taken = new Uint8Array(pages);
	}

	get totalBytes(): number {
		return this.totalPages * pageSize;
	}

	get freePages(): number {
		return this.#freePages;
	}

	/** Bytes in pages nobody has. What could be made free besides is files.ts's to know. */
	get freeBytes(): number {
		return this.#freePages * pageSize;
	}

	/** The lowest free page, now the caller's. -1 when there is none. */
	take(): number {
		if (this.#freePages === 0)
			return -1;
		const page = this.#taken.indexOf(0, this.#lowest);
		this.#taken[page] = 1;
		this.#lowest = page + 1;
		this.#freePages--;
		return page;
	}

	/** Takes `page` back. Throws when nobody has it: two owners of one page would be two files mixed up. */
	give(page: number): void {
		if (this.#taken[page] !== 1)
			throw new Error("page " + page + " was not taken");
		this.#taken[page] = 0;
		this.#freePages++;
		if (page < this.#lowest)
			this.#lowest = page;
	}

	/** `length` bytes at `offset` of `page`; may run on into the following pages of the same bank. */
	view(page: number, offset: number, length: number): Uint8Array {
		const start = ((page & placeMask) << pageShift) + offset;
		return this.#banks[page >> bankShift]!.subarray(start, start + length);
	}
}

/** The pages of one file, in order: 2 bytes of heap a page. */
export class PageList {
	#pool: PagePool;
	#pages = new Uint16Array(0);
	#count = 0;

	constructor(pool: PagePool) {
		this.#pool = pool;
	}

	/** Pages in the list. */
	get count(): number {
		return this.#count;
	}

	/** Bytes the pages hold. */
	get capacity(): number {
		return this.#count << pageShift;
	}

	/** Adds `count` free pages at the end. Throws, and adds none, when there are fewer: the caller made room before. */
	extend(count: number): void {
		if (count > this.#pool.freePages)
			throw new Error("extended beyond the free pages");
		this.#fit(this.#count + count);
		while (count-- > 0)
			this.#pages[this.#count++] = this.#pool.take();
	}

	/** Gives back the pages behind the first `bytes` bytes. */
	truncate(bytes: number): void {
		const keep = pagesFor(bytes);
		while (this.#count > keep)
			this.#pool.give(this.#pages[--this.#count]!);
		if (this.#pages.length > this.#count)
			this.#pages = this.#pages.slice(0, this.#count);
	}

	/** View of the bytes from `offset` on: at most `limit`, as many as lie in one piece; empty at the end of the pages. */
	span(offset: number, limit: number): Uint8Array {
		let index = offset >> pageShift;
		if (index >= this.#count)
			return this.#pool.view(0, 0, 0);
		const pages = this.#pages;
		const first = pages[index]!;
		const within = offset & (pageSize - 1);
		let length = pageSize - within;
		for (let next = first + 1; length < limit && (next & placeMask) !== 0 && ++index < this.#count && pages[index] === next; next++)
			length += pageSize;
		return this.#pool.view(first, within, length < limit ? length : limit);
	}

	/** Room for `count` numbers; grows by doubling, so that an upload of unknown size doesn't copy its list for each page. */
	#fit(count: number): void {
		if (count <= this.#pages.length)
			return;
		const pages = new Uint16Array(this.#count === 0 ? count : Math.max(count, Math.min(this.#count * 2, this.#pool.totalPages)));
		pages.set(this.#pages);
		this.#pages = pages;
	}
}

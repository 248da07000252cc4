/**
 * Named files in pages: staging, replacing, removing, and making room when an owner is evidently gone.
 *
 * A file counts as left behind when nobody reads or fills it and it was neither staged nor read since the last newSession(), or
 * for `idleLimit`. Its bytes count as free, and it is evicted, oldest first, only when room or a slot is needed. So an aborted run
 * never makes the next one fail, and a run that pauses never loses a file that nobody needs the room of.
 * What it is not for: HTTP and TFTP; their adapters belong to the pod.
 */
import { Refusal } from "base/refusal";
import type { Time } from "base/time";
import { StoredFile, type FileOwner } from "./file";
import { checkName } from "./names";
import { PageList, pageSize, pagesFor, type PagePool } from "./pages";
import { Upload, type UploadOwner } from "./upload";
import type { StoreCode } from "./codes";

export interface FileStoreOptions {
	pool: PagePool;
	time: Time;
	/** Names at most, armed ones and uploads under way included. Default 32. */
	slots?: number;
	/** Milliseconds after which a file nobody touched counts as left behind. Default one hour. */
	idleLimit?: number;
	/** Is told of each file that had to go for another. Must not throw and must not call the store. */
	onEvict?: (file: StoredFile) => void;
	/**
	 * Ends the transfers that read or fill the file (StoredFile.begin, FileStore.accept) before it returns: the file is removed, or has
	 * to make room for its successor. Must not throw. Without it they go on, and keep their pages until they end.
	 */
	stopTransfers?: (file: StoredFile, reason: string) => void;
}

export class FileStore implements FileOwner, UploadOwner {
	/** Names at most. */
	readonly slots: number;
	/** Milliseconds after which a file nobody touched counts as left behind. May be changed at any time. */
	idleLimit: number;
	readonly pool: PagePool;
	private readonly time: Time;
	private readonly onEvict: ((file: StoredFile) => void) | undefined;
	private readonly stopTransfers: ((file: StoredFile, reason: string) => void) | undefined;
	/** In order of staging. */
	private files: StoredFile[] = [];
	/** Open ones, named or not. */
	private open: Upload[] = [];
	private sessions = 0;
	private evicted = 0;

	constructor(options: FileStoreOptions) {
		this.pool = options.pool;
		this.time = options.time;
		this.slots = options.slots ?? 32;
		this.idleLimit = options.idleLimit ?? 3_600_000;
		this.onEvict = options.onEvict;
		this.stopTransfers = options.stopTransfers;
	}

	/** Bytes of the largest file that would fit in an empty store. */
	get totalBytes(): number {
		return this.pool.totalBytes;
	}

	/** Bytes a new file can have now. Files left behind count as free. */
	get freeBytes(): number {
		return this.roomFor(undefined);
	}

	/** Bytes that a new file can have without any other having to go. */
	get unusedBytes(): number {
		return this.pool.freeBytes;
	}

	/** Slots taken, by files left behind too. */
	get usedSlots(): number {
		let count = this.files.length;
		this.open.forEach((upload, index) => {
			const { name } = upload;
			if (name !== undefined && !this.find(name) && this.open.findIndex(other => other.name === name) === index)
				count++;
		});
		return count;
	}

	/** Files that had to go for others, since start. */
	get evictions(): number {
		return this.evicted;
	}

	/** Uploads under way. */
	get uploads(): readonly Upload[] {
		return this.open;
	}

	get session(): number {
		return this.sessions;
	}

	now(): number {
		return this.time.now();
	}

	/** The file of that name. Undefined also for a slot that is armed and not yet written. */
	get(name: string): StoredFile | undefined {
		const file = this.find(name);
		return file?.armed === undefined ? file : undefined;
	}

	/** The armed slot of that name. */
	slot(name: string): StoredFile | undefined {
		const file = this.find(name);
		return file?.armed === undefined ? undefined : file;
	}

	/** All files and armed slots, oldest first. */
	list(): readonly StoredFile[] {
		return this.files;
	}

	/** Bytes a file `name` can have now, counting what its present copy gives back when it is replaced. */
	roomFor(name: string | undefined): number {
		return this.possiblePages(name === undefined ? undefined : this.find(name)) * pageSize;
	}

	/**
	 * Begins to stage `name`. With `size` all its room is reserved now; without, it grows page by page. An older file of the name
	 * stays until commit when both fit, and who reads it then has it to the end; else it goes now, and its transfers end.
	 * Throws Refusal bad_name, bad_size {size}, no_slots {max_slots}, oom {requested, psram_largest_free}; nothing has changed then.
	 */
	create(name: string, size?: number): Upload {
		checkName(name);
		const old = this.find(name);
		const slot = this.findSlot(name);
		return this.begin(this.allocate(size, old, slot), name, size, size ?? Infinity);
	}

	/** Room for an unnamed body, e.g. a boot request. Takes no slot. Throws Refusal bad_size, oom. */
	scratch(size?: number): Upload {
		return this.begin(this.allocate(size, undefined, undefined), undefined, size, size ?? Infinity);
	}

	/**
	 * Reserves `size` bytes for a camera to upload to `name`. Removes a file of that name, so that whatever can be read under the
	 * name afterwards is what the camera sent. Throws what `create` throws.
	 */
	arm(name: string, size: number): StoredFile {
		checkName(name);
		const old = this.find(name);
		const pages = this.allocate(size, old, this.findSlot(name), true);
		return this.enlist(pages, new StoredFile(this, name, 0, 0, size));
	}

	/**
	 * The camera begins to upload into an armed slot. An aborted upload leaves the slot armed. `announced` is the size the camera named,
	 * if it did. Throws Refusal not_armed, size_exceeded {limit}, and slot_taken while another upload goes into it.
	 */
	accept(name: string, announced?: number): Upload {
		const file = this.slot(name);
		if (file?.armed === undefined)
			throw new Refusal<StoreCode>("not_armed", "no upload to " + name.slice(0, 64) + " is expected");
		if (announced !== undefined && announced > file.armed)
			throw new Refusal<StoreCode>("size_exceeded", "larger than the " + file.armed + " bytes that are expected", { limit: file.armed });
		if (file.upload)
			throw new Refusal<StoreCode>("slot_taken", "another upload goes into this slot");
		file.touch();
		return this.begin(file, name, announced, file.armed);
	}

	/** Removes a file or an armed slot, and ends its transfers. Who else reads it keeps its pages until the end. */
	remove(name: string): boolean {
		const file = this.find(name);
		if (file)
			this.withdraw(file, "the file was removed");
		return file !== undefined;
	}

	/** Removes all files and armed slots; returns how many. Uploads under way from hosts go on. */
	clear(): number {
		const { files } = this;
		for (const file of files)
			this.withdraw(file, "the file was removed");
		return files.length;
	}

	/** A run begins that will stage what it needs: what was staged before and isn't in use counts as left behind from now on. */
	newSession(): void {
		this.sessions++;
	}

	/** Whether a file is left behind and would be evicted for another. */
	reclaimable(file: StoredFile): boolean {
		return file.listed && !file.busy && (file.session < this.sessions || this.time.now() - file.touched > this.idleLimit);
	}

	/** For files. */
	uploadInto(file: StoredFile): Upload | undefined {
		return this.open.find(upload => upload.pages === file);
	}

	/** For uploads, as the next two. */
	grow(upload: Upload): void {
		this.makeRoom(1, upload.name === undefined ? undefined : this.find(upload.name));
		if (this.pool.freePages === 0)
			throw outOfMemory(upload.received + 1, upload.pages.capacity);
		upload.pages.extend(1);
	}

	commit(upload: Upload): StoredFile {
		const { name, pages, received, crc32 } = upload;
		this.forget(upload);
		pages.truncate(received);
		const file = new StoredFile(this, name ?? "", received, crc32);
		if (name === undefined) {
			file.adopt(pages);
			file.retain();
			file.unlist();
			return file;
		}
		const old = this.find(name);
		if (old === pages)
			this.files = this.files.filter(other => other !== old);
		else if (old)
			this.drop(old, "replaced");
		return this.enlist(pages, file);
	}

	abort(upload: Upload, reason: string | undefined): void {
		this.forget(upload);
		const slot = this.files.find(file => file === upload.pages);
		if (slot)
			slot.lastError = reason ?? "aborted";
		else
			upload.pages.truncate(0);
	}

	private begin(pages: PageList, name: string | undefined, announced: number | undefined, limit: number): Upload {
		const upload = new Upload(this, pages, name, announced, limit);
		this.open.push(upload);
		return upload;
	}

	private find(name: string): StoredFile | undefined {
		return this.files.find(file => file.name === name);
	}

	/** Makes `file`, which gets `pages`, the one of its name. */
	private enlist(pages: PageList, file: StoredFile): StoredFile {
		file.adopt(pages);
		this.files = [...this.files, file];
		return file;
	}

	/** The file whose slot a new name gets; undefined when it needs none. Throws Refusal no_slots. */
	private findSlot(name: string): StoredFile | undefined {
		if (this.find(name) || this.uploading(name) || this.usedSlots < this.slots)
			return undefined;
		for (const file of this.files) {
			if (this.reclaimable(file) && !this.uploading(file.name))
				return file;
		}
		throw new Refusal<StoreCode>("no_slots", "all " + this.slots + " slots are taken", { max_slots: this.slots });
	}

	private uploading(name: string): boolean {
		return this.open.some(upload => upload.name === name);
	}

	/**
	 * Pages for `size` bytes, in place of `old` if there is no room for both (or if `replace`). Checks everything before it
	 * changes anything: `slot` is evicted only when all is well.
	 */
	private allocate(size: number | undefined, old: StoredFile | undefined, slot: StoredFile | undefined, replace = false): PageList {
		if (size !== undefined && !(Number.isInteger(size) && size >= 0))
			throw new Refusal<StoreCode>("bad_size", "a size is a whole number of bytes", { size });
		const needed = pagesFor(size ?? 0);
		const possible = this.possiblePages(old);
		if (needed > possible)
			throw outOfMemory(size!, possible * pageSize);
		if (slot)
			this.evict(slot);
		if (old && replace)
			this.withdraw(old, "the file is replaced");
		this.makeRoom(needed, old);
		const pages = new PageList(this.pool);
		pages.extend(needed);
		return pages;
	}

	/** Pages that are free, or left behind, or `old`'s to give. */
	private possiblePages(old: StoredFile | undefined): number {
		return this.pool.freePages + this.reclaimablePages(old) + (old && this.yields(old) ? old.count : 0);
	}

	/** Whether the file's pages are free as soon as it is withdrawn. An upload into it is ended in any case. */
	private yields(file: StoredFile): boolean {
		return !file.isHeld(this.stopTransfers !== undefined);
	}

	private reclaimablePages(except: StoredFile | undefined): number {
		let pages = 0;
		for (const file of this.files) {
			if (file !== except && this.reclaimable(file))
				pages += file.count;
		}
		return pages;
	}

	/**
	 * Frees until `needed` pages are free, if that can be had. The copy that is to be replaced goes first when it is left behind
	 * (it would go at the end anyway) or when nothing else suffices; other files in order of age.
	 */
	private makeRoom(needed: number, old: StoredFile | undefined): void {
		if (this.pool.freePages >= needed)
			return;
		if (old?.listed && this.yields(old) && (this.reclaimable(old) || this.pool.freePages + this.reclaimablePages(old) < needed))
			this.withdraw(old, "the file is replaced");
		for (const file of this.files) {
			if (this.pool.freePages >= needed)
				return;
			if (file !== old && this.reclaimable(file))
				this.evict(file);
		}
	}

	private evict(file: StoredFile): void {
		this.evicted++;
		this.drop(file, "evicted");
		this.onEvict?.(file);
	}

	/** Drops the file and ends its transfers. */
	private withdraw(file: StoredFile, reason: string): void {
		if (file.transferring)
			this.stopTransfers?.(file, reason);
		this.drop(file, reason);
	}

	private drop(file: StoredFile, reason: string): void {
		this.files = this.files.filter(other => other !== file);
		file.upload?.abort(reason);
		file.unlist();
	}

	private forget(upload: Upload): void {
		this.open.splice(this.open.indexOf(upload), 1);
	}
}

/** `requested` bytes are more than the `largest` that would have been accepted. */
function outOfMemory(requested: number, largest: number): Refusal {
	return new Refusal<StoreCode>("oom", "not enough free memory for " + requested + " bytes", { requested, psram_largest_free: largest });
}

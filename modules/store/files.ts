/**
 * Named files in pages: staging, replacing, removing, and making room when an owner is evidently gone.
 *
 * A file counts as left behind when nobody reads or fills it and it was neither staged nor read since the last newSession(), or
 * for `idleLimit`. Its bytes count as free, and it is evicted, oldest first, only when room or a slot is needed. So an aborted run
 * never makes the next one fail, and a run that pauses never loses a file that nobody needs the room of.
 * What it is not for: HTTP and TFTP; their adapters belong to the pod.
 */
import { Fault } from "base/fault";
import type { Time } from "base/time";
import { StoredFile, type Era } from "./file";
import { checkName } from "./names";
import { PageList, pageSize, pagesFor, type PagePool } from "./pages";
import { Upload, type UploadOwner } from "./upload";

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

export class FileStore implements Era {
	/** Names at most. */
	readonly slots: number;
	/** Milliseconds after which a file nobody touched counts as left behind. May be changed at any time. */
	idleLimit: number;
	readonly #pool: PagePool;
	readonly #time: Time;
	readonly #onEvict: ((file: StoredFile) => void) | undefined;
	readonly #stopTransfers: ((file: StoredFile, reason: string) => void) | undefined;
	/** In order of staging. */
	#files = new Map<string, StoredFile>();
	/** Open ones, named or not. */
	#uploads: Upload[] = [];
	#session = 0;
	#evictions = 0;
	#owner: UploadOwner = {
		grow: upload => this.#grow(upload),
		commit: upload => this.#commit(upload),
		abort: (upload, reason) => this.#abort(upload, reason)
	};

	constructor(options: FileStoreOptions) {
		this.#pool = options.pool;
		this.#time = options.time;
		this.slots = options.slots ?? 32;
		this.idleLimit = options.idleLimit ?? 3_600_000;
		this.#onEvict = options.onEvict;
		this.#stopTransfers = options.stopTransfers;
	}

	/** Bytes of the largest file that would fit in an empty store. */
	get totalBytes(): number {
		return this.#pool.totalBytes;
	}

	/** Bytes a new file can have now. Files left behind count as free. */
	get freeBytes(): number {
		return this.roomFor(undefined);
	}

	/** Bytes that a new file can have without any other having to go. */
	get unusedBytes(): number {
		return this.#pool.freeBytes;
	}

	/** Slots taken, by files left behind too. */
	get usedSlots(): number {
		return this.#files.size + this.#uploads.filter((upload, index) => upload.name !== undefined && !this.#files.has(upload.name)
			&& this.#uploads.findIndex(other => other.name === upload.name) === index).length;
	}

	/** Files that had to go for others, since start. */
	get evictions(): number {
		return this.#evictions;
	}

	/** Uploads under way. */
	get uploads(): readonly Upload[] {
		return this.#uploads;
	}

	get session(): number {
		return this.#session;
	}

	now(): number {
		return this.#time.now();
	}

	/** The file of that name. Undefined also for a slot that is armed and not yet written. */
	get(name: string): StoredFile | undefined {
		const file = this.#files.get(name);
		return file?.armed === undefined ? file : undefined;
	}

	/** All files and armed slots, oldest first. */
	list(): StoredFile[] {
		return Array.from(this.#files.values());
	}

	/** Bytes a file `name` can have now, counting what its present copy gives back when it is replaced. */
	roomFor(name: string | undefined): number {
		return this.#possiblePages(name === undefined ? undefined : this.#files.get(name)) * pageSize;
	}

	/**
	 * Begins to stage `name`. With `size` all its room is reserved now; without, it grows page by page. An older file of the name
	 * stays until commit when both fit, and who reads it then has it to the end; else it goes now, and its transfers end.
	 * Throws Fault bad_name, bad_size {size}, no_slots {max_slots}, oom {requested, psram_largest_free}; nothing has changed then.
	 */
	create(name: string, size?: number): Upload {
		checkName(name);
		const old = this.#files.get(name);
		const slot = this.#findSlot(name);
		return this.#open(this.#allocate(size, old, slot), name, size);
	}

	/** Room for an unnamed body, e.g. a boot request. Takes no slot. Throws Fault bad_size, oom. */
	scratch(size?: number): Upload {
		return this.#open(this.#allocate(size, undefined, undefined), undefined, size);
	}

	/**
	 * Reserves `size` bytes for a camera to upload to `name`. Removes a file of that name, so that whatever can be read under the
	 * name afterwards is what the camera sent. Throws what `create` throws.
	 */
	arm(name: string, size: number): StoredFile {
		checkName(name);
		const old = this.#files.get(name);
		const pages = this.#allocate(size, old, this.#findSlot(name), true);
		const file = new StoredFile(this, pages, name, 0, 0, size);
		this.#files.set(name, file);
		return file;
	}

	/**
	 * The camera begins to upload into an armed slot. An aborted upload leaves the slot armed. `announced` is the size the camera named,
	 * if it did. Throws Fault not_armed, size_exceeded {limit}, and slot_taken while another upload goes into it.
	 */
	accept(name: string, announced?: number): Upload {
		const file = this.#files.get(name);
		if (file?.armed === undefined)
			throw new Fault("not_armed", "no upload to " + name.slice(0, 64) + " is expected");
		if (announced !== undefined && announced > file.armed)
			throw new Fault("size_exceeded", "larger than the " + file.armed + " bytes that are expected", { limit: file.armed });
		if (file.upload)
			throw new Fault("slot_taken", "another upload goes into this slot");
		file.touch();
		file.upload = new Upload(this.#owner, file.pages, name, announced, file.armed);
		this.#uploads.push(file.upload);
		return file.upload;
	}

	/** Removes a file or an armed slot, and ends its transfers. Who else reads it keeps its pages until the end. */
	remove(name: string): boolean {
		const file = this.#files.get(name);
		if (file)
			this.#withdraw(file, "the file was removed");
		return file !== undefined;
	}

	/** Removes all files and armed slots; returns how many. Uploads under way from hosts go on. */
	clear(): number {
		const files = this.list();
		for (const file of files)
			this.#withdraw(file, "the file was removed");
		return files.length;
	}

	/** A run begins that will stage what it needs: what was staged before and isn't in use counts as left behind from now on. */
	newSession(): void {
		this.#session++;
	}

	/** Whether a file is left behind and would be evicted for another. */
	reclaimable(file: StoredFile): boolean {
		return file.listed && !file.busy && (file.session < this.#session || this.#time.now() - file.touched > this.idleLimit);
	}

	#open(pages: PageList, name: string | undefined, size: number | undefined): Upload {
		const upload = new Upload(this.#owner, pages, name, size, size ?? Infinity);
		this.#uploads.push(upload);
		return upload;
	}

	/** The file whose slot a new name gets; undefined when it needs none. Throws Fault no_slots. */
	#findSlot(name: string): StoredFile | undefined {
		if (this.#files.has(name) || this.#uploading(name) || this.usedSlots < this.slots)
			return undefined;
		for (const file of this.#files.values()) {
			if (this.reclaimable(file) && !this.#uploading(file.name))
				return file;
		}
		throw new Fault("no_slots", "all " + this.slots + " slots are taken", { max_slots: this.slots });
	}

	#uploading(name: string): boolean {
		return this.#uploads.some(upload => upload.name === name);
	}

	/**
	 * Pages for `size` bytes, in place of `old` if there is no room for both (or if `replace`). Checks everything before it
	 * changes anything: `slot` is evicted only when all is well.
	 */
	#allocate(size: number | undefined, old: StoredFile | undefined, slot: StoredFile | undefined, replace = false): PageList {
		if (size !== undefined && !(Number.isInteger(size) && size >= 0))
			throw new Fault("bad_size", "a size is a whole number of bytes", { size });
		const needed = pagesFor(size ?? 0);
		const possible = this.#possiblePages(old);
		if (needed > possible)
			throw outOfMemory(size!, possible * pageSize);
		if (slot)
			this.#evict(slot);
		if (old && replace)
			this.#withdraw(old, "the file is replaced");
		this.#makeRoom(needed, old);
		const pages = new PageList(this.#pool);
		pages.extend(needed);
		return pages;
	}

	/** Pages that are free, or left behind, or `old`'s to give. */
	#possiblePages(old: StoredFile | undefined): number {
		return this.#pool.freePages + this.#reclaimablePages(old) + (old && this.#yields(old) ? old.pages.count : 0);
	}

	/** Whether the file's pages are free as soon as it is withdrawn. An upload into it is ended in any case. */
	#yields(file: StoredFile): boolean {
		return !file.isHeld(this.#stopTransfers !== undefined);
	}

	#reclaimablePages(except: StoredFile | undefined): number {
		let pages = 0;
		for (const file of this.#files.values()) {
			if (file !== except && this.reclaimable(file))
				pages += file.pages.count;
		}
		return pages;
	}

	/**
	 * Frees until `needed` pages are free, if that can be had. The copy that is to be replaced goes first when it is left behind
	 * (it would go at the end anyway) or when nothing else suffices; other files in order of age.
	 */
	#makeRoom(needed: number, old: StoredFile | undefined): void {
		if (this.#pool.freePages >= needed)
			return;
		if (old?.listed && this.#yields(old) && (this.reclaimable(old) || this.#pool.freePages + this.#reclaimablePages(old) < needed))
			this.#withdraw(old, "the file is replaced");
		for (const file of this.list()) {
			if (this.#pool.freePages >= needed)
				return;
			if (file !== old && this.reclaimable(file))
				this.#evict(file);
		}
	}

	#evict(file: StoredFile): void {
		this.#evictions++;
		this.#drop(file, "evicted");
		this.#onEvict?.(file);
	}

	/** Drops the file and ends its transfers. */
	#withdraw(file: StoredFile, reason: string): void {
		if (file.transferring)
			this.#stopTransfers?.(file, reason);
		this.#drop(file, reason);
	}

	#drop(file: StoredFile, reason: string): void {
		this.#files.delete(file.name);
		file.upload?.abort(reason);
		file.upload = undefined;
		file.unlist();
	}

	#grow(upload: Upload): void {
		this.#makeRoom(1, upload.name === undefined ? undefined : this.#files.get(upload.name));
		if (this.#pool.freePages === 0)
			throw outOfMemory(upload.received + 1, upload.pages.capacity);
		upload.pages.extend(1);
	}

	#commit(upload: Upload): StoredFile {
		this.#forget(upload);
		upload.pages.truncate(upload.received);
		const file = new StoredFile(this, upload.pages, upload.name ?? "", upload.received, upload.crc32);
		if (upload.name === undefined) {
			file.retain();
			file.unlist();
			return file;
		}
		const old = this.#files.get(upload.name);
		if (old?.upload === upload)
			this.#files.delete(upload.name);
		else if (old)
			this.#drop(old, "replaced");
		this.#files.set(upload.name, file);
		return file;
	}

	#abort(upload: Upload, reason: string | undefined): void {
		this.#forget(upload);
		const file = upload.name === undefined ? undefined : this.#files.get(upload.name);
		if (file?.upload === upload) {
			file.upload = undefined;
			file.failed(reason ?? "aborted");
		}
		else {
			upload.pages.truncate(0);
		}
	}

	#forget(upload: Upload): void {
		this.#uploads.splice(this.#uploads.indexOf(upload), 1);
	}
}

/** `requested` bytes are more than the `largest` that would have been accepted. */
function outOfMemory(requested: number, largest: number): Fault {
	return new Fault("oom", "not enough free memory for " + requested + " bytes", { requested, psram_largest_free: largest });
}

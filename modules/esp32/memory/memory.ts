/** How full the chip's memories are. Bytes. */
export class Memory {
	/** The JavaScript heap as it was created: chunks and slots. */
	static get heap(): number { return native("xs_memory_get_heap").call(this); }
	/** What of it is in use, garbage included that wasn't collected yet. */
	static get heapUsed(): number { return native("xs_memory_get_heapUsed").call(this); }
	/** What is left of its slots and, in bytes, of its chunks; garbage counts as used until `collect`. */
	static get freeSlots(): number { return native("xs_memory_get_freeSlots").call(this); }
	static get freeChunks(): number { return native("xs_memory_get_freeChunks").call(this); }
	static collect(): void { return native("xs_memory_collect").call(this); }
	/** Internal memory that is free, and its largest block. */
	static get internalFree(): number { return native("xs_memory_get_internalFree").call(this); }
	static get internalLargest(): number { return native("xs_memory_get_internalLargest").call(this); }
	/** PSRAM that is free, and its largest block. */
	static get psramFree(): number { return native("xs_memory_get_psramFree").call(this); }
	static get psramLargest(): number { return native("xs_memory_get_psramLargest").call(this); }
}

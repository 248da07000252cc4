/** What a Linux program has and a chip hasn't. Only for what runs in the simulator alone: its board, its tests. */
export default class Process {
	/** The words after MAIN on the command line. */
	static get args(): string[] { return native("xs_process_args").call(this); }
	static get pid(): number { return native("xs_process_pid").call(this); }
	/** One line to stdout. */
	static print(line: string): void { return native("xs_process_print").call(this, line); }
	/** Ends the program now; nothing of it runs afterwards. */
	static exit(code: number): void { return native("xs_process_exit").call(this, code); }
	/** The first index at which two buffers differ, or one of them ends; -1 when they are equal. */
	static compare(a: Uint8Array, b: Uint8Array): number { return native("xs_process_compare").call(this, a, b); }
	/** From now on garbage is collected at every allocation, in the stress build. */
	static stress(): void { return native("xs_process_stress").call(this); }
	/** What is left of the heap, as far as it doesn't grow: slots, and bytes of chunks; garbage counts as used until `collect`. */
	static get freeSlots(): number { return native("xs_process_get_freeSlots").call(this); }
	static get freeChunks(): number { return native("xs_process_get_freeChunks").call(this); }
	static collect(): void { return native("xs_process_collect").call(this); }
	/** Collects garbage, then counts what is left: slots of the heap, and bytes of its chunks. */
	static memory(): { slots: number; chunks: number } { return native("xs_process_memory").call(this); }
}

export function args(): string[] {
	return Process.args;
}

export function print(line: string): void {
	Process.print(line);
}

export function exit(code: number): void {
	Process.exit(code);
}

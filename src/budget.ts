/**
 * What each service may take at most of what there is little of. A test drives each to its limit, and all of them at once, and reads the
 * engine's own counters; docs/memory.md has this table, and its sum, from `npm run docs`.
 */

export interface Budget {
	readonly service: string;
	/** Slots of the heap, live after a collection. */
	readonly slots: number;
	/** Bytes of its chunks, likewise. */
	readonly chunks: number;
	/** Bytes of planned memory outside the heap (arena.ts), taken once at the start. */
	readonly buffers: number;
	/** Of lwIP's. */
	readonly sockets: number;
	/**
	 * Messages under way to JavaScript's task, whose queue has 64, if each socket had one; on the chip all of them together have one
	 * (sockets.c).
	 */
	readonly messages: number;
	/** Never beside the others: part of another row, which goes further, or not while a fastboot runs. Only its buffers are in the sum. */
	readonly within?: true;
}

export const BUDGET: readonly Budget[] = Object.freeze<Budget[]>([
	{ service: "pod that idles", slots: 740, chunks: 4_096, buffers: 0, sockets: 4, messages: 5 },
	{ service: "serial log", slots: 0, chunks: 0, buffers: 65_536, sockets: 0, messages: 0 },
	{ service: "32 files", slots: 340, chunks: 18_432, buffers: 0, sockets: 0, messages: 0 },
	{ service: "8 HTTP connections, silent", slots: 300, chunks: 2_048, buffers: 0, sockets: 8, messages: 8, within: true },
	{ service: "8 HTTP connections, 7 uploading", slots: 720, chunks: 4_096, buffers: 88_064, sockets: 12, messages: 12 },
	{ service: "6 live responses", slots: 200, chunks: 1_024, buffers: 0, sockets: 6, messages: 6 },
	{ service: "8 TFTP transfers", slots: 480, chunks: 4_096, buffers: 11_776, sockets: 8, messages: 8 },
	{ service: "raw console", slots: 60, chunks: 1_024, buffers: 0, sockets: 1, messages: 1, within: true },
	{ service: "console: RFC 2217", slots: 200, chunks: 1_024, buffers: 0, sockets: 1, messages: 1, within: true },
	{ service: "console: RFC 2217 and two newcomers", slots: 340, chunks: 2_048, buffers: 8_128, sockets: 3, messages: 3 },
	{ service: "fastboot", slots: 340, chunks: 4_096, buffers: 0, sockets: 0, messages: 0 },
	{ service: "firmware update", slots: 150, chunks: 1_024, buffers: 12_288, sockets: 0, messages: 0, within: true }
], true);

/** Bytes of planned memory besides the serial log's, which a setting of the build may make larger. */
export function planned(): number {
	return BUDGET.reduce((sum, { service, buffers }) => service === "serial log" ? sum : sum + buffers, 0);
}

/**
 * What each service may take at most of what there is little of, with everything at its limit at once. `npm run budget` prints it into
 * docs/memory.md, a test drives every service to its limit and compares.
 */

export interface Budget {
	readonly service: string;
	/** Slots of the heap, live after a collection. */
	readonly slots: number;
	/** Bytes of its chunks, likewise. */
	readonly chunks: number;
	/** Bytes of planned memory (arena.ts), taken once at the start. */
	readonly buffers: number;
	readonly sockets: number;
	/** Messages of JavaScript's task under way: its queue has 64. */
	readonly messages: number;
}

export const BUDGET: readonly Budget[] = Object.freeze([
	{ service: "idle: pod, settings, store, servers", slots: 1_000, chunks: 9_216, buffers: 0, sockets: 4, messages: 8 },
	{ service: "serial log", slots: 0, chunks: 0, buffers: 65_536, sockets: 0, messages: 1 },
	{ service: "32 files", slots: 350, chunks: 4_096, buffers: 0, sockets: 0, messages: 0 },
	{ service: "8 HTTP connections, 7 uploading, 4 being refused", slots: 800, chunks: 8_192, buffers: 88_064, sockets: 12, messages: 12 },
	{ service: "8 TFTP transfers", slots: 560, chunks: 4_096, buffers: 16_384, sockets: 8, messages: 8 },
	{ service: "console: RFC 2217 and two newcomers", slots: 320, chunks: 2_048, buffers: 8_192, sockets: 3, messages: 3 },
	{ service: "fastboot", slots: 400, chunks: 4_096, buffers: 0, sockets: 0, messages: 1 },
	{ service: "firmware update", slots: 180, chunks: 1_024, buffers: 12_288, sockets: 0, messages: 0 }
], true);

/** Bytes of planned memory besides the serial log, whose size is a setting of the build. */
export const PLANNED = 88_064 + 16_384 + 8_192 + 12_288;

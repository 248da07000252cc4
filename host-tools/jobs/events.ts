/**
 * What a job on the camera's flash tells while it works. Each event is plain data: it can be shown, or written as a line of JSON.
 */
import type { Region } from "../flash/region.ts";
import type { PieceState } from "./record.ts";

export interface PieceFacts {
	partition: string;
	/** Name on the pod. */
	name: string;
	/** Place in flash and bytes. */
	offset: number;
	length: number;
	crc32: string;
}

/** `recheck` comes after the last piece: what was looked at before the last write is read back once more. */
export type JobStep = "compare" | "load" | "check" | "erase" | "write" | "verify" | "recheck";

export type JobEvent =
	/** All inputs are read and checked. Order of writing. */
	| { event: "plan"; pieces: PieceFacts[]; total: number; spl: number; uboot: number }
	/** The boot ROM is being fed. `rate` in bytes per second. */
	| { event: "fastboot"; phase: string; sent: number; total: number; rate: number }
	/** `banner`: what U-Boot said that it is; null when that is not known. */
	| { event: "fastboot-done"; elapsed_ms: number; total: number; banner: string | null }
	| { event: "staging"; name: string; sent: number; total: number }
	| { event: "staged"; name: string; size: number; crc32: string; elapsed_ms: number; reused: boolean }
	/** U-Boot's prompt is there. `flash_size` in bytes. */
	| { event: "prompt"; prompt: string; flash_size: number }
	/** A step on one piece: `percent` while it runs, where the camera tells it. */
	| { event: "step"; name: string; step: JobStep; percent?: number }
	| { event: "step-done"; name: string; step: JobStep; elapsed_ms: number; size: number; crc32?: string }
	/** A step did not work and is tried again. */
	| { event: "retry"; name: string; step: JobStep; attempt: number; attempts: number; reason: string }
	/** `equal` needed no writing, `verified` was written and read back. */
	| { event: "piece-done"; name: string; partition: string; state: PieceState; crc32: string }
	| { event: "reset"; waiting_for: string | null }
	| { event: "started"; text: string; elapsed_ms: number }
	| { event: "note"; text: string }
	/** It ends here without success; the staged files are being removed. With the state of the flash. */
	| { event: "stopping"; text: string }
	/** After an interrupt: the step that must not be stopped half-way is being finished. */
	| { event: "finishing"; name: string; text: string }
	/** Nothing was done: what a restore would take, and leave alone. Without a known size of the flash: up to the last piece. */
	| { event: "dry-run"; seconds: number; flash_size: number | null; untouched: Region[] }
	/** `untouched`: parts of the flash for which nothing was given. */
	| { event: "done"; elapsed_ms: number; written: number; equal: number; untouched: Region[] };

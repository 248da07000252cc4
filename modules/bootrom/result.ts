/** What a fastboot tells of itself: types only, with the names that clients know on the wire. */
export type Phase = "power" | "handshake" | "frame_for_start" | "prestep0" | "ddrstep0" | "prestep1" | "spl" | "agent" | "done";

/** As `GET /fastboot` shows it. */
export interface BringUpProgress {
	readonly phase: Phase;
	/** Payload bytes that the camera has acknowledged. */
	readonly bytes_sent: number;
	readonly bytes_total: number;
	/** Bytes per second since the first of them was sent; 0 before. */
	readonly rate: number;
	readonly elapsed_ms: number;
	/** 2: power cycle, handshake and DDR steps are being tried again. */
	readonly attempt: number;
}

/** As `POST /fastboot` answers it. */
export interface BringUpResult {
	readonly success: boolean;
	readonly last_phase: Phase;
	readonly failed_phase?: Phase;
	/** What failed: "PRESTEP0 HEAD", "SPL DATA 17", "no boot ROM markers within 20 s". */
	readonly error?: string;
	readonly elapsed_ms: number;
	/** Markers that the boot ROM sent in the last handshake until it was believed. */
	readonly handshake_markers: number;
	readonly attempts: number;
	readonly bytes_sent: number;
	readonly rate: number;
	/** Frames sent again, and NAKs received. */
	readonly resent: number;
	readonly naks: number;
	/** Runs of FF set to 0 for a boot ROM that they would hang. */
	readonly ff_runs_zeroed: number;
	/** Frames that took more than one attempt ("SPL DATA 17: 3"), and why an earlier attempt failed; the first 32. */
	readonly log: readonly string[];
	/**
	 * The line "U-Boot 2016.11 ..." that the camera said after the upload, as at most 128 printable ASCII characters; null when none came
	 * within 1 s of its first word.
	 */
	readonly banner: string | null;
	/** With autoboot stopped: does one clean prompt wait? */
	readonly prompt?: boolean;
}

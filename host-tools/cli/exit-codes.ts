/**
 * The command's exit codes. Scripts rely on them: they don't change.
 */
import { Failure, type FailureKind } from "../failure.ts";

export const EXIT_OK = 0;
/** A defect of this program. */
export const EXIT_UNEXPECTED = 1;

export const EXIT_CODES: Readonly<Record<FailureKind, number>> = Object.freeze({
	/** Wrong options or input files; nothing was done. */
	usage: 2,
	/** No answer from the pod. */
	unreachable: 3,
	/** The pod is busy, full, or doesn't have it. */
	refused: 4,
	/** The camera failed: fastboot, console, a U-Boot command, no login after the reset. */
	camera: 5,
	/** Bytes are not what they should be; the message says whether anything was erased. */
	verification: 6,
	/** Ctrl-C or SIGTERM. */
	interrupted: 130
});

export function exitCodeOf(error: unknown): number {
	return error instanceof Failure ? EXIT_CODES[error.kind] : EXIT_UNEXPECTED;
}

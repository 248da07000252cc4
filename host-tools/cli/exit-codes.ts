/**
 * The command's exit codes. Scripts rely on them: they don't change.
 */
import { Failure, type FailureKind } from "../base/failure.ts";

export const EXIT_OK = 0;
/** A defect of this program. */
export const EXIT_UNEXPECTED = 1;

export const EXIT_CODES: Readonly<Record<FailureKind, number>> = Object.freeze({
	/** Wrong options or input files. */
	usage: 2,
	/** No answer from the pod. */
	unreachable: 3,
	/** The pod is busy, full, or doesn't have it. */
	refused: 4,
	/** The camera failed: fastboot, console, a U-Boot command, no login after the reset. */
	camera: 5,
	/** Bytes are not what they should be; the message says whether anything was erased. */
	verification: 6,
	/** Ctrl-C, SIGTERM, or the terminal is gone. */
	interrupted: 130
});

/** For people: the help and docs/clients.md show them. */
export const EXIT_MEANINGS: Readonly<Record<number, string>> = Object.freeze({
	[EXIT_OK]: "done",
	[EXIT_UNEXPECTED]: "a defect of this program",
	[EXIT_CODES.usage]: "wrong options or input files; nothing was erased, or the message says what was",
	[EXIT_CODES.unreachable]: "pod not reached, or lost",
	[EXIT_CODES.refused]: "pod refused, busy or full",
	[EXIT_CODES.camera]: "camera failed: fastboot, console, a U-Boot command, no login",
	[EXIT_CODES.verification]: "bytes differ; the message says what was erased",
	[EXIT_CODES.interrupted]: "interrupted"
});

export function exitCodeOf(error: unknown): number {
	return error instanceof Failure ? EXIT_CODES[error.kind] : EXIT_UNEXPECTED;
}

/**
 * How this library fails: one error class with a kind that programs and exit codes rely on, and advice for people.
 */

/**
 * - `usage`: an option or an input file is wrong; nothing was done
 * - `unreachable`: the pod doesn't answer
 * - `refused`: the pod answered and said no
 * - `camera`: the camera didn't do what it was told
 * - `verification`: bytes are not what they have to be; `Failure.message` says whether anything was erased
 * - `interrupted`: the user stopped it
 */
export type FailureKind = "usage" | "unreachable" | "refused" | "camera" | "verification" | "interrupted";

export class Failure extends Error {
	override name = "Failure";
	readonly kind: FailureKind;
	/** What to do next; a sentence, or "". */
	readonly advice: string;

	constructor(kind: FailureKind, message: string, advice = "", options?: ErrorOptions) {
		super(message, options);
		this.kind = kind;
		this.advice = advice;
	}
}

/** Throws when `signal` says that the user wants to stop. */
export function checkInterrupted(signal: AbortSignal | undefined): void {
	if (signal?.aborted)
		throw new Failure("interrupted", "interrupted");
}

/** What was thrown, as text. */
export function textOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

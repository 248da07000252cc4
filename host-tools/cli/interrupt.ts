/**
 * Ctrl-C: the first one asks the job to stop cleanly, the second one ends the program.
 */
import { EXIT_CODES } from "./exit-codes.ts";
import type { Context } from "./context.ts";

/** Runs `job` with a signal that fires at the first Ctrl-C. */
export async function interruptible<T>(context: Context, job: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const controller = new AbortController();
	const release = context.onInterrupt(() => {
		if (controller.signal.aborted)
			context.exit(EXIT_CODES.interrupted);
		else {
			context.stderr.write("\nstopping cleanly; Ctrl-C again stops at once\n");
			controller.abort();
		}
	});
	try {
		return await job(controller.signal);
	}
	finally {
		release();
	}
}

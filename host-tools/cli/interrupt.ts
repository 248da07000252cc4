/**
 * Ctrl-C: the first one asks the job to stop cleanly, the second one ends the program. While a piece of flash is erased and not
 * yet written the second one only warns, and the third one ends it.
 */
import type { FlashRecord } from "../jobs/record.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import type { Context, StopSignal } from "./context.ts";

/**
 * One Ctrl-C may come as several signals: the terminal sends it to every process of the group, and npm passes its own on to the
 * program it runs. Milliseconds within which they are one.
 */
const REPEAT = 1000;

/** Runs `job` with a signal that fires at the first Ctrl-C. `flash` is for jobs that write to the camera's flash. */
export async function interruptible<T>(context: Context, job: (signal: AbortSignal) => Promise<T>,
	flash: () => FlashRecord | undefined = () => undefined): Promise<T> {
	const controller = new AbortController();
	let counted = 0;
	let last = 0;
	let warned = false;
	const release = context.onInterrupt((signal: StopSignal) => {
		const now = context.clock.now();
		// Whoever has hung up doesn't see what would be left behind: a hang-up is never more than the wish to stop.
		if (counted && (now - last < REPEAT || signal === "SIGHUP"))
			return;
		last = now;
		if (++counted === 1) {
			context.stderr.write("\nstopping cleanly; Ctrl-C again, a second later, stops at once\n");
			controller.abort();
			return;
		}
		const record = flash();
		if (record?.busy && !warned) {
			warned = true;
			context.stderr.write(`\n${record.describe()} It is being finished at this moment; Ctrl-C once more leaves it as it is\n`);
			return;
		}
		if (record)
			context.stderr.write(`\nstopped at once. ${record.describe()}\n`);
		context.exit(EXIT_CODES.interrupted);
	});
	try {
		return await job(controller.signal);
	}
	finally {
		// After an interrupt the program is about to say how it ended: the Ctrl-C's double must not cut that off.
		if (!counted)
			release();
	}
}

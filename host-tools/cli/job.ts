/** A command that works for a while: its progress, its events, its log, and Ctrl-C. */
import { textOf } from "../base/failure.ts";
import type { FlashRecord } from "../jobs/record.ts";
import { stampOf, type CommandContext } from "./context.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { interruptible } from "./interrupt.ts";
import { JobLog, openLog } from "./output/log-file.ts";
import type { JobFlags } from "./options.ts";
import { Progress } from "./screen/progress.ts";

export interface Job {
	readonly progress: Progress;
	/** Fires at the first Ctrl-C. */
	readonly signal: AbortSignal;
	readonly log: JobLog | undefined;
}

/** Runs `work`. `flash` is for jobs that write to the camera's flash. Throws what it throws; the log has it, too. */
export async function runJob<T>(context: CommandContext, options: JobFlags, work: (job: Job) => Promise<T>,
	flash?: () => FlashRecord | undefined): Promise<T> {
	const stream = options.log === undefined ? undefined : await openLog(options.log);
	const log = stream && new JobLog(stream, context.run.job);
	const progress = new Progress({ output: context.stdout, env: context.env, clock: context.clock, json: options.json === true,
		stamp: () => stampOf(context.run), log: text => log?.line(text) });
	// A log that can't be written any more is no reason to stop in the middle of a flash.
	stream?.on("error", error => progress.line(`the log can't be written: ${error.message}`));
	log?.line(`begins, at the pod ${context.run.pod}`);
	try {
		const result = await interruptible(context, signal => work({ progress, signal, log }), flash);
		log?.line("done");
		return result;
	}
	catch (error) {
		log?.line(`ends with exit code ${exitCodeOf(error)}: ${textOf(error)}`);
		throw error;
	}
	finally {
		progress.close();
		await log?.end();
	}
}

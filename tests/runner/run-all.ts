/** Runs suites beside each other, each in a process of its own. */
import { next, type Suite } from "./plan.ts";
import { SuiteProcess, type Ended } from "./process.ts";
import { Summary } from "./summary.ts";

export interface RunOptions {
	/** Where paths begin. */
	root: string;
	processors: number;
	/** Seconds that no suite needs. */
	limit: number;
	/** Receives what is to be printed on the way. */
	say(text: string): void;
	/** Ends all that was started. */
	signal: AbortSignal;
}

/** Suites that run at a time, for each processor: more would take too much memory. */
const SUITES_PER_PROCESSOR = 4;

export async function runAll(suites: readonly Suite[], { root, processors, limit, say, signal }: RunOptions): Promise<Summary> {
	const summary = new Summary();
	const waiting = [...suites];
	const running = new Map<SuiteProcess, Promise<[SuiteProcess, Ended]>>();
	signal.addEventListener("abort", () => {
		for (const suite of running.keys())
			suite.stop("interrupted");
	});
	while (!signal.aborted && waiting.length || running.size) {
		const suite = signal.aborted ? undefined : next(waiting, [...running.keys()].map(({ suite }) => suite), processors, SUITES_PER_PROCESSOR * processors);
		if (suite) {
			waiting.splice(waiting.indexOf(suite), 1);
			const started = new SuiteProcess(suite, root, limit);
			running.set(started, started.ended.then(ended => [started, ended]));
			continue;
		}
		const [over, ended] = await Promise.race(running.values());
		running.delete(over);
		say(summary.add(over.suite, ended));
	}
	return summary;
}

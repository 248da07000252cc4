/**
 * Which files share a process, and which process starts next. Recorded durations (durations.json) only make it quick: without them, or with
 * wrong ones, the same tests run.
 */

/** What one file took when it was recorded, in seconds; `cpu` of all processors together. */
export interface Cost {
	seconds: number;
	cpu: number;
}

export type Costs = Readonly<Record<string, Cost>>;

/** Files that one mocha runs, one after the other. */
export interface Suite extends Cost {
	/** As it is named in the output. */
	title: string;
	files: string[];
	environment: Readonly<Record<string, string>>;
}

/** A file of which nothing is known may be long, and is taken to keep one processor busy. */
const UNKNOWN: Cost = { seconds: 60, cpu: 60 };

/** Starting mocha takes more than a second of a processor, so quick files share it with others of their folder. Seconds. */
const QUICK = 3;
const TOGETHER = 20;

export function suites(files: readonly string[], costs: Costs, environment: Readonly<Record<string, string>> = {}, note = ""): Suite[] {
	const made: Suite[] = [];
	const open = new Map<string, Suite>();
	for (const file of [...files].sort()) {
		const cost = costs[file + note] ?? UNKNOWN;
		const folder = file.split("/").slice(0, 2).join("/");
		const suite = open.get(folder);
		if (cost.seconds <= QUICK && suite && suite.seconds + cost.seconds <= TOGETHER) {
			suite.files.push(file);
			suite.seconds += cost.seconds;
			suite.cpu += cost.cpu;
			suite.title = `${folder} (${suite.files.length} files)${note}`;
			continue;
		}
		const alone: Suite = { title: file + note, files: [file], environment, ...cost };
		made.push(alone);
		if (cost.seconds <= QUICK)
			open.set(folder, alone);
	}
	return made;
}

/** How much of a processor it keeps busy: little when it waits for pods and real clients in real time. */
export function share({ seconds, cpu }: Cost): number {
	return seconds > 0 ? cpu / seconds : 1;
}

/**
 * The one of `waiting` to start beside `running`, undefined when it must wait for one of them to end: the longest for which there is a
 * processor left, since what begins last should be short.
 */
export function next(waiting: readonly Suite[], running: readonly Suite[], processors: number, most: number): Suite | undefined {
	const busy = running.reduce((sum, suite) => sum + share(suite), 0);
	return [...waiting].sort((a, b) => b.seconds - a.seconds)
		.find(suite => running.length === 0 || (running.length < most && busy + share(suite) <= processors + 0.01));
}

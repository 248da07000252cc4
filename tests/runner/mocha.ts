/**
 * Runs mocha on the files it is given, as a child of run.ts, and tells it about each file: how many of its tests passed, failed and were
 * skipped, and what it took. When run.ts is gone, so are the tests.
 */
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import Mocha from "mocha";

export interface FileResult {
	passed: number;
	failed: number;
	skipped: number;
	/** From the end of the file before it: a process's start and loading count for its first file. */
	seconds: number;
	/** Seconds that processors were busy with it, and with what it started and saw end. */
	cpu: number;
}

/** By path from the tree's root. */
export type FileResults = Record<string, FileResult>;

/** As in .mocharc.yml. */
const TIMEOUT = 120_000;

/** Of Linux's /proc: USER_HZ. */
const TICKS_PER_SECOND = 100;

/** Of this process and all that it has waited for. */
function cpuSeconds(): number {
	// after the name in parentheses: state is field 3; utime, stime, cutime, cstime are 14 to 17 (proc(5))
	const fields = readFileSync("/proc/self/stat", "latin1").split(") ").pop()!.split(" ");
	return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

class Reporter extends Mocha.reporters.Spec {
	readonly results: FileResults = {};
	private seconds = 0;
	private cpu = 0;

	constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
		super(runner, options);
		reporter = this;
		const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_SUITE_END } = Mocha.Runner.constants;
		runner.on(EVENT_TEST_PASS, test => this.of(test).passed++);
		// of a hook, too
		runner.on(EVENT_TEST_FAIL, test => this.of(test).failed++);
		runner.on(EVENT_TEST_PENDING, test => this.of(test).skipped++);
		runner.on(EVENT_SUITE_END, suite => {
			if (suite.parent?.root)
				this.lap(suite);
		});
	}

	private of({ file, parent }: { file?: string; parent?: Mocha.Suite }): FileResult {
		const path = file ?? parent?.file;
		return this.results[path ? relative(process.cwd(), path) : "?"] ??= { passed: 0, failed: 0, skipped: 0, seconds: 0, cpu: 0 };
	}

	private lap(suite: Mocha.Suite): void {
		const result = this.of(suite);
		const seconds = performance.now() / 1000;
		const cpu = cpuSeconds();
		result.seconds += seconds - this.seconds;
		result.cpu += cpu - this.cpu;
		this.seconds = seconds;
		this.cpu = cpu;
	}
}

let reporter: Reporter | undefined;
process.on("disconnect", () => process.exit(1));
const mocha = new Mocha({ timeout: TIMEOUT, color: false });
for (const file of process.argv.slice(2))
	mocha.addFile(resolve(file));
await mocha.loadFilesAsync();
mocha.reporter(Reporter);
const failures = await new Promise<number>(resolve => mocha.run(resolve));
process.send!(reporter?.results ?? {}, () => process.exit(failures ? 1 : 0));

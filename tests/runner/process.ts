/** One mocha as a process, with everything it starts in a group of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Suite } from "./plan.ts";
import type { FileResults } from "./mocha.ts";

const MOCHA = join(import.meta.dirname, "mocha.ts");

/** From asking a process to end until it is ended. Milliseconds. */
const GRACE = 5000;

export interface Ended {
	/** In which way the suite failed; undefined when all is well. */
	failure: string | undefined;
	results: FileResults;
	/** stdout and stderr, as they came. */
	output: string;
	seconds: number;
}

export class SuiteProcess {
	readonly suite: Suite;
	readonly ended: Promise<Ended>;
	private readonly child: ChildProcess;
	private stopped: string | undefined;

	/** Ends it when it takes longer than `limit` seconds. */
	constructor(suite: Suite, root: string, limit: number) {
		this.suite = suite;
		this.child = spawn(process.execPath, ["--import", "tsx/esm", MOCHA, ...suite.files], {
			cwd: root, detached: true, env: { ...process.env, ...suite.environment }, stdio: ["ignore", "pipe", "pipe", "ipc"]
		});
		this.ended = this.watch(limit);
	}

	/** Ends it, and what it started. Harmless twice. */
	stop(reason: string): void {
		if (this.stopped)
			return;
		this.stopped = reason;
		this.signal("SIGTERM");
		void setTimeout(GRACE, undefined, { ref: false }).then(() => this.signal("SIGKILL"));
	}

	private signal(signal: NodeJS.Signals): void {
		try {
			process.kill(-this.child.pid!, signal);
		}
		catch {
			// nobody is left in the group
		}
	}

	private async watch(limit: number): Promise<Ended> {
		const begin = performance.now();
		const { child, suite } = this;
		const output: Buffer[] = [];
		let results: FileResults = {};
		for (const stream of [child.stdout!, child.stderr!])
			stream.on("data", (bytes: Buffer) => output.push(bytes));
		child.on("message", message => results = message as FileResults);
		const over = new AbortController();
		setTimeout(limit * 1000, undefined, { signal: over.signal }).then(() => this.stop(`it did not end within ${limit} s`), () => {});
		const closed = once(child, "close");
		const [code, signal] = await once(child, "exit") as [number | null, NodeJS.Signals | null];
		over.abort();
		// whoever a failed test has left still holds its stdout, and ends soon by itself or else here
		await Promise.race([closed, setTimeout(GRACE, undefined, { ref: false })]);
		this.signal("SIGKILL");
		await Promise.race([closed, setTimeout(GRACE, undefined, { ref: false })]);
		const failed = Object.values(results).some(({ failed }) => failed > 0);
		const empty = suite.files.filter(file => !results[file]);
		const failure = this.stopped ?? (signal ? `mocha died by ${signal}`
			: failed ? "tests failed"
			: code !== 0 ? `mocha ended with ${code}`
			: empty.length ? `no tests in ${empty.join(", ")}` : undefined);
		return { failure, results, output: Buffer.concat(output).toString(), seconds: (performance.now() - begin) / 1000 };
	}
}

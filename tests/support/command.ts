/** A program run to its end, or watched and stopped on its way. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface Result {
	/** Exit code; undefined when a signal ended it. */
	code: number | undefined;
	signal: NodeJS.Signals | null;
	stdout: string;
	stderr: string;
}

const running = new Set<Running>();

/** Kills what still runs: for afterEach, so that a failing test leaves nothing. */
export function endAll(): void {
	for (const { child } of running)
		child.kill("SIGKILL");
}

export class Running {
	readonly child: ChildProcess;
	/** All of stdout and stderr so far. */
	stdout = "";
	stderr = "";
	/** Lines of stdout so far. */
	readonly lines: string[] = [];
	readonly ended: Promise<Result>;
	#reader: Interface;

	constructor(program: string, args: readonly string[], { env, group = false }: { env?: NodeJS.ProcessEnv; group?: boolean } = {}) {
		this.child = spawn(program, args, { cwd: ROOT, env: env ?? process.env, stdio: ["pipe", "pipe", "pipe"], detached: group });
		this.child.stdin!.on("error", () => {});
		this.child.stdout!.setEncoding("latin1").on("data", (text: string) => this.stdout += text);
		this.child.stderr!.setEncoding("utf8").on("data", (text: string) => this.stderr += text);
		this.#reader = createInterface({ input: this.child.stdout! }).on("line", line => this.lines.push(line));
		this.ended = once(this.child, "close").then(([code, signal]) => ({ code: code ?? undefined, signal, stdout: this.stdout, stderr: this.stderr }));
		running.add(this);
		void this.ended.finally(() => running.delete(this)).catch(() => {});
	}

	/** The first line of stdout, past or to come, for which `wanted` holds. Rejects when the program ends first. */
	async line(wanted: (line: string) => boolean): Promise<string> {
		let seen = 0;
		let over = false;
		void this.ended.finally(() => over = true);
		for (;;) {
			for (; seen < this.lines.length; seen++) {
				if (wanted(this.lines[seen]!))
					return this.lines[seen]!;
			}
			if (over)
				throw new Error(`it ended before the line that was waited for; stdout ${JSON.stringify(this.stdout.slice(-2000))}, stderr ${JSON.stringify(this.stderr)}`);
			await Promise.race([once(this.#reader, "line"), this.ended]);
		}
	}
}

export function run(program: string, args: readonly string[], options?: { env?: NodeJS.ProcessEnv; input?: string }): Promise<Result> {
	const running = new Running(program, args, options);
	running.child.stdin!.end(options?.input);
	return running.ended;
}

/** The `rackpod` command as users run it. */
export function rackpod(...args: string[]): Promise<Result> {
	return run(process.execPath, [`${ROOT}/host-tools/rackpod.js`, ...args]);
}

/** The same, to be watched. */
export function startRackpod(...args: string[]): Running {
	return new Running(process.execPath, [`${ROOT}/host-tools/rackpod.js`, ...args]);
}

/**
 * The `rackpod` command in this process, on the lab's network and in its time: what it writes, how it ends, and what becomes of it when
 * it is asked to stop or is killed.
 */
import { EventEmitter } from "node:events";
import type { Input, StopSignal, Context } from "../../../host-tools/cli/context.ts";
import { main } from "../../../host-tools/cli/main.ts";
import { LabNetwork } from "./socket.ts";
import { labTime, until } from "./world.ts";

export interface Result {
	/** Exit code; undefined when it was killed. */
	code: number | undefined;
	signal: string | null;
	stdout: string;
	stderr: string;
}

/** What is typed into it, or comes by a pipe. What nobody reads yet waits. */
class Typed extends EventEmitter implements Input {
	#waiting: Buffer[] = [];
	#over = false;
	#flowing = false;

	write(text: string): void {
		this.#waiting.push(Buffer.from(text, "latin1"));
		this.#flow();
	}

	end(text = ""): void {
		this.#over = true;
		this.write(text);
	}

	pause(): void {
		this.#flowing = false;
	}

	resume(): void {
		this.#flowing = true;
		this.#flow();
	}

	#flow(): void {
		labTime().touch();
		setImmediate(() => {
			for (let bytes: Buffer | undefined; this.#flowing && (bytes = this.#waiting.shift());)
				this.emit("data", bytes);
			if (this.#flowing && this.#over)
				this.emit("end");
		});
	}
}

/** A run of the command, by the names of command.ts. */
export class Running {
	/** All of stdout and stderr so far. */
	stdout = "";
	stderr = "";
	readonly ended: Promise<Result>;
	readonly child: { kill(signal: "SIGKILL" | StopSignal): void; readonly stdin: Typed };
	#over = false;
	#network = new LabNetwork();
	#onInterrupt = new Set<(signal: StopSignal) => void>();

	constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
		let end!: (result: Pick<Result, "code" | "signal">) => void;
		this.ended = new Promise(resolve => {
			end = ({ code, signal }) => {
				if (this.#over)
					return;
				this.#over = true;
				labTime().touch();
				resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
			};
		});
		const kill = (signal: string | null, code?: number): void => {
			this.#network.kill();
			end({ code, signal });
		};
		const stdin = new Typed();
		this.child = {
			stdin,
			kill: signal => {
				if (signal === "SIGKILL" || this.#onInterrupt.size === 0)
					kill(signal);
				else
					[...this.#onInterrupt].forEach(callback => callback(signal));
			}
		};
		const context: Context = {
			stdout: { write: text => this.#write("stdout", text) },
			stderr: { write: text => this.#write("stderr", text) },
			stdin,
			env,
			clock: this.#network.clock,
			network: this.#network,
			onInterrupt: callback => {
				this.#onInterrupt.add(callback);
				return () => this.#onInterrupt.delete(callback);
			},
			exit: code => kill(null, code)
		};
		labTime().touch();
		void main(args, context).then(code => end({ code, signal: null }));
	}

	/** Lines of stdout so far, without one that has not ended. */
	get lines(): string[] {
		return this.stdout.split("\n").slice(0, -1);
	}

	/** The first line of stdout, past or to come, for which `wanted` holds. Rejects when the program ends first. */
	async line(wanted: (line: string) => boolean): Promise<string> {
		let found: string | undefined;
		await until("the line is there", () => (found = this.lines.find(wanted)) !== undefined || this.#over);
		if (found === undefined)
			throw new Error(`it ended before the line that was waited for; stdout ${JSON.stringify(this.stdout.slice(-2000))}, stderr ${JSON.stringify(this.stderr)}`);
		return found;
	}

	/** The end of a test: nothing of it goes on. */
	abandon(): void {
		this.#network.kill();
		this.#over = true;
	}

	#write(stream: "stdout" | "stderr", text: string | Uint8Array): void {
		if (this.#over)
			return;
		this[stream] += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
		labTime().touch();
	}
}

const running = new Set<Running>();

/** The same, to be watched. */
export function startRackpod(...args: string[]): Running {
	const started = new Running(args);
	running.add(started);
	void started.ended.then(() => running.delete(started));
	return started;
}

/** Runs it to its end. */
export function rackpod(...args: string[]): Promise<Result> {
	return startRackpod(...args).ended;
}

/** Runs it in another environment. */
export function rackpodWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Result> {
	return new Running(args, env).ended;
}

/** Ends what still runs: for afterEach, so that a failing test leaves nothing. */
export function endAll(): void {
	for (const each of running)
		each.abandon();
	running.clear();
}

/**
 * The world as a command sees it: streams, environment, time, Ctrl-C. It is passed in, so commands are tested without spawning
 * anything.
 */
import type { Output } from "./output/output.ts";
import { QuietOutput } from "./output/quiet-output.ts";
import { realClock, type Clock } from "../base/clock.ts";
import type { Network } from "../pod/network.ts";

export interface Input {
	readonly isTTY?: boolean | undefined;
	setRawMode?(raw: boolean): unknown;
	on(event: "data" | "end", listener: (bytes: Buffer) => void): unknown;
	off(event: "data" | "end", listener: (bytes: Buffer) => void): unknown;
	pause(): unknown;
	resume(): unknown;
}

/** Ctrl-C, what `kill` sends, and the terminal or ssh connection that is gone. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type StopSignal = typeof STOP_SIGNALS[number];

/** This run of the program, as events and logs name it. */
export interface Run {
	/** `restore-1f2e3d4c`: the command, and a number that no other run has. */
	readonly job: string;
	/** HOST:PORT, once it is known. */
	readonly pod: string | null;
}

/** What every event carries: when it was, which pod it is about, and which run of this program says it. */
export function stampOf({ job, pod }: Run): { time: string; pod: string | null; job: string } {
	return { time: new Date().toISOString(), pod, job };
}

export interface Context {
	readonly stdout: Output;
	readonly stderr: Output;
	readonly stdin: Input;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly clock: Clock;
	/** Another than this computer's. */
	readonly network?: Network | undefined;
	/** Calls `callback` at each signal that asks the program to end, until the returned function is called. */
	onInterrupt(callback: (signal: StopSignal) => void): () => void;
	/** Ends the program at once. */
	exit(code: number): void;
}

/** What a command is given. */
export interface CommandContext extends Context {
	/** Replaced as more gets known. */
	run: Run;
}

export function processContext(): Context {
	// A terminal that is gone fails as input, too; that it is gone comes as SIGHUP.
	process.stdin.on("error", () => undefined);
	return {
		stdout: new QuietOutput(process.stdout),
		stderr: new QuietOutput(process.stderr),
		stdin: process.stdin,
		env: process.env,
		clock: realClock,
		onInterrupt(callback) {
			for (const signal of STOP_SIGNALS)
				process.on(signal, callback);
			return () => {
				for (const signal of STOP_SIGNALS)
					process.off(signal, callback);
			};
		},
		exit: code => process.exit(code)
	};
}

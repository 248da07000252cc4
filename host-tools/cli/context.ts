/**
 * The world as a command sees it: streams, environment, time, Ctrl-C. It is passed in, so commands are tested without spawning
 * anything.
 */
import { realClock, type Clock } from "../clock.ts";

export interface Output {
	write(text: string | Uint8Array): unknown;
	readonly isTTY?: boolean | undefined;
	readonly columns?: number | undefined;
}

export interface Input {
	readonly isTTY?: boolean | undefined;
	setRawMode?(raw: boolean): unknown;
	on(event: "data" | "end", listener: (bytes: Buffer) => void): unknown;
	off(event: "data" | "end", listener: (bytes: Buffer) => void): unknown;
	pause(): unknown;
	resume(): unknown;
}

export interface Context {
	readonly stdout: Output;
	readonly stderr: Output;
	readonly stdin: Input;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly clock: Clock;
	/** Calls `callback` at each Ctrl-C or SIGTERM until the returned function is called. */
	onInterrupt(callback: () => void): () => void;
	/** Ends the program at once. */
	exit(code: number): void;
}

export function processContext(): Context {
	return {
		stdout: process.stdout,
		stderr: process.stderr,
		stdin: process.stdin,
		env: process.env,
		clock: realClock,
		onInterrupt(callback) {
			process.on("SIGINT", callback);
			process.on("SIGTERM", callback);
			return () => {
				process.off("SIGINT", callback);
				process.off("SIGTERM", callback);
			};
		},
		exit: code => process.exit(code)
	};
}

/**
 * The camera's serial console in this terminal: what `rackpod console` does.
 *
 * What the camera said before is shown first, from the pod's log; it never comes over the connection itself. Connecting takes the line
 * away from whoever has it: so the pod is asked first, and nobody is driven out without --take.
 */
import type { WriteStream } from "node:fs";
import { connectConsole, type SerialLine } from "../../camera/console-line.ts";
import { sleep } from "../../base/clock.ts";
import { Failure, textOf } from "../../base/failure.ts";
import { consolePortOf, holderOf, PodConsole } from "../../camera/pod-console.ts";
import { hostOf } from "../../pod/address.ts";
import { PodError } from "../../pod/pod-error.ts";
import type { RackPod } from "../../pod/rack-pod.ts";
import { readAlong } from "../../pod/read-along.ts";
import type { CommandContext } from "../context.ts";
import { openLog } from "../output/log-file.ts";

/** Ctrl-]. */
const LEAVE = 0x1D;
/** After the end of piped input: leave when the camera has been silent this long, milliseconds. */
const LINGER = 1000;
/** How often the pod is asked whether somebody has the line, and how many milliseconds lie between. */
const LOOKS = 3;
const LOOK_AGAIN = 300;

export interface ConsoleFlags {
	log?: string;
	take?: boolean;
	backlog: boolean;
	seconds?: number;
}

/** Runs until the user leaves, or `seconds` are over. Throws Failure. */
export async function runConsole(pod: RackPod, options: ConsoleFlags, context: CommandContext): Promise<void> {
	const log = options.log === undefined ? undefined : await openLog(options.log);
	const session = new Session(context, log, readAlong(pod.address.url.origin));
	try {
		if (!options.take)
			await checkFree(pod, context);
		session.attach(await connect(pod, context));
		await session.begin(options.backlog ? pod : undefined);
		if (context.stdin.isTTY)
			context.stderr.write("[rackpod: connected; Ctrl-] leaves]\r\n");
		await session.run(options.seconds);
	}
	finally {
		session.close();
		log?.end();
	}
}

/**
 * A pod that can't be asked may be the very reason for looking at its camera: then the line is not proven to be the pod's, and that is
 * said.
 */
async function connect(pod: RackPod, { clock, stderr }: CommandContext): Promise<SerialLine> {
	try {
		return await new PodConsole(pod, clock).connect();
	}
	catch (error) {
		const port = consolePortOf(pod);
		if (!(error instanceof PodError) || error.status > 0 && error.status < 500 || port === undefined)
			throw error;
		stderr.write(`[rackpod: not shown to be this pod's console: ${error.message}]\r\n`);
		return connectConsole({ host: hostOf(pod.address.url), port }, clock, undefined, pod.network);
	}
}

/** Throws Failure `refused` when somebody has the line. Who has just left it may be there still: the pod is asked more than once. */
async function checkFree(pod: RackPod, { clock, stderr }: CommandContext): Promise<void> {
	for (let look = 1; ; look++) {
		const client = await clientOf(pod, stderr);
		if (!client)
			return;
		if (look === LOOKS)
			throw new Failure("refused", `${client.name} has had the console for ${client.seconds} s`,
				`--take takes it away, a restore would take it back; ${readAlong(pod.address.url.origin, client.heard)}`);
		await sleep(clock, LOOK_AGAIN);
	}
}

/** Who has the console. A pod that can't be asked may be the very reason for looking at it: then it is only said. */
async function clientOf(pod: RackPod,
	stderr: CommandContext["stderr"]): Promise<{ name: string; seconds: number; heard: number } | undefined> {
	try {
		const state = await pod.uart();
		const name = holderOf(state);
		return name === undefined ? undefined : { name, seconds: state.bridge!.seconds, heard: state.log_end ?? 0 };
	}
	catch (error) {
		stderr.write(`[rackpod: nobody knows who has the console: ${textOf(error)}]\r\n`);
		return undefined;
	}
}

class Session {
	#context: CommandContext;
	#log: WriteStream | undefined;
	#along: string;
	#line: SerialLine | undefined;
	/** What came before the backlog was shown. */
	#held: Uint8Array[] | undefined = [];
	#lost: string | undefined;
	#onLost: (reason: string) => void = reason => this.#lost = reason;
	#onHeard: () => void = () => undefined;
	#onTyped: (bytes: Buffer) => void = () => undefined;
	#onTypedAll: () => void = () => undefined;

	/** `along`: how to see the camera's output when this console is lost. */
	constructor(context: CommandContext, log: WriteStream | undefined, along: string) {
		this.#context = context;
		this.#along = along;
		this.#log = log;
	}

	attach(line: SerialLine): void {
		this.#line = line;
		line.onData = bytes => this.#held ? void this.#held.push(bytes) : this.#show(bytes);
		line.onClosed = reason => this.#onLost(reason);
	}

	/** Shows the backlog, then what came meanwhile. Bytes in both are shown once. */
	async begin(pod: RackPod | undefined): Promise<void> {
		const before = pod ? Buffer.from((await pod.uartLog()).bytes) : Buffer.alloc(0);
		const held = Buffer.concat(this.#held!);
		this.#held = undefined;
		let common = Math.min(before.length, held.length);
		while (common && !before.subarray(-common).equals(held.subarray(0, common)))
			common--;
		this.#show(before);
		this.#show(held.subarray(common));
	}

	/**
	 * Until Ctrl-], the end of piped input, a Ctrl-C of a script, nobody reading its output, or `seconds`. Throws Failure when the line is
	 * lost.
	 */
	run(seconds: number | undefined): Promise<void> {
		const { stdin, clock } = this.#context;
		const line = this.#line!;
		return new Promise((resolve, reject) => {
			const alarms: (object | undefined)[] = [];
			const release = this.#context.onInterrupt(() => leave());
			const leave = (error?: Failure): void => {
				release();
				alarms.forEach(alarm => clock.cancel(alarm));
				this.#onHeard = () => undefined;
				if (error)
					reject(error);
				else
					resolve();
			};
			this.#onLost = reason => leave(new Failure("unreachable", `the console was lost: ${reason}`,
				`\`rackpod status\` shows who has it now; ${this.#along}`));
			if (this.#lost !== undefined)
				return this.#onLost(this.#lost);
			this.#context.stdout.onLost?.(() => leave());
			if (seconds)
				alarms[0] = clock.after(seconds * 1000, () => leave());
			if (stdin.isTTY)
				stdin.setRawMode?.(true);
			line.onDrain = () => stdin.resume();
			this.#onTyped = bytes => {
				const at = stdin.isTTY ? bytes.indexOf(LEAVE) : -1;
				const typed = at < 0 ? bytes : bytes.subarray(0, at);
				if (typed.length && !line.write(typed))
					stdin.pause();
				if (at >= 0)
					leave();
			};
			this.#onTypedAll = () => {
				if (seconds)
					return;
				this.#onHeard = () => {
					clock.cancel(alarms[1]);
					alarms[1] = clock.after(LINGER, () => leave());
				};
				this.#onHeard();
			};
			stdin.on("data", this.#onTyped);
			stdin.on("end", this.#onTypedAll);
			stdin.resume();
		});
	}

	close(): void {
		const { stdin } = this.#context;
		this.#line?.close();
		// Only ours: without Node's own a terminal would go on being read, and the program would not end.
		stdin.off("data", this.#onTyped);
		stdin.off("end", this.#onTypedAll);
		if (stdin.isTTY)
			stdin.setRawMode?.(false);
		stdin.pause();
	}

	#show(bytes: Uint8Array): void {
		if (!bytes.length)
			return;
		this.#context.stdout.write(bytes);
		this.#log?.write(bytes);
		this.#onHeard();
	}
}

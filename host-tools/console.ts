/**
 * A U-Boot shell on the other end of a serial line: one command, one checked answer.
 *
 * A command is typed without its Return first. Only when U-Boot has echoed exactly these characters does the Return follow, so a
 * lost or doubled character never runs (`sf erase 0x0` instead of `sf erase 0x50000`). Everything before the echo is ignored:
 * surplus prompts and late output of an earlier command can't shift answers. The answer ends where the prompt stands at the
 * begin of the last line and nothing follows it.
 *
 * An empty line is never sent: U-Boot repeats the last command then.
 */
import { Failure, checkInterrupted } from "./failure.ts";
import type { Clock } from "./clock.ts";
import type { SerialLine } from "./bridge.ts";

export const PROMPTS: readonly string[] = ["OpenIPC # ", "hisilicon # ", "goke # ", "=> "];

export interface ConsoleOptions {
	line: SerialLine;
	clock: Clock;
	/** Prompts to recognise; default PROMPTS. */
	prompts?: readonly string[];
	/** Sees everything the camera says, for a transcript. */
	onReceived?: (text: string) => void;
}

export interface RunOptions {
	/** Seconds the command may take; default 10. */
	seconds?: number;
	/** Aborting sends Ctrl-C and throws Failure `interrupted`. Leave it out where stopping in the middle does harm. */
	signal?: AbortSignal | undefined;
	/** The answer so far, each time more has come: progress in percent. */
	onOutput?: (text: string) => void;
	/** The command was echoed as typed; its Return goes out next. */
	onSend?: () => void;
}

/** The camera's answer did not end in time. The console is usable again if `recovered`. */
export class ConsoleTimeout extends Failure {
	override name = "ConsoleTimeout";
	readonly recovered: boolean;

	constructor(message: string, recovered: boolean) {
		super("camera", message, "look at the camera with `rackpod console`");
		this.recovered = recovered;
	}
}

const CTRL_C = "\x03";
/** Between two Ctrl-C while autoboot is being stopped; shorter than any bootdelay but 0. */
const KNOCK = 300;
/** How long a prompt must be the last word after Ctrl-C, so that the prompts of several Ctrl-C are over. */
const CALM = 150;
/** How long a prompt must be the last word: behind a line break, and in the middle of a line. */
const SETTLED = 25;
const SETTLED_INLINE = 500;
const ECHO_LIMIT = 2000;
const TYPING_ATTEMPTS = 3;
/** Characters typed at once after typing them all at once has failed: half of a 16-byte receive FIFO. */
const SLOW_CHUNK = 8;
/** Text kept while waiting for something in a stream without end. */
const TEXT_LIMIT = 256 * 1024;
const LINUX = /login: $|Starting kernel|Uncompressing Linux/;

export class UBootConsole {
	#line: SerialLine;
	#clock: Clock;
	#prompts: readonly string[];
	#prompt = "";
	#text = "";
	#lost: Failure | undefined;
	#changed: () => void = () => undefined;

	constructor({ line, clock, prompts = PROMPTS, onReceived }: ConsoleOptions) {
		this.#line = line;
		this.#clock = clock;
		this.#prompts = prompts;
		line.onData = bytes => {
			const text = bytes.toString("latin1");
			onReceived?.(text);
			this.#text = (this.#text + text).slice(-TEXT_LIMIT);
			this.#changed();
		};
		line.onClosed = reason => {
			this.fail(new Failure("unreachable", `the serial bridge was lost: ${reason}`, "try again when nobody else uses the console"));
		};
	}

	/** The prompt that was recognised; "" before `takeOver`. */
	get prompt(): string {
		return this.#prompt;
	}

	close(): void {
		this.#line.close();
	}

	/** `fail` was called, or the line was lost. */
	get failed(): boolean {
		return this.#lost !== undefined;
	}

	/** Nothing more can be expected from the camera: what waits for it, now or later, throws `failure`. */
	fail(failure: Failure): void {
		this.#lost ??= failure;
		this.#changed();
	}

	/** Stops autoboot if it is counting and waits for the prompt. Throws Failure `camera` when there is none in `seconds`. */
	async takeOver(seconds = 15, signal?: AbortSignal): Promise<void> {
		this.#text = "";
		const end = this.#clock.now() + seconds * 1000;
		while (this.#clock.now() < end) {
			this.#line.write(CTRL_C);
			if (await this.#until(text => this.#promptAtEnd(text) ? CALM : undefined, KNOCK, signal)) {
				this.#prompt = this.#promptAtEnd(this.#text)!;
				return;
			}
			if (LINUX.test(this.#text))
				throw new Failure("camera", "Linux has started instead of U-Boot's prompt: autoboot could not be stopped in time", "try again, or let the pod stop autoboot itself (its setting stop_autoboot)");
		}
		const heard = this.#text.trim();
		throw new Failure("camera", heard ? `no U-Boot prompt within ${seconds} s; the camera's last words: ${JSON.stringify(heard.slice(-80))}` : `no U-Boot prompt: the camera said nothing for ${seconds} s`,
			`known prompts are ${this.#prompts.map(prompt => JSON.stringify(prompt)).join(", ")}; others come from a board description (--board FILE)`);
	}

	/** Runs one command and returns its output, without echo and prompt, lines separated by \n. */
	async run(command: string, { seconds = 10, signal, onOutput, onSend }: RunOptions = {}): Promise<string> {
		await this.#type(command, signal);
		this.#text = "";
		onSend?.();
		this.#line.write("\r");
		const judge = (text: string): number | undefined => {
			onOutput?.(text);
			return this.#answered(text);
		};
		let complete = false;
		try {
			complete = await this.#until(judge, seconds * 1000, signal);
		}
		catch (error) {
			if (error instanceof Failure && error.kind === "interrupted")
				await this.#recover();
			throw error;
		}
		if (!complete) {
			const heard = this.#text.trim().slice(-80);
			throw new ConsoleTimeout(`"${command}" did not end within ${seconds} s${heard ? `; its last words: ${JSON.stringify(heard)}` : ""}`, await this.#recover());
		}
		return this.#text.slice(0, -this.#prompt.length).replace(/\r+\n/g, "\n").trim();
	}

	/** Sends a command that doesn't come back to the prompt (`reset`). */
	async leave(command: string, signal?: AbortSignal): Promise<void> {
		await this.#type(command, signal);
		this.#text = "";
		this.#line.write("\r");
	}

	/** Waits until the camera says `words`. False when it doesn't in `seconds`. */
	async hear(words: string, seconds: number, signal?: AbortSignal): Promise<boolean> {
		return this.#until(text => text.includes(words) ? 0 : undefined, seconds * 1000, signal);
	}

	/** What was heard since the last command, at most its last 200 characters. */
	get lastWords(): string {
		return this.#text.trim().slice(-200);
	}

	/** Types without Return, until the echo is right. */
	async #type(command: string, signal: AbortSignal | undefined): Promise<void> {
		if (!/^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/.test(command))
			throw new Failure("usage", `${JSON.stringify(command)} is not a command line for U-Boot`, "one command per line, printable characters only, not empty");
		if (!this.#prompt)
			throw new Error("takeOver() comes first");
		for (let attempt = 1; attempt <= TYPING_ATTEMPTS; attempt++) {
			checkInterrupted(signal);
			if (await this.#typeOnce(command, attempt === 1 ? command.length : SLOW_CHUNK, signal))
				return;
			if (!await this.#recover())
				throw new ConsoleTimeout(`no prompt before "${command}" could be typed`, false);
		}
		throw new Failure("camera", `"${command}" did not come back as typed, ${TYPING_ATTEMPTS} times; nothing was run`, "the serial line loses or changes characters: check its wiring, and that nobody else is typing");
	}

	async #typeOnce(command: string, chunk: number, signal: AbortSignal | undefined): Promise<boolean> {
		this.#text = "";
		for (let at = 0; at < command.length; at += chunk) {
			this.#line.write(command.slice(at, at + chunk));
			const typed = command.slice(0, at + chunk);
			if (!await this.#until(text => text.endsWith(typed) ? 0 : undefined, ECHO_LIMIT, signal))
				return false;
		}
		return true;
	}

	/** Ctrl-C until the prompt is back. */
	async #recover(): Promise<boolean> {
		for (let attempt = 0; attempt < 5; attempt++) {
			this.#text = "";
			this.#line.write(CTRL_C);
			if (await this.#until(text => this.#promptAtEnd(text) ? CALM : undefined, 1000))
				return true;
		}
		return false;
	}

	#promptAtEnd(text: string): string | undefined {
		const last = text.slice(Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1);
		return this.#prompts.find(prompt => last === prompt);
	}

	/** How long the text must stay as it is to be a whole answer; undefined when it isn't one. */
	#answered(text: string): number | undefined {
		if (!text.endsWith(this.#prompt))
			return undefined;
		return /[\r\n]$/.test(text.slice(0, -this.#prompt.length)) ? SETTLED : SETTLED_INLINE;
	}

	/** Waits until `judge` names a time and nothing is heard for that long. False when `limit` milliseconds have passed. */
	#until(judge: (text: string) => number | undefined, limit: number, signal?: AbortSignal): Promise<boolean> {
		const clock = this.#clock;
		return new Promise((resolve, reject) => {
			let settling: object | undefined;
			const finish = (settle: () => void): void => {
				clock.cancel(settling);
				clock.cancel(deadline);
				signal?.removeEventListener("abort", onAbort);
				this.#changed = () => undefined;
				settle();
			};
			const onAbort = (): void => finish(() => reject(new Failure("interrupted", "interrupted")));
			const look = (): void => {
				clock.cancel(settling);
				if (this.#lost)
					return finish(() => reject(this.#lost));
				const quiet = judge(this.#text);
				if (quiet === 0)
					finish(() => resolve(true));
				else if (quiet !== undefined)
					settling = clock.after(quiet, () => finish(() => resolve(true)));
			};
			const deadline = clock.after(limit, () => finish(() => resolve(false)));
			signal?.addEventListener("abort", onAbort, { once: true });
			this.#changed = look;
			if (signal?.aborted)
				onAbort();
			else
				look();
		});
	}
}

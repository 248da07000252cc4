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
import { Failure, checkInterrupted } from "../base/failure.ts";
import type { Clock } from "../base/clock.ts";
import type { SerialLine } from "./console-line.ts";
import { bannerIn, kernelIn } from "./boot-messages.ts";
import { CameraRestarted, ConsoleTaken, ConsoleTimeout } from "./console-failures.ts";
import { answerIn, answered, promptAtEnd, SETTLED } from "./prompt.ts";
import { PersistentLine, LineLost, type Judge, type LineSource } from "./persistent-line.ts";

export const PROMPTS: readonly string[] = ["OpenIPC # ", "hisilicon # ", "goke # ", "=> "];

export interface ConsoleOptions {
	line: SerialLine;
	clock: Clock;
	/** Where the line is taken back from when somebody has taken it. Without it that ends everything. */
	source?: LineSource | undefined;
	/** Prompts to recognise; default PROMPTS. */
	prompts?: readonly string[];
	/** Sees everything the camera says, for a transcript. */
	onReceived?: (text: string) => void;
	/** Somebody has taken the line, and it is being taken back. */
	onTaken?: ((who: string) => void) | undefined;
}

export interface RunOptions {
	/** Seconds the command may take; default 10. */
	seconds?: number;
	/** Aborting sends Ctrl-C and throws Failure `interrupted`. Leave it out where stopping in the middle does harm. */
	signal?: AbortSignal | undefined;
	/** Stopping in the middle does harm: a line that is taken away is taken back for as long as somebody may need to see it. */
	lasting?: boolean;
	/** Throws ConsoleTaken, and runs nothing, when the line was taken back more often than this: what was proven before may not hold. */
	takes?: number | undefined;
	/** The answer so far, each time more has come: progress in percent. */
	onOutput?: ((text: string) => void) | undefined;
	/** The command was echoed as typed; its Return goes out next. */
	onSend?: (() => void) | undefined;
}

const CTRL_C = "\x03";
/** Between two Ctrl-C while autoboot is being stopped; shorter than any bootdelay but 0. */
const KNOCK = 300;
/** How long a prompt must be the last word after Ctrl-C, so that the prompts of several Ctrl-C are over. */
const CALM = 150;
const ECHO_LIMIT = 2000;
/** Within which a Return that was sent has to be seen in the log. */
const RETURN_LIMIT = 3000;
const TYPING_ATTEMPTS = 3;
/** Characters typed at once after typing them all at once has failed: half of a 16-byte receive FIFO. */
const SLOW_CHUNK = 8;
/** The longest line that tells of a restart. */
const TAIL = 512;
const LINUX = /login: $|Starting kernel|Uncompressing Linux/;

export class UBootConsole {
	#line: PersistentLine;
	#clock: Clock;
	#prompts: readonly string[];
	#prompt = "";
	/** A restart would be a surprise: the last that was heard, in which it shows. */
	#watched: string | undefined;
	/** Where in the log the last command was typed. */
	#from = 0;

	constructor({ line, clock, source, prompts = PROMPTS, onReceived, onTaken }: ConsoleOptions) {
		this.#clock = clock;
		this.#prompts = prompts;
		this.#line = new PersistentLine({ line, clock, source, onTaken, onHeard: text => {
			onReceived?.(text);
			this.#overhear(text);
		} });
	}

	/** The prompt that was recognised; "" before `takeOver`. */
	get prompt(): string {
		return this.#prompt;
	}

	/** How often the line was taken back from somebody else, who could have typed something. */
	get takes(): number {
		return this.#line.takes;
	}

	close(): void {
		this.#line.close();
	}

	/** `fail` was called, the camera has restarted, or the line was lost for good. */
	get failed(): boolean {
		return this.#line.failed;
	}

	/** Nothing more can be expected from the camera: what waits for it, now or later, throws `failure`. */
	fail(failure: Failure): void {
		this.#line.fail(failure);
	}

	/** Stops autoboot if it is counting and waits for the prompt. Throws Failure `camera` when there is none in `seconds`. */
	async takeOver(seconds = 15, signal?: AbortSignal): Promise<void> {
		this.#line.text = "";
		const end = this.#clock.now() + seconds * 1000;
		while (this.#clock.now() < end) {
			const prompt = await this.#holding(false, signal, () => this.#knock(KNOCK, signal));
			if (prompt) {
				this.#prompt = prompt;
				this.#watched = "";
				return;
			}
			if (LINUX.test(this.#line.text))
				throw new Failure("camera", "Linux has started instead of U-Boot's prompt: autoboot could not be stopped in time",
					"try again, or let the pod stop autoboot itself (its setting stop_autoboot)");
		}
		const heard = this.#line.text.trim();
		throw new Failure("camera", heard ? `no U-Boot prompt within ${seconds} s; the camera's last words: ` +
			`${JSON.stringify(heard.slice(-80))}` : `no U-Boot prompt: the camera said nothing for ${seconds} s`,
			`known prompts are ${this.#prompts.map(prompt => JSON.stringify(prompt)).join(", ")}; others come from a board description (--board ` +
				`FILE)`);
	}

	/**
	 * Runs one command and returns its output, without echo and prompt, lines separated by \n. When the line is taken away meanwhile the
	 * answer comes from the pod's log, and only a command that has not run is typed again.
	 */
	async run(command: string, options: RunOptions = {}): Promise<string> {
		const watched = this.#watched;
		// Its answer looks like a restart.
		if (/^ver/.test(command))
			this.#watched = undefined;
		try {
			for (;;) {
				const answer = await this.#runOnce(command, options);
				if (answer === undefined)
					continue;
				this.#line.progress();
				return answer.replace(/\r+\n/g, "\n").trim();
			}
		}
		finally {
			this.#watched ??= watched;
		}
	}

	/** Sends a command that doesn't come back to the prompt (`reset`). */
	async leave(command: string, signal?: AbortSignal): Promise<void> {
		for (;;) {
			await this.#type(command, false, signal);
			this.#watched = undefined;
			this.#line.text = "";
			this.#line.write("\r");
			try {
				// a line break behind something else answers what somebody else has typed
				await this.#line.until(text => /^[\r\n]/.test(text) ? 0 : undefined, ECHO_LIMIT, signal);
				return;
			}
			catch (error) {
				if (!this.#isTaken(error))
					throw error;
				if (await this.#hasRun(command, signal))
					return;
				this.#watched = "";
			}
		}
	}

	/** Waits until the camera says `words`, or something that is judged so. False when it doesn't in `seconds`. */
	async hear(words: string | Judge, seconds: number, signal?: AbortSignal): Promise<boolean> {
		const judge = typeof words === "string" ? (text: string) => text.includes(words) ? 0 : undefined : words;
		const end = this.#clock.now() + seconds * 1000;
		try {
			return await this.#line.until(judge, seconds * 1000, signal);
		}
		catch (error) {
			if (!this.#isTaken(error))
				throw error;
			return this.#line.untilInLog(this.#from, judge, end - this.#clock.now(), signal);
		}
	}

	/** What was heard since the last command. */
	get text(): string {
		return this.#line.text;
	}

	/** At most the last 200 characters of it. */
	get lastWords(): string {
		return this.#line.text.trim().slice(-200);
	}

	/** Whether U-Boot's prompt is the last of `text`. */
	atPrompt(text: string): boolean {
		return promptAtEnd(text, this.#prompts) !== undefined;
	}

	/** The answer; undefined when the line was lost before the Return arrived. */
	async #runOnce(command: string,
		{ seconds = 10, signal, lasting = false, takes, onOutput, onSend }: RunOptions): Promise<string | undefined> {
		await this.#type(command, lasting, signal);
		if (takes !== undefined && this.takes !== takes) {
			await this.#recover().catch(() => undefined);
			throw new ConsoleTaken();
		}
		this.#line.text = "";
		onSend?.();
		this.#line.write("\r");
		const end = this.#clock.now() + seconds * 1000;
		let complete = false;
		try {
			complete = await this.#line.until(text => {
				onOutput?.(text);
				return answered(text, this.#prompt);
			}, seconds * 1000, signal);
			if (complete)
				return this.#line.text.slice(0, -this.#prompt.length);
		}
		catch (error) {
			if (error instanceof Failure && error.kind === "interrupted")
				await this.#recover().catch(() => undefined);
			if (!this.#isTaken(error))
				throw error;
			if (!await this.#hasRun(command, signal))
				return undefined;
			let answer: string | undefined;
			if (await this.#line.untilInLog(this.#from, text => {
				const said = text.slice(text.lastIndexOf(command) + command.length);
				onOutput?.(said);
				answer = answerIn(said, this.#prompt);
				return answer === undefined ? undefined : SETTLED;
			}, end - this.#clock.now(), signal))
				return answer;
		}
		const heard = this.#line.text.trim().slice(-80);
		const recovered = await this.#holding(lasting, signal, () => this.#recover());
		throw new ConsoleTimeout(`"${command}" did not end within ${seconds} s${heard ? `; its last words: ${JSON.stringify(heard)}` : ""}`,
			recovered);
	}

	/**
	 * By the log: the Return behind the command that was typed last has arrived. What somebody else has typed behind it made another command
	 * of it.
	 */
	#hasRun(command: string, signal: AbortSignal | undefined): Promise<boolean> {
		return this.#line.untilInLog(this.#from, text => {
			const at = text.lastIndexOf(command);
			return at >= 0 && /^[\r\n]/.test(text.slice(at + command.length)) ? 0 : undefined;
		}, RETURN_LIMIT, signal);
	}

	#isTaken(error: unknown): boolean {
		return error instanceof LineLost && this.#line.taken;
	}

	/** Does `work` with the line in hand: takes it back, clears what somebody typed there, and begins again when it is lost. */
	async #holding<T>(lasting: boolean, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
		for (;;) {
			try {
				if (this.#line.taken) {
					await this.#line.takeBack(lasting, signal);
					if (this.#prompt && !await this.#recover())
						throw new ConsoleTimeout("no prompt after the console was taken back", false);
				}
				return await work();
			}
			catch (error) {
				if (!this.#isTaken(error))
					throw error;
			}
		}
	}

	/** Types without Return, until the echo is right. */
	async #type(command: string, lasting: boolean, signal: AbortSignal | undefined): Promise<void> {
		if (!/^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/.test(command))
			throw new Failure("usage", `${JSON.stringify(command)} is not a command line for U-Boot`,
				"one command per line, printable characters only, not empty");
		if (!this.#prompt)
			throw new Error("takeOver() comes first");
		for (let attempt = 1; attempt <= TYPING_ATTEMPTS; attempt++) {
			checkInterrupted(signal);
			const typed = await this.#holding(lasting, signal, async () => {
				this.#from = this.#line.position;
				if (await this.#typeOnce(command, attempt === 1 ? command.length : SLOW_CHUNK, signal))
					return true;
				if (!await this.#recover())
					throw new ConsoleTimeout(`no prompt before "${command}" could be typed`, false);
				return false;
			});
			if (typed)
				return;
		}
		throw new Failure("camera", `"${command}" did not come back as typed, ${TYPING_ATTEMPTS} times; nothing was run`,
			"the serial line loses or changes characters: check its wiring, and that nobody else is typing");
	}

	async #typeOnce(command: string, chunk: number, signal: AbortSignal | undefined): Promise<boolean> {
		this.#line.text = "";
		for (let at = 0; at < command.length; at += chunk) {
			this.#line.write(command.slice(at, at + chunk));
			const typed = command.slice(0, at + chunk);
			if (!await this.#line.until(text => text.endsWith(typed) ? 0 : undefined, ECHO_LIMIT, signal))
				return false;
		}
		return true;
	}

	/** Ctrl-C until the prompt is back. */
	async #recover(): Promise<boolean> {
		for (let attempt = 0; attempt < 5; attempt++) {
			this.#line.text = "";
			if (await this.#knock(1000))
				return true;
		}
		return false;
	}

	/** One Ctrl-C: the prompt that it brings. */
	async #knock(limit: number, signal?: AbortSignal): Promise<string | undefined> {
		this.#line.write(CTRL_C);
		return await this.#line.until(text => promptAtEnd(text, this.#prompts) ? CALM : undefined, limit, signal)
			? promptAtEnd(this.#line.text, this.#prompts) : undefined;
	}

	/** Looks for signs that something else runs now than the U-Boot that was taken over. */
	#overhear(text: string): void {
		if (this.#watched === undefined)
			return;
		this.#watched = (this.#watched + text).slice(-TAIL - text.length);
		const line = bannerIn(this.#watched) ?? kernelIn(this.#watched);
		if (line !== undefined)
			this.#line.fail(new CameraRestarted(line));
	}
}

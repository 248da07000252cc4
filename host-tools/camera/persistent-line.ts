/**
 * A serial line that is taken back when somebody else has taken it: a conserver, or a loop of `nc`, connects again whenever it was driven
 * out. What the camera says while the line is somebody else's is in the pod's log; whoever waits for an answer reads it there, and the
 * line is needed for typing only.
 */
import type { SerialLine } from "./console-line.ts";
import { sleep, type Clock } from "../base/clock.ts";
import { Failure, checkInterrupted } from "../base/failure.ts";
import { PodError } from "../pod/pod-error.ts";

/** Where a line comes from, the first time and again; pod-console.ts is one. */
export interface LineSource {
	/** Throws Failure `refused` when the line is not the right one. */
	connect(signal?: AbortSignal): Promise<SerialLine>;
	/** Who has the line now. */
	holder(signal?: AbortSignal): Promise<string | undefined>;
	/** What the camera has said from the absolute offset `since` on, whoever had the line. */
	log(since: number, signal?: AbortSignal): Promise<{ bytes: Uint8Array; start: number; next: number }>;
}

export interface PersistentLineOptions {
	line: SerialLine;
	clock: Clock;
	/** Without it a lost line is lost for good. */
	source?: LineSource | undefined;
	/** Everything the camera says; a few bytes twice where the line changed hands. */
	onHeard: (text: string) => void;
	/** Somebody has taken the line, and it is being taken back. */
	onTaken?: ((who: string) => void) | undefined;
}

/** Judges a text: milliseconds for which it must stay as it is to be what is waited for; undefined when it is not. */
export type Judge = (text: string) => number | undefined;

/** Somebody has taken the line, or it broke. It can be taken back. */
export class LineLost extends Failure {
	override name = "LineLost";
}

/** Milliseconds for which the line is tried to be taken back without a command being completed; and where stopping does harm. */
const PATIENCE = 30_000;
const LASTING = 600_000;
/** Milliseconds within which a pod is heard of again, or it is gone: a switch that restarts its port takes up to 50 s. */
const GONE = 60_000;
/** Milliseconds between two tries to connect, between two lines that were of no use, and between two looks at the log. */
const PAUSE = 1000;
const AGAIN = 200;
const LOOK = 300;
/** Text kept while waiting for something in a stream without end. */
const TEXT_LIMIT = 256 * 1024;

export class PersistentLine {
	/** What was heard since somebody set it to "". */
	text = "";
	/** How often the line was taken back: each time somebody else could have typed. */
	takes = 0;
	#options: PersistentLineOptions;
	#clock: Clock;
	#line!: SerialLine;
	/** Offset in the pod's log from which on nothing has been heard yet; a little less where that is not known exactly. */
	#heardTo = 0;
	#lost: LineLost | undefined;
	#failure: Failure | undefined;
	#fruitless = 0;
	#since = 0;
	/** When the pod was first asked in vain, if it has not answered since. */
	#silentSince: number | undefined;
	#changed: () => void = () => undefined;

	constructor(options: PersistentLineOptions) {
		this.#options = options;
		this.#clock = options.clock;
		this.#attach(options.line);
	}

	/** It is somebody else's, and can be taken back. */
	get taken(): boolean {
		return this.#lost !== undefined && this.#options.source !== undefined;
	}

	/** Nothing more can be expected of it. */
	get failed(): boolean {
		return this.#failure !== undefined || this.#lost !== undefined && !this.#options.source;
	}

	/** Where in the pod's log stands what is said next; a little before that where it is not known exactly. */
	get position(): number {
		return this.#heardTo;
	}

	write(text: string): void {
		this.#line.write(text);
	}

	close(): void {
		this.#line.close();
	}

	/** What waits for the camera, now or later, throws `failure`. */
	fail(failure: Failure): void {
		this.#failure ??= failure;
		this.#changed();
	}

	/** A command was completed: takes are counted anew. */
	progress(): void {
		this.#fruitless = 0;
	}

	/** Waits until `judge` names a time and nothing is heard for that long. False when `limit` milliseconds have passed. Throws LineLost. */
	until(judge: Judge, limit: number, signal?: AbortSignal): Promise<boolean> {
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
				const failure = this.#failure ?? this.#lost;
				if (failure)
					return finish(() => reject(failure));
				const quiet = judge(this.text);
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

	/**
	 * As `until`, by the pod's log from `from` on: `text` is what stands there. A pod that doesn't answer is asked again. Throws Failure
	 * when it is gone.
	 */
	async untilInLog(from: number, judge: Judge, limit: number, signal?: AbortSignal): Promise<boolean> {
		let before = -1;
		for (const end = this.#clock.now() + limit; ;) {
			checkInterrupted(signal);
			this.#checkGone();
			const text = await this.#readLog(from, signal);
			if (this.#failure)
				throw this.#failure;
			if (text !== undefined) {
				this.text = text;
				const quiet = judge(text);
				if (quiet === 0 || quiet !== undefined && text.length === before)
					return true;
				before = text.length;
			}
			if (this.#clock.now() > end)
				return false;
			await sleep(this.#clock, LOOK, signal);
		}
	}

	/**
	 * Connects again. `lasting`: stopping now does harm, so it is tried for as long as somebody may need to see it. Throws Failure when
	 * the line can't be had. What was typed on it meanwhile is for the caller to clear.
	 */
	async takeBack(lasting: boolean, signal?: AbortSignal): Promise<void> {
		const { source, onTaken } = this.#options;
		if (!source)
			throw this.#lost!;
		if (!this.#fruitless++)
			this.#since = this.#clock.now();
		// Those that connect again and again leave a place now and then: not all tries at one moment.
		else
			await sleep(this.#clock, AGAIN, signal);
		for (let who: string | undefined; ;) {
			checkInterrupted(signal);
			if (this.#failure)
				throw this.#failure;
			if (this.#clock.now() - this.#since > (lasting ? LASTING : PATIENCE))
				throw new Failure("unreachable", `the console was lost ${this.#fruitless} times in a row ` +
					`(${who ?? this.#lost?.message ?? "by whom is not known"}) and could not be kept`,
					"end what connects to it again and again (conserver, a loop of nc), then run the same again");
			this.#checkGone();
			try {
				who = await this.#ask(source.holder(signal));
				const line = await source.connect(signal);
				this.#attach(line);
				this.takes++;
				onTaken?.(who ?? "somebody");
				if (await this.#readLog(this.#heardTo, signal) === undefined)
					throw new LineLost("unreachable", "the pod's log can't be read");
				return;
			}
			catch (error) {
				if (!(error instanceof Failure) || error.kind === "interrupted" || error.kind === "refused" && !(error instanceof PodError))
					throw error;
				this.#fruitless++;
			}
			await sleep(this.#clock, PAUSE, signal);
		}
	}

	#attach(line: SerialLine): void {
		this.#line = line;
		this.#lost = undefined;
		// The first one: what was said before doesn't matter. Later ones: the log has what lies between.
		this.#heardTo ||= line.since ?? 0;
		line.onData = bytes => {
			this.#heardTo += bytes.length;
			this.#hear(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"));
		};
		line.onClosed = reason => {
			if (line !== this.#line)
				return;
			this.#lost = new LineLost("unreachable", `the console was lost: ${reason}`, "try again when nobody else uses the console");
			this.#changed();
		};
	}

	#hear(text: string): void {
		this.#options.onHeard(text);
		this.text = (this.text + text).slice(-TEXT_LIMIT);
		this.#changed();
	}

	/** An answer of the pod, and the note that there was one or none. */
	async #ask<T>(answer: Promise<T>): Promise<T> {
		const asked = this.#clock.now();
		try {
			const what = await answer;
			this.#silentSince = undefined;
			return what;
		}
		catch (error) {
			if (error instanceof PodError && error.status)
				this.#silentSince = undefined;
			else
				this.#silentSince ??= asked;
			throw error;
		}
	}

	#checkGone(): void {
		if (this.#silentSince !== undefined && this.#clock.now() - this.#silentSince > GONE)
			throw new Failure("unreachable", `the pod has not answered for ${GONE / 1000} s`,
				"check the pod and its network, then run the same again");
	}

	/** The log from `from` on; what was not heard yet is overheard. Undefined when the pod doesn't answer. */
	async #readLog(from: number, signal: AbortSignal | undefined): Promise<string | undefined> {
		let log;
		try {
			log = await this.#ask(this.#options.source!.log(from, signal));
		}
		catch (error) {
			if (!(error instanceof Failure) || error.kind === "interrupted")
				throw error;
			return undefined;
		}
		const text = Buffer.from(log.bytes).toString("latin1");
		const fresh = text.slice(Math.max(0, this.#heardTo - log.start));
		this.#heardTo = Math.max(this.#heardTo, log.next);
		if (fresh)
			this.#options.onHeard(fresh);
		return text;
	}
}

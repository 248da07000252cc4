/**
 * What a job tells: events while it works, where it is, and, when it stops, in what state it leaves the flash.
 */
import type { Clock } from "../base/clock.ts";
import { Failure, textOf } from "../base/failure.ts";
import type { JobEvent, JobStep } from "./events.ts";
import type { Piece } from "./plan.ts";
import { FlashRecord } from "./record.ts";

/** What they throw is told once as a note and else ignored. Nothing may stop a job between erase and write. */
export interface Listeners {
	onEvent?: ((event: JobEvent) => void) | undefined;
	/** Is given the record of the flash when the plan stands: it tells at any time what has been done so far. */
	onRecord?: ((record: FlashRecord) => void) | undefined;
	/** Everything the camera says. */
	onConsole?: ((text: string) => void) | undefined;
}

const DOING: Readonly<Record<JobStep, string>> = Object.freeze({
	compare: "comparing the flash with",
	load: "loading",
	check: "checking the loaded",
	erase: "erasing",
	write: "writing",
	verify: "reading back",
	recheck: "reading back once more"
});

export class JobReport {
	/** Where the job is, for the message when it stops: "erasing kernel". */
	at: string;
	record = new FlashRecord([]);
	#listeners: Listeners;
	#clock: Clock;
	#begin: number;
	/** A listener has failed, and that was said. */
	#complained = false;

	constructor(listeners: Listeners, clock: Clock, at: string) {
		this.#listeners = listeners;
		this.#clock = clock;
		this.#begin = clock.now();
		this.at = at;
	}

	get elapsed(): number {
		return Math.round(this.#clock.now() - this.#begin);
	}

	emit(event: JobEvent): void {
		this.#tell(this.#listeners.onEvent, event);
	}

	note(text: string): void {
		this.emit({ event: "note", text });
	}

	/** From now on the record is about these. */
	plan(pieces: readonly Piece[]): void {
		this.record = new FlashRecord(pieces);
		this.#tell(this.#listeners.onRecord, this.record);
	}

	/** The camera says something. */
	said(text: string): void {
		this.heard(text);
		this.#tell(this.#listeners.onConsole, text);
	}

	/** Something that the camera has said is known. */
	heard(text: string): void {
		const line = this.record.hear(text);
		if (line !== undefined)
			this.note(`U-Boot writes to the flash by itself: "${line}"`);
	}

	/** Does one step on a piece, and tells when it begins and ends. */
	async step<T extends string | void>({ name, partition, length }: Piece, step: JobStep, work: () => Promise<T>): Promise<T> {
		this.at = `${DOING[step]} ${partition}`;
		this.emit({ event: "step", name, step });
		const begin = this.#clock.now();
		const result = await work();
		this.emit({ event: "step-done", name, step, elapsed_ms: Math.round(this.#clock.now() - begin), size: length,
			...(result ? { crc32: result } : {}) });
		return result;
	}

	/** What ends the job: `error` with where it was and what the flash is; or an interrupt, whatever became of the work by it. */
	failure(error: unknown, signal: AbortSignal | undefined): unknown {
		const interrupted = signal?.aborted === true;
		if (!interrupted && !(error instanceof Failure))
			return error;
		const { kind, text, advice } = interrupted ? { kind: "interrupted" as const, text: "interrupted", advice: "" }
			: { kind: (error as Failure).kind, text: textOf(error), advice: (error as Failure).advice };
		return new Failure(kind, `stopped while ${this.at}: ${text}. ${this.record.describe()}`.replace(/\.\. /, ". "), advice, { cause: error });
	}

	#tell<T>(listener: ((value: T) => void) | undefined, value: T): void {
		try {
			listener?.(value);
		}
		catch (error) {
			if (this.#complained)
				return;
			this.#complained = true;
			this.note(`a listener of this restore failed: ${textOf(error)}`);
		}
	}
}

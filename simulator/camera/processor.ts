/**
 * The camera's one processor, running one program at a time. A program is a generator: where the real code would spin or sleep,
 * it yields what it waits for. So cutting the power is `stop()`: the program ends between two instructions, whatever it was doing.
 * Everything happens in the given time, so a test runs minutes of a camera's life in milliseconds.
 */
import type { Alarm, Time } from "../../modules/base/time.ts";

/** What a program waits for: the first of the two. With neither, for ever (until the power goes). */
export interface Wait {
	milliseconds?: number;
	/** Looked at again after every `poke()`. */
	ready?: () => boolean;
}

/** Yields waits; each gives true when it was ready, false when the time was up. */
export type Program<T = void> = Generator<Wait, T, boolean>;

/** Sleeps shorter than this are saved up: a timer of the host is not finer. */
const GRAIN = 2;

/** A late timer is made good up to this, so that long jobs made of many short waits keep their total. */
const CREDIT = 20;

export class Processor {
	readonly time: Time;
	#program: Program | undefined;
	#wait: Wait | undefined;
	#alarm: Alarm | undefined;
	#running = false;
	/** Milliseconds of work not yet waited for; negative after a timer that came late. */
	#debt = 0;

	constructor(time: Time) {
		this.time = time;
	}

	/** Starts `program` in place of what ran. */
	run(program: Program): void {
		this.stop();
		this.#program = program;
		this.#resume(false);
	}

	/** Ends the program at once. Only from outside of it. */
	stop(): void {
		const program = this.#program;
		this.#time(undefined);
		this.#program = undefined;
		this.#debt = 0;
		program?.return();
	}

	/** Something happened that the program may be waiting for. */
	poke(): void {
		if (!this.#running && this.#wait?.ready?.()) {
			this.#time(undefined);
			this.#resume(true);
		}
	}

	*sleep(milliseconds: number): Program {
		yield { milliseconds };
	}

	/** Never returns. */
	*hang(): Program<never> {
		for (;;)
			yield {};
	}

	/** Keeps the processor busy for `milliseconds`, which may be a fraction. */
	*spend(milliseconds: number): Program {
		this.#debt += milliseconds;
		if (this.#debt < GRAIN)
			return;
		const start = this.time.now();
		yield { milliseconds: this.#debt };
		this.#debt = Math.max(-CREDIT, this.#debt - (this.time.now() - start));
	}

	#time(wait: Wait | undefined): void {
		this.time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#wait = wait;
	}

	#resume(value: boolean): void {
		const program = this.#program!;
		for (;;) {
			this.#running = true;
			let result;
			try {
				result = program.next(value);
			}
			finally {
				this.#running = false;
			}
			if (result.done)
				return;
			const wait = result.value;
			value = Boolean(wait.ready?.());
			if (value || (wait.milliseconds !== undefined && wait.milliseconds <= 0))
				continue;
			this.#time(wait);
			if (wait.milliseconds !== undefined) {
				this.#alarm = this.time.after(wait.milliseconds, () => {
					this.#time(undefined);
					this.#resume(Boolean(wait.ready?.()));
				});
			}
			return;
		}
	}
}

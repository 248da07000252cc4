/**
 * The serial port's baud rate: what it is, one change after the other, and who waits for the end of which.
 *
 * Not for: who may change it (that is the port's owner's), or how a single change goes (baud.ts).
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Serial } from "base/io";
import type { Time } from "base/time";
import { BaudChange, CONSOLE_BAUD } from "./baud";

/** How a change ended: Fault `uart_set_baud_failed` when the old rate stays. */
export type RateDone = (fault: Fault | undefined) => void;

export interface RateOptions {
	serial: Serial;
	time: Time;
	report: Report;
	/** Called right before a switch: the last moment at which received bytes are good. */
	onSwitch: () => void;
	/** A change is over, and those who wait for it don't know yet. The next one may be under way already. */
	onChanged: () => void;
}

interface Request {
	readonly rate: number;
	readonly start: () => void;
	readonly done: RateDone;
}

export class Rate {
	#options: RateOptions;
	#baud = CONSOLE_BAUD;
	#change: BaudChange | undefined;
	/** Who wants to know how the change ends. */
	#waiting: RateDone[] = [];
	/** What shall be done after it. */
	#queued: Request[] = [];
	/** A reset has cancelled the change and comes next. */
	#reset: RateDone | undefined;

	constructor(options: RateOptions) {
		this.#options = options;
	}

	get baud(): number {
		return this.#baud;
	}

	/** A change is under way: nothing may be written. */
	get changing(): boolean {
		return this.#change !== undefined;
	}

	/** What is received now is garbage. */
	get settling(): boolean {
		return this.#change?.settling === true;
	}

	/** Changes the rate; `force`: gives up what is queued rather than fail. No change may be under way. */
	change(rate: number, force: boolean, done: RateDone): void {
		if (rate === this.#baud)
			return this.#tellSoon(done, undefined);
		const { serial, time, report, onSwitch } = this.#options;
		this.#waiting.push(done);
		this.#change = new BaudChange({ serial, time, report, from: this.#baud, to: rate, force, onSwitch, done: fault => this.#changed(rate, fault) });
	}

	/** Calls `start` when the change under way is over, unless a reset comes first: then `done` gets a Fault, from the event loop. */
	queue(rate: number, start: () => void, done: RateDone): void {
		this.#queued.push({ rate, start, done });
	}

	/** 115200 again, before anything else: replaces the change under way and what is queued. */
	reset(done: RateDone): void {
		const queued = this.#queued;
		this.#queued = [];
		if (!this.#change)
			this.change(CONSOLE_BAUD, true, done);
		else if (this.#change.to === CONSOLE_BAUD)
			this.#waiting.push(done);
		else {
			this.#reset = done;
			this.#change.cancel();
		}
		for (const { rate, done } of queued)
			this.#tellSoon(done, new Fault("uart_set_baud_failed", "another change of the baud rate came first", { rate }));
	}

	/** Ends a change under way. */
	close(): void {
		this.#queued = [];
		this.#change?.cancel();
	}

	#changed(rate: number, fault: Fault | undefined): void {
		const waiting = this.#waiting;
		const queued = this.#queued;
		const reset = this.#reset;
		this.#waiting = [];
		this.#queued = [];
		this.#reset = undefined;
		this.#change = undefined;
		if (!fault)
			this.#baud = rate;
		// before anybody is told, who may want another rate
		if (reset)
			this.change(CONSOLE_BAUD, true, reset);
		this.#options.onChanged();
		for (const done of waiting)
			guarded("uart.baud", this.#options.report, done)(fault);
		for (const { start } of queued)
			guarded("uart.baud", this.#options.report, start)();
	}

	#tellSoon(done: RateDone, fault: Fault | undefined): void {
		this.#options.time.after(0, guarded("uart.baud", this.#options.report, () => done(fault)));
	}
}

/**
 * One change of the baud rate: lets everything queued leave at the old rate, switches, reads the rate back, and drops what
 * arrives while the two sides may disagree.
 *
 * Dangers: a byte in flight during the switch comes out as garbage in either direction. Nothing may be written until the
 * change is over.
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Serial } from "base/io";
import type { Alarm, Time } from "base/time";

/** The camera's console and boot ROM speak at this rate. */
export const CONSOLE_BAUD = 115_200;
/** Below any console, above any flash agent (which ends at 3,000,000). */
export const MIN_BAUD = 1_200;
export const MAX_BAUD = 3_000_000;
/** Milliseconds of the longest break. */
export const MAX_BREAK = 1_000;

/** How long the transmit queue may take to drain. HTTP clients give the whole request 5 s. */
const DRAIN_LIMIT = 4_000;
/** Milliseconds during which received bytes are dropped after the switch: two characters at 9600 baud. */
const SETTLE = 2;

/** Throws Fault `bad_rate` unless `rate` is a baud rate we could set. */
export function checkRate(rate: unknown): asserts rate is number {
	if (typeof rate !== "number" || !Number.isInteger(rate) || rate < MIN_BAUD || rate > MAX_BAUD)
		throw new Fault("bad_rate", `rate must be a whole number from ${MIN_BAUD} to ${MAX_BAUD}`, { field: "rate", min: MIN_BAUD, max: MAX_BAUD });
}

/** Milliseconds that `bytes` bytes take on the wire: 8N1 is ten bit times each. */
export function wireTime(bytes: number, baud: number): number {
	return (bytes * 10_000) / baud;
}

export interface BaudChangeOptions {
	serial: Serial;
	time: Time;
	report: Report;
	from: number;
	to: number;
	/** Give up what is queued rather than fail when it does not drain. */
	force: boolean;
	/** Called right before the switch: the last moment at which received bytes are good. */
	onSwitch: () => void;
	/** The change is over: it worked, or Fault `uart_set_baud_failed` says why not, and the rate is still `from`. */
	done: (fault: Fault | undefined) => void;
}

export class BaudChange {
	#options: BaudChangeOptions;
	#state: "draining" | "last character" | "settling" | "over" = "draining";
	#deadline: number;
	#alarm: Alarm | undefined;
	#step: () => void;

	constructor(options: BaudChangeOptions) {
		const { serial, time, report, from } = options;
		this.#options = options;
		this.#deadline = time.now() + DRAIN_LIMIT;
		this.#step = guarded("uart.baud", report, () => this.#next());
		this.#wait(wireTime(serial.pending, from));
	}

	/** From the switch on, what is received is dropped until the change is over. */
	get settling(): boolean {
		return this.#state === "settling";
	}

	get to(): number {
		return this.#options.to;
	}

	/** Ends a change that something newer replaces; `done` gets a Fault, unless the rate is switched already. */
	cancel(): void {
		if (this.#state === "settling")
			return this.#next();
		this.#over(new Fault("uart_set_baud_failed", "another change of the baud rate came first", { rate: this.#options.to }));
	}

	#wait(milliseconds: number): void {
		this.#alarm = this.#options.time.after(Math.ceil(milliseconds), this.#step);
	}

	#next(): void {
		const { serial, time, from, to, force } = this.#options;
		switch (this.#state) {
			case "draining":
				if (serial.pending > 0 && time.now() < this.#deadline)
					return this.#wait(wireTime(serial.pending, from));
				if (serial.pending > 0 && !force)
					return this.#over(new Fault("uart_set_baud_failed", "the transmit queue did not drain", { rate: to, pending: serial.pending }));
				serial.flush(false, true);
				this.#state = "last character";
				// The queue is empty before the last character's stop bit has left.
				return this.#wait(wireTime(1, from));
			case "last character":
				this.#switch();
				return;
			case "settling":
				serial.flush(true, false);
				this.#over(undefined);
		}
	}

	#switch(): void {
		const { serial, from, to, onSwitch } = this.#options;
		onSwitch();
		const problem = setRate(serial, to);
		if (problem) {
			setRate(serial, from);
			return this.#over(problem);
		}
		this.#state = "settling";
		this.#wait(SETTLE);
	}

	#over(fault: Fault | undefined): void {
		if (this.#state === "over")
			return;
		this.#state = "over";
		this.#options.time.cancel(this.#alarm);
		this.#options.done(fault);
	}
}

/** Sets the rate and reads it back: the hardware may be 2 % off, which the far end still understands. */
function setRate(serial: Serial, rate: number): Fault | undefined {
	try {
		serial.baud = rate;
		const actual = serial.baud;
		if (Math.abs(actual - rate) * 50 > rate)
			return new Fault("uart_set_baud_failed", "the UART runs at another rate", { rate, actual });
	}
	catch (error) {
		return new Fault("uart_set_baud_failed", error instanceof Error ? error.message : "the UART refused the rate", { rate });
	}
	return undefined;
}

/**
 * One change of the baud rate: lets everything queued leave at the old rate, switches, reads the rate back, and drops what
 * arrives while the two sides may disagree.
 *
 * Dangers: a byte in flight during the switch comes out as garbage in either direction. Nothing may be written until the
 * change is over.
 */
import { Refusal } from "base/refusal";
import type { Serial } from "base/io";
import type { Alarm } from "base/time";
import type { Rate } from "./rate";
import type { UARTCode } from "./codes";

/** The camera's console and boot ROM speak at this rate. */
export const CONSOLE_BAUD = 115_200;
/** Below any console, above any flash agent (which ends at 3,000,000). */
export const MIN_BAUD = 1_200;
export const MAX_BAUD = 3_000_000;
/** Milliseconds of the longest break. */
export const MAX_BREAK = 1_000;
/** Of one whose length nobody tells: telnet's BREAK command, a request without a body. */
export const TYPICAL_BREAK = 250;

/** How long the transmit queue may take to drain. HTTP clients give the whole request 5 s. */
const DRAIN_LIMIT = 4_000;
/** Milliseconds during which received bytes are dropped after the switch: two characters at 9600 baud. */
const SETTLE = 2;

/** Throws Refusal `bad_rate` unless `rate` is a baud rate we could set. */
export function checkRate(rate: unknown): asserts rate is number {
	if (typeof rate !== "number" || !Number.isInteger(rate) || rate < MIN_BAUD || rate > MAX_BAUD)
		throw new Refusal<UARTCode>("bad_rate", `rate must be a whole number from ${MIN_BAUD} to ${MAX_BAUD}`, { field: "rate", min: MIN_BAUD, max: MAX_BAUD });
}

/** Milliseconds that `bytes` bytes take on the wire: 8N1 is ten bit times each. */
export function wireTime(bytes: number, baud: number): number {
	return (bytes * 10_000) / baud;
}

export class BaudChange {
	readonly to: number;
	private readonly rate: Rate;
	private readonly force: boolean;
	private readonly deadline: number;
	private state: "draining" | "last character" | "settling" | "over" = "draining";
	private alarm: Alarm | undefined;

	/**
	 * Changes the rate of `rate`'s port to `to`; `rate.changed` is told when the change is over: it worked, or Refusal
	 * `uart_set_baud_failed` says why not, and the old rate stays. `force`: give up what is queued rather than fail when it does not drain.
	 */
	constructor(rate: Rate, to: number, force: boolean) {
		this.rate = rate;
		this.to = to;
		this.force = force;
		this.deadline = rate.owner.time.now() + DRAIN_LIMIT;
		this.wait(wireTime(rate.owner.serial.pending, rate.baud));
	}

	/** From the switch on, what is received is dropped until the change is over. */
	get settling(): boolean {
		return this.state === "settling";
	}

	/** Ends a change that something newer replaces: it failed, unless the rate is switched already. */
	cancel(): void {
		if (this.state === "settling")
			return this.next();
		this.over(new Refusal<UARTCode>("uart_set_baud_failed", "another change of the baud rate came first", { rate: this.to }));
	}

	private wait(milliseconds: number): void {
		this.alarm = this.rate.owner.time.after(Math.ceil(milliseconds), step, this);
	}

	/** For `step`: does what comes next. */
	next(): void {
		const { to, rate: { baud, owner: { serial, time } } } = this;
		switch (this.state) {
			case "draining":
				if (serial.pending > 0 && time.now() < this.deadline)
					return this.wait(wireTime(serial.pending, baud));
				if (serial.pending > 0 && !this.force)
					return this.over(new Refusal<UARTCode>("uart_set_baud_failed", "the transmit queue did not drain", { rate: to, pending: serial.pending }));
				serial.flush(false, true);
				this.state = "last character";
				// The queue is empty before the last character's stop bit has left.
				return this.wait(wireTime(1, baud));
			case "last character":
				this.switch();
				return;
			case "settling":
				serial.flush(true, false);
				this.over(undefined);
		}
	}

	/** For `step`. */
	failed(error: unknown): void {
		this.rate.owner.onDefect("uart.baud", error);
	}

	private switch(): void {
		const { to, rate: { baud, owner } } = this;
		owner.poll();
		const problem = setRate(owner.serial, to);
		if (problem) {
			setRate(owner.serial, baud);
			return this.over(problem);
		}
		this.state = "settling";
		this.wait(SETTLE);
	}

	private over(refusal: Refusal | undefined): void {
		if (this.state === "over")
			return;
		this.state = "over";
		this.rate.owner.time.cancel(this.alarm);
		this.rate.changed(this.to, refusal);
	}
}

function step(change: BaudChange): void {
	try {
		change.next();
	}
	catch (error) {
		change.failed(error);
	}
}

/** Sets the rate and reads it back: the hardware may be 2 % off, which the far end still understands. */
function setRate(serial: Serial, rate: number): Refusal | undefined {
	try {
		serial.baud = rate;
		const actual = serial.baud;
		if (Math.abs(actual - rate) * 50 > rate)
			return new Refusal<UARTCode>("uart_set_baud_failed", "the UART runs at another rate", { rate, actual });
	}
	catch (error) {
		return new Refusal<UARTCode>("uart_set_baud_failed", error instanceof Error ? error.message : "the UART refused the rate", { rate });
	}
	return undefined;
}

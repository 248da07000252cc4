/**
 * One change of the baud rate: lets everything queued leave at the old rate, switches, reads the rate back, and drops what
 * arrives while the two sides may disagree.
 *
 * Dangers: a byte in flight during the switch comes out as garbage in either direction. Nothing may be written until the
 * change is over.
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Serial } from "base/io";
import type { Alarm, Time } from "base/time";
import { wireTime } from "./baud";
import type { UARTCode } from "./codes";

/** How long the transmit queue may take to drain. HTTP clients give the whole request 5 s. */
const DRAIN_LIMIT = 4_000;
/** Milliseconds during which received bytes are dropped after the switch: two characters at 9600 baud. */
const SETTLE = 2;

/** Whose rate is changed. */
export interface BaudChangeOwner {
	readonly serial: Serial;
	readonly time: Time;
	readonly onDefect: OnDefect;
	/** The old rate, until `changed`. */
	readonly baud: number;
	/** Takes what the driver has: right before the switch, the last moment at which received bytes are good. */
	poll(): void;
	/** The change to `rate` is over: it worked, or Refusal `uart_set_baud_failed` says why not, and the old rate stays. */
	changed(rate: number, refusal: Refusal | undefined): void;
}

export class BaudChange {
	readonly to: number;
	private readonly owner: BaudChangeOwner;
	private readonly force: boolean;
	private readonly deadline: number;
	private state: "draining" | "last character" | "settling" | "over" = "draining";
	private alarm: Alarm | undefined;

	/** `force`: give up what is queued rather than fail when it does not drain. */
	constructor(owner: BaudChangeOwner, to: number, force: boolean) {
		this.owner = owner;
		this.to = to;
		this.force = force;
		this.deadline = owner.time.now() + DRAIN_LIMIT;
		this.wait(wireTime(owner.serial.pending, owner.baud));
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
		this.alarm = this.owner.time.after(Math.ceil(milliseconds), step, this);
	}

	/** For `step`: does what comes next. */
	next(): void {
		const { to, owner: { baud, serial, time } } = this;
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
		this.owner.onDefect("uart.baud", error);
	}

	private switch(): void {
		const { to, owner } = this;
		owner.poll();
		const problem = setRate(owner.serial, to);
		if (problem) {
			setRate(owner.serial, owner.baud);
			return this.over(problem);
		}
		this.state = "settling";
		this.wait(SETTLE);
	}

	private over(refusal: Refusal | undefined): void {
		if (this.state === "over")
			return;
		this.state = "over";
		this.owner.time.cancel(this.alarm);
		this.owner.changed(this.to, refusal);
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

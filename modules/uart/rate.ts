/**
 * The serial port's baud rate: what it is, one change after the other, and who waits for the end of which.
 *
 * Not for: who may change it (that is the port's owner's), or how a single change goes (baud-change.ts).
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Serial } from "base/io";
import type { Time } from "base/time";
import { CONSOLE_BAUD } from "./baud";
import { BaudChange, type BaudChangeOwner } from "./baud-change";
import type { UARTCode } from "./codes";

/** How a change ended: Refusal `uart_set_baud_failed` when the old rate stays. */
export type RateDone = (refusal: Refusal | undefined) => void;

/** Whose rate it is: the UART. */
export interface RateOwner {
	readonly serial: Serial;
	readonly time: Time;
	readonly onDefect: OnDefect;
	/** Takes what the driver has: right before a switch, the last moment at which received bytes are good. */
	poll(): void;
	/** A change is over, and those who wait for it don't know yet. The next one may be under way already. */
	rateChanged(): void;
}

/** Who wants to change the rate once the change under way is over. */
export interface RateUser {
	setBaud(rate: number, done: RateDone): void;
}

interface RateRequest {
	readonly user: RateUser;
	readonly rate: number;
	readonly done: RateDone;
}

/** An end that is to be told from the event loop. */
interface Message {
	readonly owner: RateOwner;
	readonly done: RateDone;
	readonly refusal: Refusal | undefined;
}

export class Rate implements BaudChangeOwner {
	baud = CONSOLE_BAUD;
	readonly owner: RateOwner;
	private change: BaudChange | undefined;
	/** Who wants to know how the change ends. */
	private waiting: RateDone[] = [];
	/** What shall be done after it. */
	private queued: RateRequest[] = [];
	/** A reset has cancelled the change and comes next. */
	private next: RateDone | undefined;

	constructor(owner: RateOwner) {
		this.owner = owner;
	}

	get serial(): Serial {
		return this.owner.serial;
	}

	get time(): Time {
		return this.owner.time;
	}

	get onDefect(): OnDefect {
		return this.owner.onDefect;
	}

	poll(): void {
		this.owner.poll();
	}

	/** A change is under way: nothing may be written. */
	get changing(): boolean {
		return this.change !== undefined;
	}

	/** What is received now is garbage. */
	get settling(): boolean {
		return this.change?.settling === true;
	}

	/** Changes the rate; `force`: gives up what is queued rather than fail. No change may be under way. */
	set(rate: number, force: boolean, done: RateDone): void {
		if (rate === this.baud)
			return this.tellSoon(done, undefined);
		this.waiting.push(done);
		this.change = new BaudChange(this, rate, force);
	}

	/** Has `user` set the rate when the change under way is over, unless a reset comes first: then `done` gets a Refusal, from the event loop. */
	queue(user: RateUser, rate: number, done: RateDone): void {
		this.queued.push({ user, rate, done });
	}

	/** 115200 again, before anything else: replaces the change under way and what is queued. */
	reset(done: RateDone): void {
		const { queued } = this;
		this.queued = [];
		if (!this.change)
			this.set(CONSOLE_BAUD, true, done);
		else if (this.change.to === CONSOLE_BAUD)
			this.waiting.push(done);
		else {
			this.next = done;
			this.change.cancel();
		}
		for (const { rate, done } of queued)
			this.tellSoon(done, new Refusal<UARTCode>("uart_set_baud_failed", "another change of the baud rate came first", { rate }));
	}

	/** Ends a change under way. */
	close(): void {
		this.queued = [];
		this.change?.cancel();
	}

	/** Calls `done` from the event loop. */
	tellSoon(done: RateDone, refusal: Refusal | undefined): void {
		this.owner.time.after(0, tell, { owner: this.owner, done, refusal });
	}

	/** For BaudChange: it is over. */
	changed(rate: number, refusal: Refusal | undefined): void {
		const { owner, waiting, queued, next } = this;
		this.waiting = [];
		this.queued = [];
		this.next = undefined;
		this.change = undefined;
		if (!refusal)
			this.baud = rate;
		// before anybody is told, who may want another rate
		if (next)
			this.set(CONSOLE_BAUD, true, next);
		owner.rateChanged();
		for (const done of waiting)
			tell({ owner, done, refusal });
		for (const request of queued)
			start(owner, request);
	}
}

function tell({ owner, done, refusal }: Message): void {
	try {
		done(refusal);
	}
	catch (error) {
		owner.onDefect("uart.baud", error);
	}
}

function start(owner: RateOwner, { user, rate, done }: RateRequest): void {
	try {
		user.setBaud(rate, done);
	}
	catch (error) {
		owner.onDefect("uart.baud", error);
	}
}

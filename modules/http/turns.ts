/**
 * Who goes on in a later turn of the event loop: one of them each turn, in the order in which they asked. So much work as one
 * connection may do at once is all that anybody else, TFTP and the serial line too, ever waits for.
 */
import type { Alarm, Time } from "base/time";

/** Goes on with what it was at. Must not throw. */
export interface Resumable {
	resume(): void;
}

export class Turns {
	private time: Time;
	private waiting: Resumable[] = [];
	private alarm: Alarm | undefined;

	constructor(time: Time) {
		this.time = time;
	}

	/** `who` gets a turn. It must not ask again before it has had it. */
	add(who: Resumable): void {
		this.waiting.push(who);
		this.alarm ??= this.time.after(0, next, this as Turns);
	}

	/** `who` doesn't want its turn any more. */
	remove(who: Resumable): void {
		this.waiting = this.waiting.filter(other => other !== who);
		if (this.waiting.length === 0) {
			this.time.cancel(this.alarm);
			this.alarm = undefined;
		}
	}

	/** For the alarm. */
	next(): void {
		this.alarm = undefined;
		const who = this.waiting.shift();
		if (this.waiting.length > 0)
			this.alarm = this.time.after(0, next, this as Turns);
		who?.resume();
	}
}

function next(turns: Turns): void {
	turns.next();
}

/**
 * Virtual time: nothing happens until a test says that time passes, and then everything happens in order.
 */
import type { Alarm, Time } from "base/time";

interface Pending {
	at: number;
	every: number;
	order: number;
	callback: (target: any) => void;
	target: unknown;
}

export class VirtualTime implements Time {
	#now = 0;
	#order = 0;
	#pending: Pending[] = [];

	now(): number {
		return this.#now;
	}

	after(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		return this.#add(milliseconds, 0, callback, target);
	}

	every(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		return this.#add(milliseconds, Math.max(1, milliseconds), callback, target);
	}

	cancel(alarm: Alarm | undefined): void {
		this.#pending = this.#pending.filter(pending => pending !== alarm);
	}

	/** Alarms not yet fired: a test's way to see that everything was cancelled. */
	get pending(): number {
		return this.#pending.length;
	}

	/** Lets `milliseconds` pass, firing what falls due in order of time, then of setting. */
	advance(milliseconds: number): void {
		const end = this.#now + milliseconds;
		for (let next = this.#earliest(); next && next.at <= end; next = this.#earliest()) {
			this.#now = next.at;
			if (next.every)
				next.at += next.every;
			else
				this.cancel(next);
			next.callback(next.target);
		}
		this.#now = end;
	}

	/** Advances to the next alarm and fires it. Returns false when there is none. */
	step(): boolean {
		const next = this.#earliest();
		if (!next)
			return false;
		this.advance(next.at - this.#now);
		return true;
	}

	/** Fires the next alarm alone, when its time comes by then. Returns false when there is none. */
	fire(by = Infinity): boolean {
		const next = this.#earliest();
		if (!next || next.at > by)
			return false;
		this.#now = Math.max(this.#now, next.at);
		if (next.every)
			next.at += next.every;
		else
			this.cancel(next);
		next.callback(next.target);
		return true;
	}

	#add(milliseconds: number, every: number, callback: (target: any) => void, target: unknown): Alarm {
		const pending = { at: this.#now + Math.max(0, milliseconds), every, order: this.#order++, callback, target };
		this.#pending.push(pending);
		return pending;
	}

	#earliest(): Pending | undefined {
		let earliest: Pending | undefined;
		for (const pending of this.#pending) {
			if (!earliest || pending.at < earliest.at || (pending.at === earliest.at && pending.order < earliest.order))
				earliest = pending;
		}
		return earliest;
	}
}

/**
 * The chip's time for the modules: the SDK's `time` counts in an int32 that wraps after 24 days, and pods stay up for years.
 */
import Time from "time";
import Timer from "timer";
import type { Alarm, Time as PodTime } from "base/time";

/** Milliseconds. An idle pod asks nobody for the time, and a clock that is not read between two wraps goes back. */
const READ_AFTER = 3_600_000;

/** A timer that carries what it is to call: two properties are four slots in all, closures would be 38. */
interface Aimed extends Timer {
	callback?: (target: any) => void;
	target?: unknown;
}

function aimed(timer: Aimed, callback: (target: any) => void, target: unknown): Alarm {
	timer.callback = callback;
	timer.target = target;
	return timer;
}

function ring(timer: Aimed): void {
	timer.callback!(timer.target);
}

/** Made once; it has a timer for good. */
export class Clock implements PodTime {
	private ticks = Time.ticks;
	private milliseconds = 0;

	constructor() {
		Timer.repeat(() => void this.now(), READ_AFTER);
	}

	/** Read often enough to see every wrap: the constructor sees to it. */
	now(): number {
		const ticks = Time.ticks;
		this.milliseconds += Time.delta(this.ticks, ticks);
		this.ticks = ticks;
		return this.milliseconds;
	}

	after(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		return aimed(Timer.set(ring, milliseconds), callback, target);
	}

	every(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		return aimed(Timer.repeat(ring, milliseconds), callback, target);
	}

	cancel(alarm: Alarm | undefined): void {
		Timer.clear(alarm as Timer | undefined);
	}
}

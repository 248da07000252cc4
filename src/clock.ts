/**
 * The chip's time for the modules: the SDK's `time` counts in an int32 that wraps after 24 days, and pods stay up for years.
 */
import Time from "time";
import Timer from "timer";
import type { Alarm, Time as PodTime } from "base/time";

/** Milliseconds. An idle pod asks nobody for the time, and a clock that is not read between two wraps goes back. */
const READ_AFTER = 3_600_000;

/** Made once; it has a timer for good. */
export class Clock implements PodTime {
	#ticks = Time.ticks;
	#now = 0;

	constructor() {
		Timer.repeat(() => void this.now(), READ_AFTER);
	}

	/** Read often enough to see every wrap: the constructor sees to it. */
	now(): number {
		const ticks = Time.ticks;
		this.#now += Time.delta(this.#ticks, ticks);
		this.#ticks = ticks;
		return this.#now;
	}

	after(milliseconds: number, callback: () => void): Alarm {
		return Timer.set(() => callback(), milliseconds);
	}

	every(milliseconds: number, callback: () => void): Alarm {
		return Timer.repeat(() => callback(), milliseconds);
	}

	cancel(alarm: Alarm | undefined): void {
		Timer.clear(alarm as Timer | undefined);
	}
}

/**
 * The chip's time for the modules: the SDK's `time` counts in an int32 that wraps after 24 days, and pods stay up for years.
 */
import Time from "time";
import Timer from "timer";
import type { Alarm, Time as PodTime } from "base/time";

export class Clock implements PodTime {
	#ticks = Time.ticks;
	#now = 0;

	/** Must be called at least once in 24 days to see every wrap; the pod's sweeps do that many times a minute. */
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

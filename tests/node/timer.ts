/** The SDK's "timer" for Node, as far as the firmware uses it, on the time of chip-time.ts. */
import type { Alarm } from "base/time";
import { chip } from "./chip-time.ts";

export default class Timer {
	#alarm: Alarm | undefined;

	static set(callback: (timer: Timer) => void, milliseconds = 0): Timer {
		const timer = new Timer();
		timer.#alarm = chip.after(milliseconds, callback, timer);
		return timer;
	}

	static repeat(callback: (timer: Timer) => void, milliseconds: number): Timer {
		const timer = new Timer();
		timer.#alarm = chip.every(milliseconds, callback, timer);
		return timer;
	}

	static clear(timer: Timer | undefined): void {
		chip.cancel(timer && timer.#alarm);
	}
}

/** The SDK's "timer" for Node, as far as the firmware uses it, on the time of chip-time.ts. */
import { chip } from "./chip-time.ts";

export default class Timer {
	static set(callback: () => void, milliseconds = 0): Timer {
		return chip.after(milliseconds, callback) as Timer;
	}

	static repeat(callback: () => void, milliseconds: number): Timer {
		return chip.every(milliseconds, callback) as Timer;
	}

	static clear(timer: Timer | undefined): void {
		chip.cancel(timer);
	}
}

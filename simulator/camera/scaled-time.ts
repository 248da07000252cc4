/** The camera's clock on a real machine: camera milliseconds, of which `1 / scale` pass in a real one. */
import { performance } from "node:perf_hooks";
import type { Alarm, Time } from "../../modules/base/time.ts";

interface ScaledAlarm {
	timer?: NodeJS.Timeout;
	immediate?: NodeJS.Immediate;
}

export class ScaledTime implements Time {
	#scale: number;
	#start = performance.now();

	/** 0.25 lets the camera live four times as fast. */
	constructor(scale = 1) {
		this.#scale = scale;
	}

	now(): number {
		return (performance.now() - this.#start) / this.#scale;
	}

	/** On a computer that was busy, what came in time must not lose against the alarm that awaits it: input is looked at first. */
	after(milliseconds: number, callback: () => void): Alarm {
		const alarm: ScaledAlarm = {};
		alarm.timer = setTimeout(() => {
			alarm.immediate = setImmediate(callback);
		}, milliseconds * this.#scale);
		return alarm;
	}

	every(milliseconds: number, callback: () => void): Alarm {
		return { timer: setInterval(callback, milliseconds * this.#scale) } satisfies ScaledAlarm;
	}

	cancel(alarm: Alarm | undefined): void {
		if (!alarm)
			return;
		const { timer, immediate } = alarm as ScaledAlarm;
		clearTimeout(timer);
		clearImmediate(immediate);
	}
}

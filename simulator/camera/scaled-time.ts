/** The camera's clock on a real machine: camera milliseconds, of which `1 / scale` pass in a real one. */
import { performance } from "node:perf_hooks";
import type { Alarm, Time } from "../../modules/base/time.ts";

interface ScaledAlarm {
	timer?: NodeJS.Timeout;
	immediate?: NodeJS.Immediate;
}

/** Real milliseconds that are not worth one of Node's timers, which take 1 at least: a character at 115200 baud has 0.09. */
const SHORT = 0.15;

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
	after(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		const alarm: ScaledAlarm = {};
		const real = milliseconds * this.#scale;
		if (real < SHORT)
			this.#soon(alarm, performance.now() + real, callback, target);
		else {
			alarm.timer = setTimeout(() => {
				alarm.immediate = setImmediate(callback, target);
			}, real);
		}
		return alarm;
	}

	every(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		return { timer: setInterval(callback, milliseconds * this.#scale, target) } satisfies ScaledAlarm;
	}

	#soon(alarm: ScaledAlarm, due: number, callback: (target: any) => void, target: unknown): void {
		alarm.immediate = setImmediate(() => {
			if (performance.now() < due)
				this.#soon(alarm, due, callback, target);
			else
				callback(target);
		});
	}

	cancel(alarm: Alarm | undefined): void {
		if (!alarm)
			return;
		const { timer, immediate } = alarm as ScaledAlarm;
		clearTimeout(timer);
		clearImmediate(immediate);
	}
}

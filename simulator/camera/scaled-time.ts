/** The camera's clock on a real machine: camera milliseconds, of which `1 / scale` pass in a real one. */
import { performance } from "node:perf_hooks";
import type { Alarm, Time } from "../../modules/base/time.ts";

interface ScaledAlarm {
	timer: NodeJS.Timeout;
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

	after(milliseconds: number, callback: () => void): Alarm {
		return { timer: setTimeout(callback, milliseconds * this.#scale) } satisfies ScaledAlarm;
	}

	every(milliseconds: number, callback: () => void): Alarm {
		return { timer: setInterval(callback, milliseconds * this.#scale) } satisfies ScaledAlarm;
	}

	cancel(alarm: Alarm | undefined): void {
		if (alarm)
			clearTimeout((alarm as ScaledAlarm).timer);
	}
}

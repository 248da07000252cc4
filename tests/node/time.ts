/** The SDK's "time" for Node: the ticks of chip-time.ts, an int32 that wraps. */
import { chip } from "./chip-time.ts";

export default class Time {
	static get ticks(): number {
		return chip.now() | 0;
	}

	static delta(start: number, end = Time.ticks): number {
		return end - start | 0;
	}
}

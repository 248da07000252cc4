/** The SDK's "time": milliseconds as an int32 that wraps after 24.8 days. `microseconds` is as good as the clock is. */
export default class Time {
	static get ticks(): number { return native("xs_time_ticks").call(this); }
	static get microseconds(): number { return native("xs_time_microseconds").call(this); }
	static delta(start: number, end?: number): number { return native("xs_time_delta").call(this, start, end); }
}

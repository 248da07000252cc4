type Callback = (timer: object) => void;

/**
 * The SDK's "timer" on the host's virtual time. A one-shot timer is dead when its callback starts. No drift: a repeating timer
 * keeps to its grid, and what it missed is left out.
 */
export default class Timer {
	static set(callback: Callback, delay?: number, repeat?: number): object { return native("xs_timer_set").call(this, callback, delay, repeat); }
	static repeat(callback: Callback, milliseconds: number): object { return native("xs_timer_repeat").call(this, callback, milliseconds); }
	/** Without `milliseconds` the timer stops, but can be scheduled again. Throws when it is dead. */
	static schedule(timer: object, milliseconds?: number, repeat?: number): void { return native("xs_timer_schedule").call(this, timer, milliseconds, repeat); }
	/** Harmless with undefined and with a dead timer. */
	static clear(timer: object | undefined): void { return native("xs_timer_clear").call(this, timer); }
	/** Blocks everything. */
	static delay(milliseconds: number): void { return native("xs_timer_delay").call(this, milliseconds); }
}

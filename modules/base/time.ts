/**
 * Time as the modules see it. It comes from outside, so that tests run minutes of protocol in milliseconds.
 */

/** A pending callback. Opaque. */
export type Alarm = object;

export interface Time {
	/** Milliseconds since start. Monotonic, never wraps. */
	now(): number;
	/** Calls back once. */
	after(milliseconds: number, callback: () => void): Alarm;
	/** Calls back again and again. */
	every(milliseconds: number, callback: () => void): Alarm;
	/** Harmless with undefined, with an alarm that fired, and twice. */
	cancel(alarm: Alarm | undefined): void;
}

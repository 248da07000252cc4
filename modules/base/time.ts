/**
 * Time as the modules see it. It comes from outside, so that tests run minutes of protocol in milliseconds.
 */

/** A pending callback. Opaque. */
export type Alarm = object;

export interface Time {
	/** Milliseconds since start. Monotonic, never wraps. */
	now(): number;
	/** Calls back once, with `target`: a function of a module, made once, then needs no closure to find its object. */
	after(milliseconds: number, callback: () => void): Alarm;
	after<T>(milliseconds: number, callback: (target: T) => void, target: T): Alarm;
	/** Calls back again and again. */
	every(milliseconds: number, callback: () => void): Alarm;
	every<T>(milliseconds: number, callback: (target: T) => void, target: T): Alarm;
	/** Harmless with undefined, with an alarm that fired, and twice. */
	cancel(alarm: Alarm | undefined): void;
}

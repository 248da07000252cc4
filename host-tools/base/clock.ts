/**
 * Time for the parts that wait: the real one, and sleeping that can be interrupted. The shape is that of the firmware's own
 * Time, so tests use the same virtual clock.
 */
import { performance } from "node:perf_hooks";
import { Failure } from "./failure.ts";

export interface Clock {
	/** Milliseconds since some start. Monotonic. */
	now(): number;
	/** Calls back once; the answer is for `cancel`. */
	after(milliseconds: number, callback: () => void): object;
	/** Harmless with undefined and with what has fired. */
	cancel(alarm: object | undefined): void;
}

export const realClock: Clock = {
	now: () => performance.now(),
	after: (milliseconds, callback) => setTimeout(callback, milliseconds),
	cancel: alarm => clearTimeout(alarm as NodeJS.Timeout | undefined)
};

/** Waits. Throws Failure `interrupted` when `signal` fires. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const interrupted = (): void => {
			clock.cancel(alarm);
			reject(new Failure("interrupted", "interrupted"));
		};
		const alarm = clock.after(milliseconds, () => {
			signal?.removeEventListener("abort", interrupted);
			resolve();
		});
		if (signal?.aborted)
			interrupted();
		else
			signal?.addEventListener("abort", interrupted, { once: true });
	});
}

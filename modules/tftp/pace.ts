/**
 * How long to wait for an acknowledgement before sending again: RFC 6298's estimate on a coarse clock, between a floor that a
 * busy camera stays below and a ceiling below every known client's own timer (the fastest resends after 1 s, U-Boot 2010.06).
 *
 * The clock moves once per tick, and what was sent counts from the first tick after it: real waits are up to one tick longer than
 * what is said here, and a measured time is too short by up to two. On a local wire it is 0, and the estimate stays at the floor.
 */

/** Milliseconds between two looks at the clock. */
export const TICK = 50;
/** Milliseconds. */
export const FLOOR = 100;
/** Milliseconds; with a tick more still well below 1 s. */
export const CEILING = 750;
/** Before anything was measured. */
const UNKNOWN = 500;

export class Pace {
	/** Milliseconds to wait now. */
	interval = UNKNOWN;
	/** Negative before anything was measured. */
	private smoothed = -1;
	private variation = 0;

	/** An answer came `time` milliseconds after what it answers was sent, once. */
	measured(time: number): void {
		if (this.smoothed >= 0) {
			this.variation += (Math.abs(time - this.smoothed) - this.variation) / 4;
			this.smoothed += (time - this.smoothed) / 8;
		}
		else {
			this.smoothed = time;
			this.variation = time / 2;
		}
		this.interval = this.estimate();
	}

	/** An answer came, but nobody knows to which of several sendings (Karn): the waiting gets normal again. */
	answered(): void {
		this.interval = this.smoothed >= 0 ? this.estimate() : UNKNOWN;
	}

	/** No answer came. */
	lost(): void {
		this.interval = Math.min(CEILING, this.interval * 2);
	}

	private estimate(): number {
		const estimate = this.smoothed + 4 * this.variation + TICK;
		return Math.max(FLOOR, Math.min(CEILING, estimate));
	}
}

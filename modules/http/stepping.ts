/**
 * Work that goes on step by step until nothing more can be done, or its share of this turn of the event loop is used up; the rest is done
 * in a later turn (turns.ts). So whatever a step calls is called from one place, and never from inside of what asked for it.
 * A base class: a part of its own would cost each connection slots of the heap.
 */
import type { Resumable, Turns } from "./turns";

/** In one turn of the event loop: some 5 ms on the chip. A piece of at most 8 KiB costs 1. */
const share = 32;

export abstract class Stepping implements Resumable {
	protected abstract readonly host: { readonly turns: Turns };
	/** Steps are being taken, or will be in a later turn. */
	private running = false;
	private queued = false;

	/** Asks for a run soon, when something changed outside of one. */
	wake(): void {
		if (this.running || this.queued)
			return;
		this.queued = true;
		this.host.turns.add(this);
	}

	/** For the turns: this one is ours. */
	resume(): void {
		this.queued = false;
		this.run();
	}

	protected leaveTurns(): void {
		if (this.queued)
			this.host.turns.remove(this);
		this.queued = false;
	}

	protected run(): void {
		if (this.queued)
			return;
		let left = share;
		this.running = true;
		try {
			for (let cost = 1; cost > 0 && left > 0; left -= cost)
				cost = this.step();
		}
		catch (error) {
			this.failed(error);
		}
		this.running = false;
		if (left <= 0)
			this.wake();
	}

	/** Does the next thing and returns what it cost; 0 when there is nothing to do before something comes. */
	protected abstract step(): number;

	/** A step threw `error`. */
	protected abstract failed(error: unknown): void;
}

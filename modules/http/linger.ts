/**
 * The time after a connection's last response, in which whatever still comes is read and forgotten, so that the client sees the
 * response and not a reset. Ends when the client closes, falls silent, or has sent too much for too long.
 */
import type { Input } from "./input";
import type { HTTPLimits } from "./limits";

export class Linger {
	#limits: Readonly<HTTPLimits>;
	#start: number;
	#bytes = 0;

	constructor(limits: Readonly<HTTPLimits>, now: number) {
		this.#limits = limits;
		this.#start = now;
	}

	/** Reads what there is into `scratch`, again and again. */
	forget(input: Input, scratch: Uint8Array): void {
		for (let count = input.ready; count > 0; count = input.ready) {
			input.read(count < scratch.length ? scratch.subarray(0, count) : scratch);
			this.#bytes += Math.min(count, scratch.length);
		}
	}

	/** When it ends if nothing comes after `now`. */
	deadline(now: number): number {
		return this.#bytes > this.#limits.lingerBytes ? now : Math.min(now + this.#limits.lingerIdle, this.#start + this.#limits.lingerTime);
	}
}

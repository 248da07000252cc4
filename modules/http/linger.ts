/**
 * The time after a connection's last response, in which whatever still comes is read and forgotten, so that the client sees the
 * response and not a reset. Ends when the client closes, falls silent, or has sent too much for too long.
 */
import type { HTTPLimits } from "./limits";

export class Linger {
	/** When it ends if nothing more comes. */
	deadline: number;
	private limits: Readonly<HTTPLimits>;
	private end: number;
	private bytes = 0;

	constructor(limits: Readonly<HTTPLimits>, now: number) {
		this.limits = limits;
		this.end = now + limits.lingerTime;
		this.deadline = now + limits.lingerIdle;
	}

	/** `count` bytes were forgotten. */
	took(count: number, now: number): void {
		this.bytes += count;
		this.deadline = this.bytes > this.limits.lingerBytes ? now : Math.min(now + this.limits.lingerIdle, this.end);
	}
}

/**
 * Those who read the log as it grows and have no line: told some times a second, all together, so that many of them cost the serial port
 * no more than a few. What a follower has missed meanwhile the log tells it by its offsets.
 */
import type { OnDefect } from "base/guard";
import type { Alarm, Time } from "base/time";

/** Milliseconds from a byte's arrival until followers hear of it: what came within them leaves together. */
const DELAY = 20;

export interface Follower {
	/** The log has grown. From the event loop. */
	logGrew(): void;
}

export class Followers {
	private readonly time: Time;
	private readonly onDefect: OnDefect;
	private list: Follower[] = [];
	private alarm: Alarm | undefined;

	constructor(time: Time, onDefect: OnDefect) {
		this.time = time;
		this.onDefect = onDefect;
	}

	add(follower: Follower): void {
		this.list.push(follower);
	}

	/** Harmless twice. */
	remove(follower: Follower): void {
		this.list = this.list.filter(other => other !== follower);
	}

	/** For the UART: bytes have come. */
	grew(): void {
		if (this.list.length > 0)
			this.alarm ??= this.time.after(DELAY, tell, this as Followers);
	}

	/** For the alarm. */
	tellAll(): void {
		this.alarm = undefined;
		for (const follower of this.list) {
			try {
				follower.logGrew();
			}
			catch (error) {
				this.onDefect("uart.follower", error);
			}
		}
	}

	close(): void {
		this.time.cancel(this.alarm);
	}
}

function tell(followers: Followers): void {
	followers.tellAll();
}

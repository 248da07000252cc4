/**
 * Makes the servers when the first network is up. What fails then has nobody to go to: the callback that brought the news comes from the
 * network and swallows what it throws, and a pod without servers would stay dead until somebody pulls its plug. So it is started anew.
 */
import type { OnDefect } from "base/guard";
import type { Time } from "base/time";

export interface StarterOptions {
	time: Time;
	onDefect: OnDefect;
	/** Makes the servers. Called once. */
	start: () => void;
	/** Starts the firmware anew. */
	restart: () => void;
}

/** Long enough to read what went wrong and to use the set-up console. Milliseconds. */
const PAUSE = 10_000;

export class Starter {
	private options: StarterOptions;
	private started = false;

	constructor(options: StarterOptions) {
		this.options = options;
	}

	/** A network is up: the first time counts. */
	up(): void {
		if (this.started)
			return;
		this.started = true;
		const { time, onDefect, start, restart } = this.options;
		try {
			start();
		}
		catch (error) {
			onDefect("start", error);
			time.after(PAUSE, restart);
		}
	}
}

/**
 * Virtual time that goes on by itself whenever nobody has anything to do: promises and streams of the test get their turns first, and
 * then time jumps to the next alarm. So a test awaits what it awaits of a real pod, at no cost, and always sees the same order of events.
 */
import { VirtualTime } from "../clock.ts";
import { activeRequests, soon } from "./turns.ts";

/** Turns of the event loop without anything new, after which everybody is taken to wait. A stream of Node's needs two at most. */
const TURNS = 3;

/** Alarms fired between two looks at the event loop, where mocha's own patience is. */
const BATCH = 2_000;

export class LabTime extends VirtualTime {
	private running = false;
	private touched = false;
	private held = false;

	/** Somebody outside of virtual time was given something to do, or does something. */
	touch(): void {
		this.touched = true;
		this.held = false;
	}

	/** Time stands until somebody does something: a test runner goes from a hook to its test in turns that nobody can count. */
	hold(): void {
		this.held = true;
	}

	/** Lets time go on until `stop`. */
	run(): void {
		if (this.running)
			return;
		this.running = true;
		let quiet = 0;
		const turn = (): void => {
			if (!this.running)
				return;
			if (this.touched || activeRequests())
				quiet = 0;
			this.touched = false;
			// an exception is the test's, and not the end of time
			soon(turn);
			if (this.held || ++quiet <= TURNS)
				return;
			for (let fired = 0; fired < BATCH && !this.touched && this.fire(); fired++)
				continue;
		};
		soon(turn);
	}

	stop(): void {
		this.running = false;
	}

	/** Resolves when so many milliseconds have passed. */
	pause(milliseconds: number): Promise<void> {
		this.touch();
		return new Promise(resolve => void this.after(milliseconds, () => {
			this.touch();
			resolve();
		}));
	}
}

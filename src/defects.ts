/**
 * Exceptions nobody expected: how many there were, and what the last ones said. Expected refusals are no defects.
 */
import { printable } from "base/text";
import type { Time } from "base/time";

/** As many as fit a screen. */
const KEPT = 16;

/** Characters of one report: its stack included, in chunks of the heap. */
const LONGEST = 160;

export interface Defect {
	/** Since start, the last time. */
	seconds: number;
	/** How often in a row. */
	times: number;
	readonly text: string;
}

export class Defects {
	/** Since start. */
	count = 0;
	/** The last ones, oldest first. */
	readonly kept: Defect[] = [];
	private readonly time: Time;
	private readonly log: (line: string) => void;

	/** `log` is told each. */
	constructor(time: Time, log: (line: string) => void) {
		this.time = time;
		this.log = log;
	}

	/** Never throws. */
	report(where: string, error: unknown): void {
		this.count++;
		const text = printable(`${where}: ${error instanceof Error ? `${error.message} ${error.stack}` : String(error)}`.replaceAll("\n", " "), LONGEST);
		this.log(`defect in ${text}\n`);
		const seconds = Math.floor(this.time.now() / 1000);
		const newest = this.kept[this.kept.length - 1];
		if (newest?.text === text) {
			newest.seconds = seconds;
			newest.times++;
			return;
		}
		if (this.kept.length === KEPT)
			this.kept.shift();
		this.kept.push({ seconds, times: 1, text });
	}

	/** The newest one's text. */
	get last(): string | undefined {
		return this.kept[this.kept.length - 1]?.text;
	}
}

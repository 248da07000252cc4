/**
 * What a job shows: bars on a terminal, plain lines elsewhere, one JSON object per line with --json (docs/events.md).
 *
 * On a terminal the last lines of the screen are the tasks under way; finished lines move up above them.
 */
import type { Clock } from "../../base/clock.ts";
import { jsonLine, printable } from "../../base/printable.ts";
import type { Output } from "../output/output.ts";

export interface ProgressOptions {
	output: Output;
	env: Readonly<Record<string, string | undefined>>;
	clock: Clock;
	json: boolean;
	/** What every event carries besides its own facts. */
	stamp?: () => object;
	/** Is given each line that stays, with --json, too. */
	log?: ((line: string) => void) | undefined;
}

interface Task {
	label: string;
	/** 0 to 1; undefined when nobody knows. */
	part: number | undefined;
	note: string;
	/** Without a terminal: quarters printed already, and when the last line was due. */
	quarters: number;
	saidAt: number;
}

const REDRAW = 100;
/** Without a terminal: milliseconds between two lines of a task. What is over sooner has only its last line. */
const REPEAT = 2000;
/** With --json: milliseconds between two events that only say how far something is. */
const EVENT_REPEAT = 1000;
const BAR = 24;
const GREEN = "\x1b[32m";
const RED = "\x1b[31m";
const PLAIN = "\x1b[0m";
const CLEAR_BELOW = "\x1b[J";

export class Progress {
	readonly json: boolean;
	/** Bars can be drawn. */
	readonly live: boolean;
	#output: Output;
	#clock: Clock;
	#color: boolean;
	#tasks = new Map<string, Task>();
	/** Lines of tasks on the screen. */
	#drawn = 0;
	#drawnAt = -Infinity;
	#stamp: () => object;
	#log: ((line: string) => void) | undefined;
	/** When events of a series were written last. */
	#series = new Map<string, number>();

	constructor({ output, env, clock, json, stamp = () => ({}), log }: ProgressOptions) {
		this.#stamp = stamp;
		this.#log = log;
		this.#output = output;
		this.#clock = clock;
		this.json = json;
		this.live = !json && output.isTTY === true && env.TERM !== "dumb";
		this.#color = this.live && !env.NO_COLOR;
	}

	/** With --json: the event as a line. Nothing otherwise. Of a `series`, whose events replace each other, one a second is enough. */
	event({ event, ...facts }: { event: string; [fact: string]: unknown }, series?: string): void {
		if (!this.json)
			return;
		if (series !== undefined) {
			const now = this.#clock.now();
			if (now - (this.#series.get(series) ?? -Infinity) < EVENT_REPEAT)
				return;
			this.#series.set(series, now);
		}
		this.#output.write(jsonLine({ event, ...this.#stamp(), ...facts }));
	}

	/** A line that stays. Nothing with --json. */
	line(text: string, mood: "plain" | "good" | "bad" = "plain"): void {
		this.#log?.(text);
		if (this.json)
			return;
		const color = mood === "plain" || !this.#color ? "" : mood === "good" ? GREEN : RED;
		const line = `${color}${printable(text)}${color && PLAIN}\n`;
		if (this.live)
			this.#draw(line);
		else
			this.#output.write(line);
	}

	/** A task is under way. `part` is 0 to 1 or unknown; `note` stands behind the bar. */
	update(id: string, label: string, part?: number, note = ""): void {
		if (this.json)
			return;
		const known = this.#tasks.get(id);
		const fresh = known?.label !== printable(label);
		const now = this.#clock.now();
		const task = { label: printable(label), part, note: printable(note), quarters: fresh ? 0 : known.quarters,
			saidAt: fresh ? now : known.saidAt };
		this.#tasks.set(id, task);
		if (this.live) {
			if (now - this.#drawnAt >= REDRAW || fresh)
				this.#draw("");
			return;
		}
		const quarters = Math.floor((part ?? 0) * 4);
		if (quarters <= task.quarters || quarters >= 4 || now - task.saidAt < REPEAT)
			return;
		this.#output.write(`${task.label}: ${Math.floor((part ?? 0) * 100)} %${note ? `, ${task.note}` : ""}\n`);
		task.quarters = quarters;
		task.saidAt = now;
	}

	/** The task is over; `text` stays as its line. */
	finish(id: string, text?: string): void {
		this.#tasks.delete(id);
		if (text !== undefined)
			this.line(text);
		else if (this.live)
			this.#draw("");
	}

	/** Removes what is under way from the screen. */
	close(): void {
		this.#tasks.clear();
		if (this.live && this.#drawn)
			this.#draw("");
	}

	#draw(above: string): void {
		const width = (this.#output.columns || 80) - 1;
		const up = this.#drawn ? `\x1b[${this.#drawn}A` : "";
		const lines = [...this.#tasks.values()].map(task => barLine(task).slice(0, width));
		// As bytes: the control sequences are ours, and the texts were made harmless.
		this.#output.write(Buffer.from(`${up}\r${CLEAR_BELOW}${above}${lines.map(line => `${line}\n`).join("")}`));
		this.#drawn = lines.length;
		this.#drawnAt = this.#clock.now();
	}
}

function barLine({ label, part, note }: Task): string {
	if (part === undefined)
		return `${label} ... ${note}`.trimEnd();
	const full = Math.round(Math.min(1, Math.max(0, part)) * BAR);
	return `${label} [${"#".repeat(full)}${" ".repeat(BAR - full)}] ${String(Math.floor(part * 100)).padStart(3)} % ${note}`.trimEnd();
}

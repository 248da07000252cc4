/**
 * Who may act when: one table of what each action means to each job that runs. Every door asks it: HTTP routes by their `action`, the
 * console's ports, the camera's uploads by TFTP, the set-up console, and what the pod does by itself. A route asks before a body is read,
 * and again after it, unless nothing but a restart keeps its action out (`stage`, `line`): that ends whatever has begun by then.
 *
 * Not for who holds the serial line (the UART's own refusal, `uart_busy`) nor for room in memory (room.ts).
 */
import { Refusal } from "base/refusal";
import type { PodCode } from "./errors";
import type { Fastboot } from "./fastboot";
import type { Updates } from "./updates";

/** What somebody may want to begin. */
export type Action = "read" | "power_off" | "power_on" | "fastboot" | "cancel_fastboot" | "update" | "cancel_update" | "restart" | "settings" | "stage" | "line";

/** What may be going on. A restart goes on from the answer that promises it to the moment at which it comes. */
export type Job = "restart" | "fastboot" | "update";

/** What becomes of an action, or of the job, when they meet; they go on beside each other where nothing is said. */
export type Meeting = "refused" | "ends";

/** In the order in which they are named as the reason. */
const JOBS: readonly Job[] = Object.freeze<Job[]>(["restart", "fastboot", "update"]);

/**
 * What would be cut off by a restart doesn't begin; flash that is written stalls the serial line, which a fastboot doesn't survive; the
 * supply's off always works, and so does every end of a job.
 */
export const TABLE: Readonly<Record<Action, Readonly<Partial<Record<Job, Meeting>>>>> = Object.freeze({
	read: {},
	power_off: { fastboot: "ends" },
	cancel_fastboot: { fastboot: "ends" },
	cancel_update: { update: "ends" },
	stage: { restart: "refused" },
	line: { restart: "refused" },
	power_on: { restart: "refused", fastboot: "refused" },
	settings: { restart: "refused", fastboot: "refused" },
	fastboot: { restart: "refused", fastboot: "refused", update: "refused" },
	update: { restart: "refused", fastboot: "refused", update: "refused" },
	restart: { restart: "refused", fastboot: "refused", update: "refused" }
}, true);

export class Occupancy {
	private readonly fastboot: Fastboot;
	private readonly updates: Updates;
	/** A restart was promised. */
	restarting = false;

	constructor(fastboot: Fastboot, updates: Updates) {
		this.fastboot = fastboot;
		this.updates = updates;
	}

	/** Throws Refusal `restarting`, `busy` or `update_running` when `action` can't begin now. */
	check(action: Action): void {
		for (const job of JOBS) {
			if (TABLE[action][job] === "refused" && this.runs(job))
				throw this.refusal(job);
		}
	}

	/** `action` begins: throws what `check` throws, and ends the jobs that it ends, which are told `reason`. Returns whether there was one. */
	begin(action: Action, reason: string): boolean {
		this.check(action);
		let ended = false;
		for (const job of JOBS) {
			if (TABLE[action][job] === "ends" && this.end(job, reason))
				ended = true;
		}
		return ended;
	}

	private runs(job: Job): boolean {
		switch (job) {
			case "restart":
				return this.restarting;
			case "fastboot":
				return this.fastboot.running;
			case "update":
				return this.updates.running !== undefined;
		}
	}

	private end(job: Job, reason: string): boolean {
		return job === "fastboot" ? this.fastboot.cancel(reason) : job === "update" && this.updates.cancel(reason);
	}

	private refusal(job: Job): Refusal {
		switch (job) {
			case "restart":
				return new Refusal<PodCode>("restarting", "the pod restarts: ask again when it is back, in a few seconds");
			case "fastboot":
				return new Refusal<PodCode>("busy", "a fastboot is running; GET /fastboot shows how far it is, DELETE /fastboot ends it", { owner: "fastboot" });
			case "update":
				return new Refusal<PodCode>("update_running", "a firmware update is running; DELETE /firmware ends it", { ...this.updates.running });
		}
	}
}

/**
 * Who may act when: one table of what each job that runs keeps from being begun. Every door asks it, before a body is read and after it:
 * HTTP routes by their `action`, the set-up console, and what the pod does by itself.
 *
 * Not for who holds the serial line (the UART's own refusal, `uart_busy`) nor for room in memory (room.ts).
 */
import { Refusal } from "base/refusal";
import type { Updates } from "./updates";
import type { Fastboot } from "./fastboot";
import type { PodCode } from "./errors";

/** What somebody may want to begin. */
export type Action = "read" | "power_off" | "power_on" | "fastboot" | "cancel_fastboot" | "update" | "cancel_update" | "restart" | "settings" | "stage" | "line";

/** What may be going on. */
export type Job = "fastboot" | "update" | "restart";

const NOTHING: readonly Job[] = Object.freeze([]);
const STAYING: readonly Job[] = Object.freeze<Job[]>(["restart"]);
const CAMERA: readonly Job[] = Object.freeze<Job[]>(["fastboot", "restart"]);
const ALL: readonly Job[] = Object.freeze<Job[]>(["fastboot", "update", "restart"]);

/**
 * The jobs that stand in the way of each action. What is cut off by a restart doesn't begin; flash that is written stalls the serial line,
 * which a fastboot doesn't survive; the supply's off always works, and so does every end of a job.
 */
export const TABLE: Readonly<Record<Action, readonly Job[]>> = Object.freeze({
	read: NOTHING,
	power_off: NOTHING,
	cancel_fastboot: NOTHING,
	cancel_update: NOTHING,
	stage: STAYING,
	line: STAYING,
	power_on: CAMERA,
	settings: CAMERA,
	fastboot: ALL,
	update: ALL,
	restart: ALL
});

export class Occupancy {
	private readonly fastboot: Fastboot;
	private readonly updates: Updates;
	/** A restart was answered. */
	restarting = false;

	constructor(fastboot: Fastboot, updates: Updates) {
		this.fastboot = fastboot;
		this.updates = updates;
	}

	/** Throws Refusal `restarting`, `busy` or `update_running` when `action` can't begin now. */
	check(action: Action): void {
		const jobs = TABLE[action];
		if (this.restarting && jobs.includes("restart"))
			throw new Refusal<PodCode>("restarting", "the pod restarts: ask again when it is back, in a few seconds");
		if (jobs.includes("fastboot"))
			this.fastboot.checkIdle();
		if (jobs.includes("update"))
			this.updates.checkIdle();
	}
}

/** What the pod serves over HTTP: its routes, and which of them begin while what runs. */
import { TABLE, type Job, type Meeting } from "occupancy";
import type { Route } from "pod";
import { routes } from "routes/index";
import { code, table } from "./part.ts";

function takes({ query = [], body }: Route): string {
	return [...query.map(name => code(`?${name}=`)), ...body ? ["body"] : []].join(", ");
}

export function routeTable(): string {
	return table(["request", "does", "takes", "action", "side", "curl"],
		routes.map(route => [code(`${route.method} ${route.path}`), route.does, takes(route), code(route.action ?? "read"), route.side ?? "lab", code(`curl ${route.curl}`)]));
}

const JOBS: Readonly<Record<Job, string>> = { fastboot: "a fastboot runs", update: "an update runs", restart: "a restart is pending" };
/** The code that an action is refused with. */
const CODES: Readonly<Record<Job, string>> = { fastboot: "busy", update: "update_running", restart: "restarting" };

export function occupancyTable(): string {
	const jobs = Object.keys(JOBS) as Job[];
	return table(["action", ...jobs.map(job => JOBS[job])],
		Object.entries(TABLE).map(([action, meetings]) => [code(action), ...jobs.map(job => shown(job, meetings[job]))]));
}

function shown(job: Job, meeting: Meeting | undefined): string {
	return meeting === "refused" ? `409 ${code(CODES[job])}` : meeting === "ends" ? "ends it" : "";
}

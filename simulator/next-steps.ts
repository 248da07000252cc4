/** What to type at a pod that has just started: for stderr, with its ports. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { StartOptions, RunningPod } from "./pod.ts";

export interface Situation {
	camera: StartOptions["camera"];
	/** What is in our camera's flash: a system that boots, nothing, or what an earlier run left there. */
	flash: "system" | "blank" | "kept";
}

/** Whether a camera in this state folder has been running before. */
export function existsFlash(state: string): boolean {
	return existsSync(join(state, "nor.bin"));
}

type Doors = Pick<RunningPod, "http" | "bridge" | "rfc2217" | "tftp" | "state">;

export function nextSteps({ http, bridge, rfc2217, tftp, state }: Doors, { camera, flash }: Situation): string {
	const url = new URL(http);
	// as people type it
	const host = url.hostname === "127.0.0.1" || url.hostname === "0.0.0.0" ? "localhost" : url.hostname;
	const pod = `--pod ${host}${url.port === "8080" ? "" : `:${url.port}`}`;
	const curl = `http://${host}:${url.port}`;
	const boots: [string, string] = [`curl -X POST ${curl}/power/on`, flash === "system" && camera === "sim" ? "switch it on: U-Boot, Linux, a login (root, 12345)" : "switch it on"];
	const console: [string, string] = [`npx rackpod console ${pod}`, "its console; Ctrl-] leaves"];
	const restore: [string, string][] = [
		["npm run examples", "a dump, a U-Boot and a profile, made up"],
		[`npx rackpod restore examples/dump --uboot examples/u-boot.bin --profile examples/hi3516ev300.json ${pod}`, ""]
	];
	const lines: [string, string][] = [
		[`curl ${curl}/`, "everything this pod can do"],
		...camera === "none" ? [] : flash === "blank" && camera === "sim" ? [...restore, console] : [boots, console, ...camera === "sim" ? restore : []],
		[`npx rackpod status ${pod}`, ""]
	];
	const width = Math.max(...lines.filter(([, remark]) => remark).map(([line]) => line.length));
	return `A pod serves at ${curl}; console at port ${portOf(bridge)} (raw) and ${portOf(rfc2217)} (RFC 2217), TFTP at ${portOf(tftp)}. Ctrl-C ends it.\n`
		+ `${CAMERAS[camera]({ flash, state })}. From another shell:\n\n`
		+ lines.map(([line, remark]) => `  ${remark ? `${line.padEnd(width)}   # ${remark}` : line}\n`).join("") + "\n";
}

const CAMERAS: Readonly<Record<StartOptions["camera"], (where: { flash: Situation["flash"]; state: string }) => string>> = Object.freeze({
	sim: ({ flash }) => `Its camera is simulated and off; its flash ${{ system: "holds a U-Boot and a Linux", blank: "is blank: nothing starts by itself", kept: "holds what it held before" }[flash]}`,
	qemu: () => "Its camera runs in QEMU and is off",
	none: ({ state }) => `It has no camera: who plays one opens ${state}/uart and ${state}/power`
});

function portOf(endpoint: string): string {
	return endpoint.split(":").pop()!;
}

/**
 * A pod's `GET /status` for people: one line for each thing they ask for, and lines for what is wrong only when something is. What an older
 * pod doesn't tell has no line.
 */
import { counted } from "../../base/counted.ts";
import { sizeText } from "../../base/bytes.ts";
import type { FastbootState, PodStatus } from "../../../modules/protocol/answers.ts";
import { agoText, table } from "./text.ts";

export function statusScreen(status: PodStatus): string[] {
	const { memory, power, uart, tftp, fastboot, networks, uptime_seconds } = status;
	const rows: [string, string][] = [
		["pod", `${status.name}, firmware ${status.version}${uptime_seconds === undefined ? "" : `, up for ${agoText(uptime_seconds)}`}`]
	];
	const add = (name: string, text: string | undefined | false | null): void => {
		if (text)
			rows.push([name, text]);
	};
	add("camera", power && cameraText(power));
	add("console", uart && `${uart.owner ? `held by ${uart.owner}` : "free"}, ${uart.baud} ` +
		`baud${uart.overruns || uart.dropped ? `; ${counted((uart.overruns ?? 0) + (uart.dropped ?? 0), "byte")} lost` : ""}`);
	add("files", memory?.files !== undefined && `${memory.files} of ` +
		`${memory.max_files}${memory.uploads ? `, ${memory.uploads} on ${memory.uploads === 1 ? "its" : "their"} way` : ""}; ` +
		`${sizeText(memory.psram_free_bytes ?? 0)} free`);
	add("tftp", tftp && `${counted(tftp.completed ?? 0, "transfer")} completed, ${tftp.failed} ` +
		`failed${tftp.under_way?.length ? `, ${tftp.under_way.length} under way` : ""}`);
	add("fastboot", fastboot && fastbootText(fastboot));
	add("network",
		networks?.lab
		&& `${networks.lab.address}${networks.wifi?.ssid ? ` in ${networks.wifi.ssid}` : ""}${networks.lab.up === false ? ", down" : ""}`);
	for (const problem of problems(status))
		rows.push(["!", problem]);
	return table(rows);
}

function cameraText({ camera_on, switching, seconds, error }: NonNullable<PodStatus["power"]>): string {
	if (camera_on === null || camera_on === undefined)
		return `nobody knows whether it is on${error ? ` (${error})` : ""}`;
	return `${camera_on ? "on" : "off"}${switching ? ", being switched" : ""}${seconds === undefined ? "" : ` for ${agoText(seconds)}`}`;
}

function fastbootText({ running, phase, bytes_sent = 0, bytes_total = 0, last_result }: FastbootState): string {
	if (running)
		return `running: ${phase}${bytes_total ? `, ${Math.floor(bytes_sent / bytes_total * 100)} %` : ""}`;
	if (!last_result)
		return "none since the pod started";
	const { success, banner, failed_phase, last_phase, error } = last_result;
	return success ? `the last one worked${banner ? `: ${banner}` : ""}`
		: `the last one failed in phase ${failed_phase ?? last_phase}: ${error ?? "no reason given"}`;
}

function problems({ networks, settings, firmware, faults }: PodStatus): string[] {
	return [
		...networks?.overlap ? ["the lab's network and the camera's overlap: one of them can't be reached reliably"] : [],
		...networks?.camera?.up === false ? ["no link to the camera's network"] : [],
		...(settings?.problems ?? []).map(problem => `settings: ${problem}`),
		...firmware?.pending ? ["the firmware is new and has yet to prove itself"] : [],
		...firmware?.update ? ["a firmware update is under way"] : [],
		...firmware?.last_error ? [`the last firmware update failed: ${firmware.last_error}`] : [],
		...faults?.count ? [`${counted(faults.count, "defect")} of the firmware; the last one: ${faults.last}`] : []
	];
}

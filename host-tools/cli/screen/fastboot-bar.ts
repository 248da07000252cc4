/** How far the boot ROM is fed, the same whether that is all or the begin of a restore. */
import type { JobEvent } from "../../jobs/events.ts";
import type { Progress } from "./progress.ts";
import { paceText } from "./text.ts";

export type FastbootEvent = Extract<JobEvent, { event: "fastboot" }>;

export function showFastboot(progress: Progress, { phase, sent, total, rate }: FastbootEvent): void {
	progress.update("fastboot", `fastboot ${phase}`, total ? sent / total : undefined, rate ? paceText(sent, total, sent / rate * 1000) : "");
}

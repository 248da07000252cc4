/**
 * A restore's events as lines and bars.
 */
import { counted } from "../../base/counted.ts";
import { sizeText } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { regionText, type Region } from "../../flash/region.ts";
import { WholeJob } from "../../jobs/estimate.ts";
import type { JobEvent, JobStep } from "../../jobs/events.ts";
import { showFastboot } from "./fastboot-bar.ts";
import type { Progress } from "./progress.ts";
import { durationText, paceText, secondsText, table, timed } from "./text.ts";

const DOING: Readonly<Record<JobStep, string>> = Object.freeze({
	compare: "comparing",
	load: "loading to RAM",
	check: "checking RAM",
	erase: "erasing",
	write: "writing",
	verify: "reading back",
	recheck: "reading back once more"
});
const DONE: Readonly<Record<JobStep, string>> = Object.freeze({
	compare: "flash holds",
	load: "loaded to RAM",
	check: "RAM holds",
	erase: "erased",
	write: "written",
	verify: "flash reads back",
	recheck: "flash still holds"
});

export class RestoreView {
	#progress: Progress;
	#clock: Clock;
	#stagingSince = new Map<string, number>();
	#whole: WholeJob;

	constructor(progress: Progress, clock: Clock) {
		this.#progress = progress;
		this.#clock = clock;
		this.#whole = new WholeJob(clock);
	}

	show(event: JobEvent): void {
		const progress = this.#progress;
		this.#whole.note(event);
		progress.event(event, seriesOf(event));
		if (event.event === "fastboot" || event.event === "step" || event.event === "reset")
			this.#showWhole();
		switch (event.event) {
			case "plan":
				progress.line(`${counted(event.pieces.length, "piece")}, ${sizeText(event.total)}, in this order; SPL ${sizeText(event.spl)}, U-Boot ` +
					`${sizeText(event.uboot)}`);
				for (const row of table(event.pieces.map(({ partition, offset, length, crc32, name }) => [`  ${partition}`,
					`0x${offset.toString(16).padStart(7, "0")}`, length, `crc32 ${crc32}`, name])))
					progress.line(row);
				break;
			case "fastboot":
				showFastboot(progress, event);
				break;
			case "fastboot-done":
				progress.finish("fastboot",
					`fastboot: ${event.banner === null ? "the camera answers" : `${event.banner} is running`} after ${secondsText(event.elapsed_ms)}`);
				break;
			case "staging": {
				const since = this.#stagingSince.get(event.name) ?? this.#clock.now();
				this.#stagingSince.set(event.name, since);
				progress.update("staging", `staging ${event.name}`, event.sent / event.total,
					paceText(event.sent, event.total, this.#clock.now() - since));
				break;
			}
			case "staged":
				progress.finish("staging", `staged ${event.name}: ${sizeText(event.size)}, crc32 ${event.crc32}, ` +
					`${event.reused ? "was there already" : timed(event.size, event.elapsed_ms)}`);
				break;
			case "prompt":
				progress.line(`U-Boot's prompt "${event.prompt.trim()}", flash ${sizeText(event.flash_size)}`);
				break;
			case "step":
				progress.update("step", `${event.name}: ${DOING[event.step]}`, event.percent === undefined ? undefined : event.percent / 100);
				break;
			case "step-done":
				progress.finish("step", `${event.name}: ${DONE[event.step]}${event.crc32 ? ` crc32 ${event.crc32}` : ` ${sizeText(event.size)}`}, ` +
					`${event.step === "check" ? secondsText(event.elapsed_ms) : timed(event.size, event.elapsed_ms)}`);
				break;
			case "retry":
				progress.finish("step", `${event.name}: ${event.reason}; try ${event.attempt + 1} of ${event.attempts}`);
				break;
			case "piece-done":
				progress.line(`${event.name}: ${event.state === "equal" ? "already in the flash" : "verified in the flash"}, crc32 ${event.crc32}`,
					"good");
				break;
			case "reset":
				progress.update("reset",
					event.waiting_for === null ? "restarting the camera" : `restarting the camera, waiting for "${event.waiting_for}"`);
				break;
			case "started":
				progress.finish("reset", `the camera said "${event.text}" ${secondsText(event.elapsed_ms)} after its reset`);
				break;
			case "note":
			case "finishing":
			case "stopping":
				progress.line(event.text);
				break;
			case "dry-run":
				progress.line(`dry run: this is the plan; nothing was switched, staged, erased or written. The restore itself would take about ` +
					`${durationText(event.seconds)}`);
				progress.line(`would stay as it is: ${leftAlone(event.untouched, event.flash_size === null)}`);
				break;
			case "done":
				progress.finish("whole");
				if (event.untouched.length)
					progress.line(`not touched, since nothing was given for it: ${event.untouched.map(regionText).join(", ")}`);
				progress.finish("reset");
				progress.line(`restored in ${secondsText(event.elapsed_ms)}: ${event.written} written and verified, ${event.equal} right already`,
					"good");
				break;
		}
	}

	#showWhole(): void {
		const { part, left } = this.#whole;
		this.#progress.event({ event: "progress", part: Number(part.toFixed(3)), seconds_left: Math.round(left) }, "progress");
		this.#progress.update("whole", "whole restore", part, `about ${durationText(left)} left`);
	}
}

/** Events that only say how far something is, and what it is. */
function seriesOf(event: JobEvent): string | undefined {
	if (event.event === "staging")
		return `staging ${event.name}`;
	if (event.event === "fastboot")
		return `fastboot ${event.phase}`;
	return event.event === "step" && event.percent !== undefined ? `${event.step} ${event.name}` : undefined;
}

/** What a dry run would not touch. `open`: nobody knows where the flash ends. */
function leftAlone(untouched: readonly Region[], open: boolean): string {
	const parts = [...untouched.map(regionText), ...open ? ["what lies behind the last of them in the flash"] : []];
	return parts.join(", ") || "nothing, it is the whole flash";
}

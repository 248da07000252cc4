/**
 * Work at the prompt of a U-Boot that was brought up through the boot ROM: brings it up, takes its console over, makes sure that it is the
 * one that was sent, and sees that nobody switches the camera meanwhile. When the camera restarts by itself all of it begins again.
 */
import { restartIn } from "../camera/boot-messages.ts";
import { CameraRestarted, ConsoleTimeout } from "../camera/console-failures.ts";
import type { Dialect } from "../camera/dialect.ts";
import type { PodConsole } from "../camera/pod-console.ts";
import { UBootSession } from "../camera/session.ts";
import { UBootConsole } from "../camera/uboot-console.ts";
import { compareBanner, versionsIn } from "../camera/uboot-version.ts";
import { sleep, type Clock } from "../base/clock.ts";
import { Failure, textOf } from "../base/failure.ts";
import type { RackPod } from "../pod/rack-pod.ts";
import type { Fastboot } from "../profiles/blob.ts";
import { runFastboot } from "./bring-up.ts";
import { watchPower } from "./power-watch.ts";
import type { JobReport } from "./report.ts";

export interface AtPromptOptions {
	pod: RackPod;
	fastboot: Fastboot;
	dialect: Dialect;
	clock: Clock;
	signal: AbortSignal | undefined;
	podConsole: PodConsole;
	report: JobReport;
	/** The pod has begun to bring the camera up: from now on what is staged belongs to this job. */
	onRunning: () => void;
}

export interface AtPrompt {
	readonly console: UBootConsole;
	readonly session: UBootSession;
}

/** From the place U-Boot is started at to where files are loaded to. */
const RAM_DISTANCE = 16 * 1024 * 1024;
/** How often the camera is brought up in all when it restarts by itself. */
const STARTS = 3;
/** Milliseconds within which a switched supply is noticed. */
const POWER_LIMIT = 2500;
/** Seconds until the prompt is there. */
const PROMPT_LIMIT = 15;

/** Does `work` at the prompt; once more, from the boot ROM on, when the camera restarts meanwhile. So `work` must be safe to repeat. */
export async function atPrompt(options: AtPromptOptions, work: (at: AtPrompt) => Promise<void>): Promise<void> {
	const { report, signal } = options;
	for (let start = 1; ; start++) {
		try {
			return await once(options, work);
		}
		catch (error) {
			if (!isRestart(error) || signal?.aborted)
				throw error;
			if (start === STARTS)
				throw new Failure("camera", `${error.message}, ${STARTS} times`, error.advice, { cause: error });
			report.note(`while ${report.at}: ${error.message}; beginning again, ${start + 1} of ${STARTS}`);
		}
	}
}

/** It says so, or is silent for good: with a blank flash the boot ROM waits without a word. */
function isRestart(error: unknown): error is Failure {
	return error instanceof CameraRestarted || error instanceof ConsoleTimeout && !error.recovered;
}

async function once(options: AtPromptOptions, work: (at: AtPrompt) => Promise<void>): Promise<void> {
	const { pod, fastboot, dialect, clock, signal, report } = options;
	let console: UBootConsole | undefined;
	let watching: Promise<void> | undefined;
	let switched: Failure | undefined;
	const over = new AbortController();
	try {
		const { since, banner } = await bringUp(options);
		console = await takeOver(options).catch(async (error: unknown) => {
			// no prompt: another U-Boot could have started Linux, or the boot ROM waits
			if (error instanceof Failure && error.kind === "camera")
				await listenBack(options, since, banner);
			throw error;
		});
		if (await listenBack(options, since, banner) === undefined)
			await askVersion(console, banner, signal);
		watching = watchPower({ pod, clock, signal: over.signal, onSwitched: failure => console?.fail(switched = failure) });
		const session = new UBootSession({ console, dialect, signal, onNote: text => report.note(text),
			ram: dialect.ram ?? fastboot.profile.ubootAddress + RAM_DISTANCE });
		await work({ console, session });
	}
	catch (error) {
		// It can have been somebody at the switch, which is no reason to begin again.
		if (isRestart(error))
			await Promise.race([watching, sleep(clock, POWER_LIMIT)]);
		throw switched ?? error;
	}
	finally {
		over.abort();
		await watching;
		console?.close();
	}
}

/** Feeds the boot ROM. Returns where the log stood before, and what the U-Boot that answered called itself. */
async function bringUp({ pod, fastboot, clock, signal, report,
	onRunning }: AtPromptOptions): Promise<{ since: number; banner: string | null }> {
	report.at = "bringing U-Boot up through the boot ROM";
	const begin = clock.now();
	const since = (await pod.uart({ signal })).log_end;
	report.record.started();
	const { doubt, banner = null } = await runFastboot(pod, fastboot, { clock, signal, onRunning,
		onProgress: ({ phase, bytes_sent, bytes_total, rate }) => report.emit({ event: "fastboot", phase, sent: bytes_sent, total: bytes_total,
			rate }) });
	report.emit({ event: "fastboot-done", elapsed_ms: Math.round(clock.now() - begin), total: fastboot.blob.length, banner });
	if (doubt)
		report.note(doubt);
	return { since, banner };
}

async function takeOver({ dialect, clock, signal, podConsole, report }: AtPromptOptions): Promise<UBootConsole> {
	report.at = "taking over U-Boot's console";
	const line = await podConsole.connect(signal);
	const takers = new Set<string>();
	const console = new UBootConsole({ line, clock, source: podConsole, prompts: dialect.prompts,
		onReceived: text => report.said(text),
		onTaken: who => {
			// one that comes again and again has another port each time
			const host = who.replace(/:\d+$/, "");
			if (!takers.has(host))
				report.note(`${who} has taken the console; it is taken back, and so is each time from now on`);
			takers.add(host);
		} });
	try {
		await console.takeOver(PROMPT_LIMIT, signal);
	}
	catch (error) {
		console.close();
		throw error;
	}
	return console;
}

/**
 * What the camera has said since its start, before the console was ours. Null when it did not restart meanwhile, undefined when that is not
 * known. Throws CameraRestarted: another U-Boot, the one in its flash, would be probed and written with.
 */
async function listenBack({ pod, report }: AtPromptOptions, since: number, banner: string | null): Promise<null | undefined> {
	let said: string;
	try {
		const { bytes, start } = await pod.uartLog(since);
		said = Buffer.from(bytes).toString("latin1");
		report.heard(`\n${said}\n`);
		if (start <= since)
			report.record.complete();
	}
	catch (error) {
		report.note(`what the camera said at its start is not known: ${textOf(error)}`);
		return undefined;
	}
	const restarted = restartIn(said, banner);
	if (typeof restarted === "string")
		throw new CameraRestarted(restarted);
	return restarted;
}

/** Where the log doesn't tell: throws CameraRestarted when it is another U-Boot than the one that answered the fastboot. */
async function askVersion(console: UBootConsole, banner: string | null, signal: AbortSignal | undefined): Promise<void> {
	if (banner === null)
		return;
	const answer = await console.run("version", { signal });
	if (compareBanner(versionsIn(Buffer.from(answer, "latin1")), banner).same === false)
		throw new CameraRestarted(answer.split("\n")[0]!);
}

/**
 * Brings a camera up through its boot ROM and tells how far it is while it runs.
 */
import type { Fastboot } from "../profiles/blob.ts";
import { Failure } from "../base/failure.ts";
import { PodError } from "../pod/pod-error.ts";
import { sleep, type Clock } from "../base/clock.ts";
import type { RackPod } from "../pod/rack-pod.ts";
import { compareBanner } from "../camera/uboot-version.ts";
import type { FastbootProgress, FastbootResult } from "../../modules/protocol/answers.ts";

export interface FastbootJobOptions {
	clock: Clock;
	signal?: AbortSignal | undefined;
	/** Milliseconds between two looks at the progress; default 500. */
	interval?: number;
	onProgress?: (progress: FastbootProgress) => void;
	/** The pod has taken the job: from now on what is staged belongs to it. */
	onRunning?: () => void;
}

export interface FastbootOutcome extends FastbootResult {
	/** Why it is not certain that the U-Boot which was sent is the one that answered, for people; "" when it is. */
	doubt: string;
}

/**
 * Posts the body and waits. Resolves when U-Boot runs. Throws Failure `camera` with phase and frame, or when another U-Boot answered than
 * the one that was sent, the one in flash for one; or PodError.
 */
export async function runFastboot(pod: RackPod, { blob, versions }: Pick<Fastboot, "blob" | "versions">,
	{ clock, signal, interval = 500, onProgress, onRunning }: FastbootJobOptions): Promise<FastbootOutcome> {
	await checkIdle(pod, signal);
	const over = new AbortController();
	const watching = watch();
	let result: FastbootResult;
	try {
		result = await pod.fastboot(blob, { signal });
	}
	finally {
		over.abort();
		await watching;
	}
	if (!result.success)
		throw fastbootFailure(result);
	const { same, text } = compareBanner(versions, result.banner);
	if (same === false)
		throw new Failure("camera", text,
			"the camera has started what is in its flash: check that the profile is this chip's, and that nothing else switches its power");
	return { ...result, doubt: text };

	async function watch(): Promise<void> {
		let running = false;
		while (!over.signal.aborted) {
			try {
				const state = await pod.fastbootState({ signal: over.signal });
				if (state.running) {
					if (!running)
						onRunning?.();
					running = true;
					const { phase = "", bytes_sent = 0, bytes_total = 0, rate = 0, elapsed_ms = 0 } = state;
					onProgress?.({ phase, bytes_sent, bytes_total, rate, elapsed_ms });
				}
				await sleep(clock, interval, over.signal);
			}
			catch (error) {
				// Progress is a comfort: its failures don't end the job. The pause does end with the job.
				if (error instanceof PodError && !over.signal.aborted)
					await sleep(clock, interval, over.signal).catch(() => undefined);
			}
		}
	}
}

/** Somebody else's job must not be taken for this one. */
async function checkIdle(pod: RackPod, signal: AbortSignal | undefined): Promise<void> {
	try {
		if (!(await pod.fastbootState({ signal })).running)
			return;
	}
	catch (error) {
		// A pod that tells no progress can still do the job.
		if (error instanceof PodError && error.kind === "refused")
			return;
		throw error;
	}
	throw new PodError("busy", 409, `GET ${pod.address.url.origin}/fastboot: the pod is bringing up the camera for somebody else`,
		{ owner: "fastboot" });
}

function fastbootFailure(result: FastbootResult): Failure {
	const phase = result.failed_phase ?? result.last_phase;
	return new Failure("camera", `fastboot failed in phase ${phase}: ${result.error ?? "the pod does not say why"}`, adviceFor(phase));
}

function adviceFor(phase: string): string {
	if (phase === "handshake" || phase === "power")
		return "the boot ROM was not heard: check the camera's power and serial wires, and that its chip boots by UART";
	if (phase === "frame_for_start" || phase === "prestep0" || phase === "ddrstep0" || phase === "prestep1" || phase === "spl")
		return "try again once; if it fails at the same frame, the profile is probably for another chip";
	if (phase === "agent" || phase === "done")
		return "everything was accepted and the camera stays silent: the profile's DDR settings are probably for another board, or U-Boot is " +
			"for another chip";
	return "";
}

/**
 * Sees that nobody switches the camera while somebody works on it. A camera without supply says nothing, and nothing on the serial
 * line tells silence from thinking: without this a command would be waited for until its time is up.
 */
import { sleep, type Clock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import { PodError } from "../pod/pod-error.ts";
import type { RackPod } from "../pod/rack-pod.ts";

export interface PowerWatchOptions {
	pod: RackPod;
	clock: Clock;
	/** Ends the watch. */
	signal: AbortSignal;
	/** Called once, when somebody has switched the camera off or restarted it. */
	onSwitched: (failure: Failure) => void;
	/** Milliseconds between two looks; default 1000. */
	interval?: number;
}

/** The camera is on when this is called. Never throws; a pod that can't be asked is no reason to stop. */
export async function watchPower({ pod, clock, signal, onSwitched, interval = 1000 }: PowerWatchOptions): Promise<void> {
	let before = 0;
	while (!signal.aborted) {
		try {
			const { camera_on, seconds = before } = await pod.power({ signal });
			if (!camera_on || seconds < before)
				return onSwitched(new Failure("camera", `somebody else has ${camera_on ? "restarted the camera" : "switched the camera off"}`,
					"`rackpod status` shows who uses the pod; try again when they are done"));
			before = seconds;
			await sleep(clock, interval, signal);
		}
		catch (error) {
			if (error instanceof PodError && !signal.aborted)
				await sleep(clock, interval, signal).catch(() => undefined);
		}
	}
}

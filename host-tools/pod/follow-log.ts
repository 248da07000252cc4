/**
 * The camera's output as it is said, for as long as somebody wants it: `GET /uart/stream`, and again from where it was after the
 * connection, the network or the pod was gone. What was missed is told by its offsets.
 *
 * A pod that has restarted begins its log anew, at offset 0. So the stream is asked for from a little before the place reached, and the
 * bytes known are compared: other bytes are another log. A connection that died unseen is found out by asking the pod what it has heard.
 */
import { sleep, type Clock } from "../base/clock.ts";
import { checkInterrupted, Failure, textOf } from "../base/failure.ts";
import { PodError } from "./pod-error.ts";
import type { RackPod, UartStream } from "./rack-pod.ts";

export interface FollowOptions {
	/** Offset to begin at; the oldest byte the pod has when absent. */
	since?: number | undefined;
	/** Ends it with PodError `aborted` or Failure `interrupted`. */
	signal?: AbortSignal | undefined;
}

/**
 * - `output`: the camera said `bytes`; `offset` is the first one's place in the log
 * - `missed`: the `bytes` before `offset` are gone
 * - `lost`: the connection, for `reason`; it is tried again
 * - `resumed`: it is there again, at `offset`
 * - `restarted`: the pod has; what was not heard before is gone, and its log begins anew
 */
export type LogEvent =
	| { readonly event: "output"; readonly offset: number; readonly bytes: Uint8Array }
	| { readonly event: "missed"; readonly offset: number; readonly bytes: number }
	| { readonly event: "lost"; readonly reason: string }
	| { readonly event: "resumed"; readonly offset: number }
	| { readonly event: "restarted" };

/** Bytes that are asked for once more, to see that it is the same log. */
const OVERLAP = 64;
/** Milliseconds of silence after which the pod is asked whether it has heard nothing either. */
const QUIET = 20_000;
/** Milliseconds before the first try to connect again, and at most. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** Throws what can't be waited for: PodError of a refusal, and whatever the very first request fails with. */
export async function* followLog(pod: RackPod, { since, signal }: FollowOptions = {}): AsyncGenerator<LogEvent> {
	const { clock } = pod.network;
	/** The place reached. */
	let next = since;
	/** The bytes before it, as far as they are known. */
	let known: Uint8Array = new Uint8Array(0);
	let pause = 0;
	let reached = false;
	let lost = false;
	for (;;) {
		let stream: UartStream | undefined;
		try {
			stream = await pod.uartStream(next === undefined ? undefined : next - known.length, { signal });
			const { start } = stream;
			reached = true;
			if (next === undefined || start > next) {
				if (next !== undefined)
					yield { event: "missed", offset: start, bytes: start - next };
				known = new Uint8Array(0);
				next = start;
			}
			let expected = known.subarray(known.length - (next - start));
			if (lost)
				yield { event: "resumed", offset: next };
			lost = false;
			for await (const piece of watched(pod, stream, clock, () => next! - expected.length)) {
				pause = 0;
				const again = Math.min(expected.length, piece.length);
				if (!same(piece.subarray(0, again), expected.subarray(0, again)))
					throw new OtherLog();
				expected = expected.subarray(again);
				const bytes = piece.subarray(again);
				if (bytes.length === 0)
					continue;
				yield { event: "output", offset: next, bytes };
				next += bytes.length;
				known = Buffer.concat([known, bytes.subarray(-OVERLAP)]).subarray(-OVERLAP);
			}
			throw new Failure("unreachable", "the pod has ended the stream");
		}
		catch (error) {
			checkInterrupted(signal);
			if (error instanceof OtherLog || error instanceof PodError && error.code === "bad_since" && reached) {
				yield { event: "restarted" };
				next = undefined;
				known = new Uint8Array(0);
				continue;
			}
			if (!reached || !canWait(error))
				throw error;
			if (!lost)
				yield { event: "lost", reason: textOf(error) };
			lost = true;
			pause = Math.min(LONGEST_PAUSE, pause === 0 ? FIRST_PAUSE : pause * 2);
		}
		finally {
			stream?.close();
		}
		await sleep(clock, pause, signal);
	}
}

class OtherLog extends Error {}

/** Whether trying again can help. */
function canWait(error: unknown): boolean {
	return error instanceof Failure && (error.kind === "unreachable" || error instanceof PodError && error.retryable);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
	return Buffer.compare(one, other) === 0;
}

/**
 * The stream's pieces. Throws PodError `connection_lost` when the pod has heard more than `reached` and none of it comes, or can't be
 * asked.
 */
async function* watched(pod: RackPod, stream: UartStream, clock: Clock, reached: () => number): AsyncGenerator<Uint8Array> {
	const pieces = stream.pieces()[Symbol.asyncIterator]();
	/** What the pod had heard when it was asked last, of which nothing has come. */
	let heard = -1;
	let coming = pieces.next();
	for (;;) {
		const result = await within(clock, QUIET, coming);
		if (result) {
			if (result.done)
				return;
			heard = -1;
			yield result.value;
			coming = pieces.next();
			continue;
		}
		if (heard > reached())
			throw new PodError("connection_lost", 0, "the pod has heard more than has come: the connection has died");
		heard = (await pod.uart()).log_end ?? -1;
	}
}

/** What `coming` brings, or undefined when that takes longer. */
async function within<T>(clock: Clock, milliseconds: number, coming: Promise<T>): Promise<T | undefined> {
	let alarm: object | undefined;
	try {
		return await Promise.race([coming, new Promise<undefined>(resolve => alarm = clock.after(milliseconds, () => resolve(undefined)))]);
	}
	finally {
		clock.cancel(alarm);
	}
}

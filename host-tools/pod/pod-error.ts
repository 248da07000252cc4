/**
 * A request that a pod refused, or that never got an answer.
 */
import { readAlong } from "./read-along.ts";
import { Failure } from "../base/failure.ts";
import { parseJson } from "../base/input.ts";
import type { ErrorBody } from "../../modules/protocol/answers.ts";

/** Codes made on this side, where there is no answer to take one from. */
export type LocalCode = "unreachable" | "timeout" | "connection_lost" | "bad_answer" | "aborted" | "unreadable";

export class PodError extends Failure {
	override name = "PodError";
	/** The pod's `error` code, or a LocalCode. */
	readonly code: string;
	/** HTTP status; 0 when there was no answer. */
	readonly status: number;
	/** True when the same request may succeed later although nobody frees or changes anything on purpose. */
	readonly retryable: boolean;
	/** The other fields of the pod's answer: limits, sizes, failed_phase. */
	readonly detail: Readonly<Record<string, unknown>>;

	constructor(code: string, status: number, message: string, detail: Record<string, unknown> = {}, cause?: unknown) {
		const kind = code === "aborted" ? "interrupted" : code === "unreadable" ? "usage" : status ? "refused" : "unreachable";
		super(kind, message, adviceFor(code, status, message), cause === undefined ? undefined : { cause });
		this.code = code;
		this.status = status;
		this.detail = detail;
		this.retryable = !FINAL.includes(code) && (!status || (TRANSIENT.includes(status) && !FULL.includes(code)));
	}

	/** The error an answer of `status` with `body` stands for; any body will do, also one that isn't a pod's. */
	static from(request: string, status: number, body: Uint8Array): PodError {
		const text = new TextDecoder().decode(body);
		let answer: Partial<ErrorBody> = {};
		try {
			const parsed = parseJson(text);
			if (typeof parsed === "object" && parsed !== null)
				answer = parsed as Partial<ErrorBody>;
		}
		catch {
			// Some proxy's page: its beginning goes into the message.
		}
		const { error, message, ...detail } = answer;
		const code = typeof error === "string" ? error : `http_${status}`;
		const reason = typeof message === "string" ? message : text.trim().slice(0, 200);
		return new PodError(code, status, `${request}: ${status} ${code}${reason && reason !== code ? `: ${reason}` : ""}`, detail);
	}
}

/** Codes of this side that the same request will have again. `unreadable`: the file that was to be sent. */
const FINAL: readonly string[] = ["aborted", "bad_answer", "unreadable"];
const TRANSIENT: readonly number[] = [408, 409, 429, 502, 503, 504];
/** Room comes back only when somebody deletes something. */
const FULL: readonly string[] = ["oom", "no_slots"];
/** Somebody else has the serial line. */
const LINE: readonly string[] = ["busy", "uart_busy"];

function adviceFor(code: string, status: number, message: string): string {
	if (code === "unreachable")
		return "check the pod's address (--pod HOST[:PORT] or RACKPOD) and that it is powered and on this network";
	if (code === "timeout" || code === "connection_lost")
		return "check the network between here and the pod, then try again";
	if (code === "unreadable")
		return "does another program change this folder? Try again with a file that stays as it is";
	if (code === "unauthorized")
		return "give the pod's token with --token TEXT, or set RACKPOD_TOKEN in the environment";
	if (code === "oom")
		return "free room on the pod: `rackpod ls` shows what is staged, `rackpod rm NAME` or `rackpod rm --all` frees it";
	if (code === "no_slots")
		return "free a slot on the pod: `rackpod ls`, then `rackpod rm NAME` or `rackpod rm --all`";
	if (status === 409) {
		const [, origin] = /^[A-Z]+ (https?:\/\/[^/\s]+)\//.exec(message) ?? [];
		return `somebody else is using the camera: \`rackpod status\` shows who; try again when they are ` +
			`done${origin && LINE.includes(code) ? `; ${readAlong(origin)}` : ""}`;
	}
	if (status === 404)
		return "is this address a rack pod, and does `rackpod ls` show the file?";
	return "";
}

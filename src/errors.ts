/**
 * From a refusal to its answer over HTTP. What each code means, and its status, is in modules/protocol/errors.ts.
 */
import type { Refusal } from "base/refusal";
import { printable } from "base/text";
import type { BootROMCode } from "bootrom/codes";
import type { HTTPCode } from "http/codes";
import type { Exchange } from "http/exchange";
import type { PowerCode } from "power/power";
import { ERRORS, type ErrorCode, type ErrorMeaning } from "protocol/errors";
import type { SettingsCode } from "settings/codes";
import type { StoreCode } from "store/codes";
import type { UARTCode } from "uart/codes";
import type { UpdateCode } from "update/codes";

/** What the pod itself refuses, beside what its services do. */
export type PodCode =
	| "bad_number"
	| "bad_json"
	| "unknown_field"
	| "unknown_parameter"
	| "unexpected_body"
	| "partial_body"
	| "bad_checksum"
	| "bad_power_state"
	| "unauthorized"
	| "wrong_token"
	| "foreign_origin"
	| "not_found"
	| "no_such_file"
	| "method_not_allowed"
	| "busy"
	| "update_running"
	| "restarting"
	| "length_required"
	| "unsupported_body";

/** Codes that never are the answer to a request. */
export type Unanswered =
	/** `POST /uart/baud` checks the same limits before it asks the UART, and answers bad_number as for every other number. */
	| "bad_rate"
	/** Ends an answer that has begun: the camera was faster than the reader, and all pages were taken. */
	| "log_overwritten"
	/** Error packets of TFTP. */
	| "not_armed" | "slot_taken"
	/** Ends a fastboot, whose answer carries its text. */
	| "uart_stalled";

type Answered = Exclude<BootROMCode | HTTPCode | PodCode | PowerCode | SettingsCode | StoreCode | UARTCode | UpdateCode, Unanswered>;

/** Does not compile while a code has no meaning, or a meaning no code. */
const MEANINGS: Readonly<Record<Answered, ErrorMeaning> & Record<Exclude<ErrorCode, Answered>, never>> = ERRORS;

/** Characters of each text in the answer: what clients sent is quoted in it, and they may not read it for a while. */
const QUOTED = 400;

/** Bytes of a refusal that existing clients show; fewer for the supply and the baud rate (tests/clients/conformance/client.py). */
const SHOWN = 300;
const SHOWN_SHORT = 200;

/** Answers `exchange` with `refusal`, as the table has it. */
export function answerRefusal(exchange: Exchange, refusal: Refusal): void {
	const { status } = MEANINGS[refusal.code as Answered] ?? MEANINGS.internal;
	const headers: Record<string, string> = { "Content-Type": "application/json" };
	if (typeof refusal.detail.allow === "string")
		headers.Allow = refusal.detail.allow;
	// RFC 6750 section 3
	if (status === 401)
		headers["WWW-Authenticate"] = refusal.code === "wrong_token" ? "Bearer error=\"invalid_token\"" : "Bearer";
	// RFC 9110 section 15.5.17: a client that resumes learns that it has everything
	if (status === 416)
		headers["Content-Range"] = `bytes */${refusal.detail.size}`;
	const boot = exchange.path === "/fastboot" ? { success: false, last_phase: "request", failed_phase: "request" } : {};
	const detail: Record<string, unknown> = { message: refusal.message, ...refusal.detail };
	for (const name in detail) {
		const value = detail[name];
		if (typeof value === "string")
			detail[name] = printable(value, QUOTED);
	}
	const most = exchange.path.startsWith("/power") || exchange.path === "/uart/baud" ? SHOWN_SHORT : SHOWN;
	exchange.respond(status, fitted({ ...boot, error: refusal.code, ...detail }, Object.keys(refusal.detail), most), headers);
}

/**
 * `body` as a line of JSON, with at most `most` bytes if that can be: where there are more, the texts among `details` lose their ends, the
 * last of them first. The message stays whole: whoever makes it quotes little.
 */
function fitted(body: Record<string, unknown>, details: readonly string[], most: number): string {
	let line = JSON.stringify(body) + "\n";
	for (let index = details.length - 1; index >= 0; index--) {
		const over = ArrayBuffer.fromString(line).byteLength - most;
		if (over <= 0)
			break;
		const name = details[index]!;
		const text = body[name];
		if (typeof text !== "string")
			continue;
		// a character takes a byte at least; half of one that was cut apart is no text
		body[name] = printable(text.slice(0, Math.max(0, text.length - over)), QUOTED);
		line = JSON.stringify(body) + "\n";
	}
	return line;
}

/** The rates and times of the serial line: 8N1. */
import { Refusal } from "base/refusal";
import type { UARTCode } from "./codes";

/** The camera's console and boot ROM speak at this rate. */
export const CONSOLE_BAUD = 115_200;
/** Below any console, above any flash agent (which ends at 3,000,000). */
export const MIN_BAUD = 1_200;
export const MAX_BAUD = 3_000_000;
/** Milliseconds of the longest break. */
export const MAX_BREAK = 1_000;
/** Of one whose length nobody tells: telnet's BREAK command, a request without a body. */
export const TYPICAL_BREAK = 250;

/** Throws Refusal `bad_rate` unless `rate` is a baud rate we could set. */
export function checkRate(rate: unknown): asserts rate is number {
	if (typeof rate !== "number" || !Number.isInteger(rate) || rate < MIN_BAUD || rate > MAX_BAUD)
		throw new Refusal<UARTCode>("bad_rate", `rate must be a whole number from ${MIN_BAUD} to ${MAX_BAUD}`, { field: "rate", min: MIN_BAUD, max: MAX_BAUD });
}

/** Milliseconds that `bytes` bytes take on the wire: 8N1 is ten bit times each. */
export function wireTime(bytes: number, baud: number): number {
	return (bytes * 10_000) / baud;
}

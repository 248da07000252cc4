/** The rates and times of the serial line: 8N1. */
import { Refusal } from "base/refusal";
import { BAUD } from "protocol/limits";
import type { UARTCode } from "./codes";

/** The camera's console and boot ROM speak at this rate. */
export const CONSOLE_BAUD = 115_200;

/** Throws Refusal `bad_rate` unless `rate` is a baud rate we could set. */
export function checkRate(rate: unknown): asserts rate is number {
	if (typeof rate !== "number" || !Number.isInteger(rate) || rate < BAUD.minimum || rate > BAUD.maximum)
		throw new Refusal<UARTCode>("bad_rate", `rate must be a whole number from ${BAUD.minimum} to ${BAUD.maximum}`, { field: "rate", ...BAUD });
}

/** Milliseconds that `bytes` bytes take on the wire: 8N1 is ten bit times each. */
export function wireTime(bytes: number, baud: number): number {
	return (bytes * 10_000) / baud;
}

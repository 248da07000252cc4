/** Answers in JSON, and the small bodies that come in it. */
import { Fault } from "base/fault";
import type { Exchange } from "http/exchange";

/** Answers `value` as JSON with a line end, for people at a terminal. */
export function reply(exchange: Exchange, status: number, value: unknown): void {
	exchange.respond(status, JSON.stringify(value) + "\n", { "Content-Type": "application/json" });
}

/**
 * The number `field` of a small JSON object. `fields` names every member that is looked at: the parser then makes no keys for
 * names that strangers invent (keys are never freed on the chip). `otherwise` is the number when the field or the whole body is missing.
 * Throws Fault `bad_json` or `bad_number` {field, minimum, maximum, value}.
 */
export function numberField(body: Uint8Array, field: string, minimum: number, maximum: number, otherwise?: number): number {
	let value: unknown;
	if (body.length === 0 && otherwise !== undefined)
		return otherwise;
	try {
		value = (JSON.parse(text(body), [field] as never) as Record<string, unknown>)[field];
	}
	catch {
		throw new Fault("bad_json", `the body must be a JSON object like {"${field}": ${minimum}}`, { field });
	}
	if (value === undefined && otherwise !== undefined)
		return otherwise;
	if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum) {
		const came = value === undefined ? "nothing" : JSON.stringify(value);
		throw new Fault("bad_number", `${field} must be a whole number from ${minimum} to ${maximum}, not ${came}`, { field, minimum, maximum });
	}
	return value;
}

/** The text in a small body. Throws Fault `bad_request` when it isn't UTF-8. */
export function text(body: Uint8Array): string {
	try {
		return String.fromArrayBuffer(body.slice().buffer);
	}
	catch {
		throw new Fault("bad_request", "the body is not UTF-8 text");
	}
}

/** An unsigned 32-bit number as the wire has it: 8 lower-case hexadecimal digits. */
export function hex32(value: number): string {
	return value.toString(16).padStart(8, "0");
}

/** The CRC-32 the client announced for its body, undefined when it announced none. Throws Fault `bad_checksum`. */
export function announcedChecksum(exchange: Exchange): number | undefined {
	const text = exchange.header("x-checksum-crc32");
	if (text === undefined)
		return undefined;
	if (!/^[0-9a-fA-F]{8}$/.test(text))
		throw new Fault("bad_checksum", "X-Checksum-CRC32 must be 8 hexadecimal digits", { field: "X-Checksum-CRC32", value: text.slice(0, 64) });
	return parseInt(text, 16);
}

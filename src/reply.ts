/** Answers in JSON, and what else several routes share. */
import { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import type { HTTPCode } from "http/codes";
import type { PodCode } from "./errors";

/** Answers `value` as JSON with a line end, for people at a terminal. */
export function reply(exchange: Exchange, status: number, value: unknown): void {
	exchange.respond(status, JSON.stringify(value) + "\n", { "Content-Type": "application/json" });
}

/** The text in a small body. Throws Refusal `bad_request` when it isn't UTF-8. */
export function text(body: Uint8Array): string {
	try {
		return String.fromArrayBuffer(body.slice().buffer);
	}
	catch {
		throw new Refusal<HTTPCode>("bad_request", "the body is not UTF-8 text");
	}
}

/** An unsigned 32-bit number as the wire has it: 8 lower-case hexadecimal digits. */
export function hex32(value: number): string {
	return value.toString(16).padStart(8, "0");
}

/** The CRC-32 the client announced for its body, undefined when it announced none. Throws Refusal `bad_checksum`. */
export function announcedChecksum(exchange: Exchange): number | undefined {
	const text = exchange.header("x-checksum-crc32");
	if (text === undefined)
		return undefined;
	if (!/^[0-9a-fA-F]{8}$/.test(text))
		throw new Refusal<PodCode>("bad_checksum", "X-Checksum-CRC32 must be 8 hexadecimal digits", { field: "X-Checksum-CRC32", value: text.slice(0, 64) });
	return parseInt(text, 16);
}

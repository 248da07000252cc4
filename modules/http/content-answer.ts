/**
 * Answers with content that has an entity tag: with all of it, the part that is asked for, or that nothing has changed.
 * What it is not for: finding the content, and keeping it alive while it is sent.
 */
import { Refusal } from "base/refusal";
import { PartContent, type Content } from "store/content";
import type { HTTPCode } from "./codes";
import type { Exchange } from "./exchange";
import { preconditionsHold, sameRange } from "./precondition";
import { parseRange } from "./range";

/** Answers 304 when the client has what the strong entity tag `tag` names; false: it hasn't. Throws Refusal precondition_failed. */
export function answerUnchanged(exchange: Exchange, tag: string, headers: Readonly<Record<string, string | number>>): boolean {
	if (preconditionsHold(exchange, tag))
		return false;
	exchange.respond(304, undefined, { ...headers, ETag: tag });
	return true;
}

/** Answers 200 with `content`, or 206 with a part of it. Throws Refusal range_not_satisfiable {size}. */
export function answerContent(exchange: Exchange, content: Content, tag: string, headers: Readonly<Record<string, string | number>>): void {
	const { size } = content;
	const range = parseRange(wantedRange(exchange, tag), size);
	if (range === "unsatisfiable")
		throw new Refusal<HTTPCode>("range_not_satisfiable", `the file has ${size} bytes, the range begins behind them`, { field: "Range", size });
	const all = { ...headers, "Accept-Ranges": "bytes", "ETag": tag };
	if (range)
		exchange.respond(206, new PartContent(content, range.offset, range.size), { ...all, "Content-Range": `bytes ${range.offset}-${range.offset + range.size - 1}/${size}` });
	else
		exchange.respond(200, content, all);
}

/** The Range header, where it counts: for GET only (RFC 9110 section 14.2), and not to go on with other bytes than before. */
function wantedRange(exchange: Exchange, tag: string): string | undefined {
	return exchange.method === "GET" && sameRange(exchange, tag) ? exchange.header("range") : undefined;
}

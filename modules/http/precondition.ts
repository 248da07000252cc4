/**
 * Preconditions (RFC 9110 section 13) of a request for something that has an entity tag. There are no dates, so that If-Modified-Since
 * and If-Unmodified-Since are ignored, as 13.1.3 and 13.1.4 have it.
 */
import { Refusal } from "base/refusal";
import type { Exchange } from "./exchange";
import type { HTTPCode } from "./codes";

const oneTag = /^(W\/)?("[^"]*")$/;

/**
 * Whether `exchange` may go on, `tag` being the strong entity tag of what is there now; undefined: nothing is. False: answer 304.
 * Throws Refusal precondition_failed {field, tag}.
 */
export function preconditionsHold(exchange: Exchange, tag: string | undefined): boolean {
	const match = exchange.header("if-match");
	if (match !== undefined && !includes(match, tag, false))
		throw failed("If-Match", tag);
	const noneMatch = exchange.header("if-none-match");
	if (noneMatch === undefined || !includes(noneMatch, tag, true))
		return true;
	if (exchange.method === "GET" || exchange.method === "HEAD")
		return false;
	throw failed("If-None-Match", tag);
}

/** Whether If-Range, if there is one, allows a part to be answered: that of the same bytes as before (13.1.5, strong comparison). */
export function sameRange(exchange: Exchange, tag: string): boolean {
	const range = exchange.header("if-range");
	return range === undefined || range === tag;
}

/** Whether the list of tags has `tag`. Weak comparison also takes tags that only promise the same meaning (8.8.3.2). */
function includes(list: string, tag: string | undefined, weak: boolean): boolean {
	if (list === "*")
		return tag !== undefined;
	return list.split(",").some(each => {
		const found = oneTag.exec(each.trim());
		return found !== null && found[2] === tag && (weak || found[1] === undefined);
	});
}

function failed(field: string, tag: string | undefined): Refusal {
	const what = tag === undefined ? "there is nothing of that name" : `what is there has the tag ${tag}`;
	return new Refusal<HTTPCode>("precondition_failed", `${field} doesn't hold: ${what}`, { field, tag: tag ?? null });
}

/**
 * Who may change something: with the setting `token`, whoever sends it; without one everybody but the pages of other places, whose
 * browser would do it behind its user's back. Reading is for everybody, as far as the browser lets a page see the answer; what the camera's
 * console says is, with the setting `console_read`, for whoever sends the token.
 *
 * Danger: a page whose own name leads to the pod (DNS rebinding) looks as if it were the pod's. There is no TLS; the token keeps
 * colleagues from accidents, not attackers who listen.
 */
import { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import type { PodCode } from "./errors";

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = Object.freeze(["GET", "HEAD", "OPTIONS"]);

/** The scheme is written in any case, and one or more spaces follow (RFC 9110 section 11.4). A token may have spaces of its own. */
const bearer = /^bearer +(.+)$/i;
const origins = /^(https?):\/\/([^/]+)$/;

/** Whether `exchange` asks for a change. */
function changes(exchange: Exchange): boolean {
	return !SAFE.includes(exchange.method);
}

/**
 * Throws Refusal `unauthorized` when `exchange` would change something without a token, `wrong_token` when with another, or, where there
 * is none (an empty `token`), `foreign_origin` {origin, host} when a page from another place asks for it. Browsers alone send Origin
 * (RFC 6454 section 7), and send a page's plain POST without asking the pod first.
 */
export function checkAccess(exchange: Exchange, token: string): void {
	if (!changes(exchange))
		return;
	if (token !== "") {
		checkToken(exchange, token);
		return;
	}
	const origin = exchange.header("origin");
	const host = exchange.header("host") ?? "";
	if (origin !== undefined && !isSame(exchange) && !isOwn(origin.toLowerCase(), host.toLowerCase()))
		throw new Refusal<PodCode>("foreign_origin", `this page is from ${origin}, the pod is ${host}: a page from elsewhere needs the pod to have a token, a proxy has to pass on the browser's Host`, { origin, host });
}

/** Throws Refusal `unauthorized` or `wrong_token` when `exchange` may not read the console: `who` is the setting `console_read`. */
export function checkConsoleReader(exchange: Exchange, who: "open" | "token", token: string): void {
	if (who === "token" && token !== "")
		checkToken(exchange, token);
}

function checkToken(exchange: Exchange, token: string): void {
	const credentials = bearer.exec(exchange.header("authorization") ?? "");
	if (!credentials)
		throw new Refusal<PodCode>("unauthorized", "this pod has a token: send it as Authorization: Bearer TOKEN");
	if (!same(credentials[1]!, token))
		throw new Refusal<PodCode>("wrong_token", "that is not this pod's token: it was changed, or is another pod's");
}

/**
 * Whether the browser says that the page and what it asks for are of one place (Fetch Metadata, Sec-Fetch-Site): it knows, whatever Host a
 * proxy put in the place of its own. No page can set this header, and it is sent over TLS and to localhost only.
 */
function isSame(exchange: Exchange): boolean {
	return exchange.header("sec-fetch-site") === "same-origin";
}

/**
 * Whether a page from `origin` is the pod's own at `host`. The scheme doesn't count: a proxy may speak TLS in front of the pod. Without a
 * port it is the scheme's.
 */
function isOwn(origin: string, host: string): boolean {
	const [, scheme, place] = origins.exec(origin) ?? [];
	const port = scheme === "https" ? ":443" : ":80";
	return place !== undefined && withPort(place, port) === withPort(host, port);
}

/** An IPv6 address has colons of its own, and brackets around them. */
function withPort(place: string, port: string): string {
	return /:[0-9]*$/.test(place) ? place : place + port;
}

/** Takes the same time wherever the first difference is. */
function same(one: string, other: string): boolean {
	let difference = one.length ^ other.length;
	for (let index = 0; index < one.length; index++)
		difference |= one.charCodeAt(index) ^ other.charCodeAt(index % other.length);
	return difference === 0;
}

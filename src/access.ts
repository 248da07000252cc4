/**
 * Who may change something: with the setting `token`, whoever sends it; without one everybody but the pages of other places, whose
 * browser would do it behind its user's back. Reading is for everybody, as far as the browser lets a page see the answer.
 *
 * Danger: a page whose own name leads to the pod (DNS rebinding) looks as if it were the pod's. There is no TLS; the token keeps
 * colleagues from accidents, not attackers who listen.
 */
import { Fault } from "base/fault";
import type { Exchange } from "http/exchange";

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = Object.freeze(["GET", "HEAD", "OPTIONS"]);

/** Whether `exchange` asks for a change. */
export function changes(exchange: Exchange): boolean {
	return !SAFE.includes(exchange.method);
}

/**
 * Throws Fault `unauthorized` when `exchange` would change something without the token, or, where there is none (an empty `token`),
 * `foreign_origin` {origin, host} when a page from another place asks for it. Browsers alone send Origin (RFC 6454 section 7), and send a
 * page's plain POST without asking the pod first.
 */
export function checkAccess(exchange: Exchange, token: string): void {
	if (!changes(exchange))
		return;
	if (token !== "") {
		if (exchange.header("authorization") !== `Bearer ${token}`)
			throw new Fault("unauthorized", "this pod has a token: send it as Authorization: Bearer TOKEN");
		return;
	}
	const origin = exchange.header("origin");
	const host = exchange.header("host") ?? "";
	if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
		throw new Fault("foreign_origin", `this page is from ${origin}, the pod is http://${host}; a page from elsewhere needs the pod to have a token`, { origin, host });
}

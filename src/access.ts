/**
 * Who may change something: with the setting `token`, whoever sends it. Reading is for everybody.
 *
 * Danger: there is no TLS; the token keeps colleagues from accidents, not attackers who listen.
 */
import { Fault } from "base/fault";
import type { Exchange } from "http/exchange";

/** Throws Fault `unauthorized` when `exchange` would change something without the token. An empty `token`: everybody may. */
export function checkToken(exchange: Exchange, token: string): void {
	if (token === "" || exchange.method === "GET" || exchange.method === "HEAD")
		return;
	if (exchange.header("authorization") !== `Bearer ${token}`)
		throw new Fault("unauthorized", "this pod has a token: send it as Authorization: Bearer TOKEN");
}

/**
 * From a request line to the route that answers it. One table for serving, for `GET /` and for the README's check.
 */
import { Fault } from "base/fault";
import type { Exchange } from "http/exchange";
import type { Action } from "./occupancy";
import type { Pod } from "./pod";

export interface Route {
	readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** What it begins, for the table of who may act when. Only what changes nothing leaves it out. */
	readonly action?: Action;
	/** "/tftp/<name>": a last part in <> takes the rest of the path, percent-decoded. */
	readonly path: string;
	/** One line for people. */
	readonly does: string;
	/** Arguments of a curl line that works as written, `POD` standing for the pod's URL. */
	readonly curl: string;
	/** `name`: what stood in the place of <name>, else "". Throws Fault for what can't be done. */
	readonly handle: (exchange: Exchange, pod: Pod, name: string) => void;
}

/**
 * Calls the route of `exchange` when its action may begin now. HEAD is answered by GET's route (the server leaves the body away).
 * Throws Fault `not_found`, `method_not_allowed` {allow}, or what keeps the action from beginning.
 */
export function dispatch(routes: readonly Route[], exchange: Exchange, pod: Pod): void {
	const method = exchange.method === "HEAD" ? "GET" : exchange.method;
	let allow = "";
	for (const route of routes) {
		const name = match(route.path, exchange.path);
		if (name === undefined)
			continue;
		if (route.method === method) {
			pod.occupancy.check(route.action ?? "read");
			route.handle(exchange, pod, decoded(name));
			return;
		}
		allow += (allow ? ", " : "") + (route.method === "GET" ? "GET, HEAD" : route.method);
	}
	if (allow)
		throw new Fault("method_not_allowed", `${exchange.path} takes ${allow}, not ${exchange.method}`, { allow });
	throw new Fault("not_found", `there is no ${exchange.path} here; GET / lists what there is`);
}

function match(pattern: string, path: string): string | undefined {
	const open = pattern.indexOf("<");
	if (open < 0)
		return path === pattern ? "" : undefined;
	return path.length > open && path.startsWith(pattern.slice(0, open)) ? path.slice(open) : undefined;
}

function decoded(name: string): string {
	try {
		return decodeURIComponent(name);
	}
	catch {
		throw new Fault("bad_name", "the name in the path is not valid percent-encoded UTF-8", { field: "name", value: name });
	}
}

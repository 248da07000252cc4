/**
 * From a request line to the route that answers it. One table for serving, for `GET /` and for docs/http.md.
 */
import { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import { decode } from "http/head";
import type { StoreCode } from "store/codes";
import { checkAccess, checkConsoleReader } from "./access";
import { checkNothing } from "./json";
import type { Occupancy } from "./occupancy";
import type { PodCode } from "./errors";
import type { PodSettings } from "./settings";
import { isFor, type Sided, type Sides } from "./sides";

/** What a route says of itself, beside whom it is for and what it begins. */
interface Resource extends Sided {
	readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** "/tftp/<name>": a last part in <> takes the rest of the path, percent-decoded. */
	readonly path: string;
	/** The query parameters it takes, each once; any other is refused. */
	readonly query?: readonly string[];
	/** It takes a body, and looks at it itself. For every other route the router sees to it that there is none. */
	readonly body?: true;
	/** It tells what the camera's console said: the setting `console_read` says to whom. */
	readonly console?: true;
	/** One line for people. */
	readonly does: string;
	/** Arguments of a curl line that works as written, `POD` standing for the pod's URL. */
	readonly curl: string;
}

/** A route that does its work with a P: the pod (pod.ts). */
export interface RouteOf<P> extends Resource {
	/** `name`: what stood in the place of <name>, else "". Throws Refusal for what can't be done. */
	readonly handle: (exchange: Exchange, pod: P, name: string) => void;
}

/** What is asked before a route is called. */
export interface Guards {
	readonly sides: Pick<Sides, "audienceAt">;
	readonly occupancy: Pick<Occupancy, "check">;
	readonly settings: Pick<PodSettings, "get">;
}

/** Bytes of a body that may turn out to be `{}` where none is taken. */
const EMPTY_BODY = 512;

/** Characters of a path in a message. */
const QUOTED = 64;

const NONE: readonly string[] = Object.freeze([]);

/**
 * Calls the route of `exchange` when it is for who asks, its action may begin now and the route takes all that is asked for: what would be
 * ignored is refused instead. HEAD is answered by GET's route (the server leaves the body away). Throws Refusal `not_found`,
 * `method_not_allowed` {allow}, `unauthorized`, `wrong_token`, `foreign_origin`, `unknown_parameter`, `unsupported_body`, `partial_body`,
 * `unexpected_body`, or what keeps the action from beginning.
 */
export function dispatch<P extends Guards>(routes: readonly RouteOf<P>[], exchange: Exchange, pod: P): void {
	const { path } = exchange;
	const audience = pod.sides.audienceAt(exchange.localAddress);
	if (audience !== "camera")
		checkAccess(exchange, pod.settings.get("token"));
	const method = exchange.method === "HEAD" ? "GET" : exchange.method;
	let allow = "";
	for (const route of routes) {
		const name = match(route.path, path);
		if (name === undefined || !isFor(route, audience))
			continue;
		if (route.method === method) {
			if (route.console)
				checkConsoleReader(exchange, pod.settings.get("console_read"), pod.settings.get("token"));
			pod.occupancy.check(route.action ?? "read");
			checkQuery(exchange, route);
			checkBody(exchange, route);
			begin(exchange, pod, route, decoded(name));
			return;
		}
		allow += (allow ? ", " : "") + (route.method === "GET" ? "GET, HEAD" : route.method);
	}
	const named = routes.find(route => route.method === method && isFor(route, audience) && route.path.startsWith(`${path}${path.endsWith("/") ? "" : "/"}<`));
	const hint = named ? `; a name is missing: ${method} ${named.path}, as in curl ${named.curl.replace("POD", addressed(exchange))}` : "";
	const shown = path.slice(0, QUOTED);
	if (allow)
		throw new Refusal<PodCode>("method_not_allowed", `${shown} takes ${allow}, not ${exchange.method.slice(0, 16)}${hint}`, { allow });
	if (named)
		throw new Refusal<StoreCode>("bad_name", `${path} alone is no file${hint}`, { field: "name", value: "" });
	throw new Refusal<PodCode>("not_found", `there is no ${shown} here; GET / lists what there is`);
}

function begin<P extends Guards>(exchange: Exchange, pod: P, route: RouteOf<P>, name: string): void {
	if (route.body || exchange.length === 0)
		route.handle(exchange, pod, name);
	else if (exchange.length !== undefined && exchange.length > EMPTY_BODY)
		throw new Refusal<PodCode>("unexpected_body", "this takes no body", { size: exchange.length });
	else
		exchange.collect(EMPTY_BODY, body => {
			checkNothing(body);
			pod.occupancy.check(route.action ?? "read");
			route.handle(exchange, pod, name);
		});
}

function checkQuery(exchange: Exchange, { query = NONE }: Resource): void {
	const strange = exchange.strangeQuery(query);
	if (strange === undefined)
		return;
	const field = strange.slice(0, 64);
	const takes = query.length === 0 ? "this takes no query" : `this takes ${query.map(name => `?${name}=`).join(", ")}${query.includes(strange) ? " once" : ""}`;
	throw new Refusal<PodCode>("unknown_parameter", `the query has "${field}"; ${takes}`, { field, takes: [...query] });
}

/**
 * A body that is not just the bytes would be stored wrong: a form, compressed bytes, a part of a file. Danger: other media types say
 * nothing, since curl's and urllib's bodies are forms by name (application/x-www-form-urlencoded) whatever they hold.
 */
function checkBody(exchange: Exchange, route: Resource): void {
	if (exchange.header("content-type")?.toLowerCase().startsWith("multipart/"))
		throw new Refusal<PodCode>("unsupported_body", `a form is not taken: send the bytes as they are, as in curl ${route.curl.replace("POD", addressed(exchange))}`, { field: "Content-Type" });
	const coding = exchange.header("content-encoding") ?? "";
	if (coding !== "" && coding.toLowerCase() !== "identity")
		throw new Refusal<PodCode>("unsupported_body", `a body in the coding ${coding.slice(0, 64)} is not taken: send the bytes as they are`, { field: "Content-Encoding" });
	// RFC 9110 section 14.5
	if (exchange.header("content-range") !== undefined)
		throw new Refusal<PodCode>("partial_body", "a part of a body is not taken: send all of it, without curl's -C", { field: "Content-Range" });
}

/** How the client of `exchange` calls the pod: the host it asked for, no longer than a name and a port can be. */
export function addressed(exchange: Exchange): string {
	const host = exchange.header("host") ?? "";
	return host === "" || host.length > 260 ? "POD" : `http://${host}`;
}

function match(pattern: string, path: string): string | undefined {
	const open = pattern.indexOf("<");
	if (open < 0)
		return path === pattern ? "" : undefined;
	return path.length > open && path.startsWith(pattern.slice(0, open)) ? path.slice(open) : undefined;
}

function decoded(name: string): string {
	try {
		return decode(name);
	}
	catch {
		throw new Refusal<StoreCode>("bad_name", "the name in the path is not valid percent-encoded UTF-8", { field: "name", value: name });
	}
}

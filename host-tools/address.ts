/**
 * Where a pod is: what people write behind --pod, as a URL.
 */
import { Failure } from "./failure.ts";

export const HTTP_PORT = 8080;
/** Where the console is on a pod that was not told otherwise. */
export const BRIDGE_PORT = 9000;

export interface PodAddress {
	/** Origin of the HTTP interface. */
	readonly url: URL;
}

/** Reads `HOST`, `HOST:PORT`, `[IPv6]:PORT` or `http://HOST[:PORT]`; without a port it is 8080. Throws Failure `usage`. */
export function podAddress(text: string): PodAddress {
	const wrong = (): Failure => new Failure("usage", `"${text}" is not a pod's address`, "write HOST, HOST:PORT or http://HOST:PORT");
	const explicit = /^http:\/\//i.test(text);
	if (!explicit && /[/@?#\s]|:\/\//.test(text))
		throw wrong();
	let url: URL;
	try {
		url = new URL(explicit ? text : `http://${text}`);
	}
	catch {
		throw wrong();
	}
	if (!url.hostname || url.pathname !== "/" || url.search || url.hash || url.username)
		throw wrong();
	// URL drops ":80" because it is http's own, so whether a port was written has to be seen in the text.
	const port = /:(\d+)\/?$/.exec(text.replace(/^http:\/\//i, ""))?.[1];
	url.port = port ?? String(HTTP_PORT);
	return { url };
}

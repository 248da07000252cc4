/**
 * Where a pod is: what people write behind --pod, as a URL.
 */
import { Failure } from "../base/failure.ts";
import { HTTP_PORT } from "../../modules/protocol/ports.ts";

export interface PodAddress {
	/** Origin of the HTTP interface. */
	readonly url: URL;
}

/** Its host as TCP takes it: without the brackets in which a URL has an IPv6 address. */
export function hostOf({ hostname }: URL): string {
	return hostname.replace(/^\[|\]$/g, "");
}

/** Host, an IPv6 address in brackets or any name; port; nothing behind but slashes. */
const ADDRESS = /^(?:http:\/\/)?(\[[\da-f:.]+\]|[^/@?#\s:[\]]+)(?::(\d+))?\/*$/i;

/**
 * Reads `HOST`, `HOST:PORT` or `[IPv6]:PORT`, perhaps with `http://` before and `/` behind it; without a port it is 8080. Throws Failure
 * `usage`.
 */
export function podAddress(text: string): PodAddress {
	const [, host, port = String(HTTP_PORT)] = ADDRESS.exec(text.trim()) ?? [];
	const url = `http://${host}:${port}`;
	if (host !== undefined && Number(port) > 0 && URL.canParse(url))
		return { url: new URL(url) };
	throw new Failure("usage", `"${text}" is not a pod's address`, adviceFor(text.trim()));
}

function adviceFor(text: string): string {
	if (/^https:/i.test(text))
		return "a pod speaks no TLS: write http://HOST:PORT, of a proxy in between if there is one";
	if (/^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*$/i.test(text))
		return `an IPv6 address stands in brackets: [${text}]:PORT`;
	return "write HOST, HOST:PORT, [IPv6]:PORT or http://HOST:PORT, the port from 1 to 65535 and nothing behind it";
}

/**
 * Files that don't change while the firmware runs, sent from where they lie: whole or in part, compressed for clients that take that, and
 * not at all to those that have them. Their tags come with them (simulator/static-files.ts makes both): nothing is read to know whether it
 * changed.
 */
import type { Content } from "store/content";
import { answerContent, answerUnchanged } from "./content-answer";
import type { Exchange } from "./exchange";

export interface StaticFile {
	/** What `open` knows it by; what gzip made of it has ".gz" behind that. */
	readonly name: string;
	/** Media type. */
	readonly type: string;
	/** Strong entity tag, with its quotes. */
	readonly tag: string;
	/** That of the compressed bytes, which are others; absent where there are none. */
	readonly gzipTag?: string;
}

/** Answers with `file`, whose bytes `open` finds and keeps. Throws Refusal precondition_failed, range_not_satisfiable. */
export function answerStatic(exchange: Exchange, file: StaticFile, open: (name: string) => Content): void {
	const { name, type, tag, gzipTag } = file;
	const gzip = gzipTag !== undefined && acceptsGzip(exchange.header("accept-encoding"));
	const headers: Record<string, string> = { "Content-Type": type, "Cache-Control": "no-cache" };
	// a proxy must not give one client's bytes to another, the 304 included (RFC 9110 section 15.4.5)
	if (gzipTag !== undefined)
		headers.Vary = "Accept-Encoding";
	if (gzip)
		headers["Content-Encoding"] = "gzip";
	const own = gzip ? gzipTag : tag;
	if (!answerUnchanged(exchange, own, headers))
		answerContent(exchange, open(gzip ? `${name}.gz` : name), own, headers);
}

/**
 * Whether Accept-Encoding (RFC 9110 section 12.5.3) allows gzip. Without it plain bytes are sent: it may be a program that knows no
 * other.
 */
export function acceptsGzip(header: string | undefined): boolean {
	let others = false;
	for (const each of (header ?? "").toLowerCase().split(",")) {
		const [coding, ...parameters] = each.split(";").map(part => part.trim());
		const accepted = !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter));
		if (coding === "gzip" || coding === "x-gzip")
			return accepted;
		if (coding === "*")
			others = accepted;
	}
	return others;
}

/**
 * The head of a response as text, and what a handler gave to be sent. No IO.
 */
import type { Content } from "store/content";
import { LiveBody } from "./live-body";
import { Pieces } from "./pieces";

export type Headers = Readonly<Record<string, string | number>>;

/** What a response's body may be: text is sent as UTF-8, undefined is no body. */
export type Body = string | Uint8Array | Content | Pieces | LiveBody | undefined;

export class Response {
	readonly status: number;
	readonly headers: Headers;
	readonly body: Uint8Array | Content | Pieces | LiveBody | undefined;

	/** Throws when a header could not be sent as one line: that would be two headers. */
	constructor(status: number, body: Body, headers: Headers) {
		for (const name in headers) {
			const line = name + headers[name];
			if (line.includes("\n") || line.includes("\r"))
				throw new Error("line break in header " + name);
		}
		this.status = status;
		this.headers = headers;
		this.body = typeof body === "string" ? new Uint8Array(ArrayBuffer.fromString(body)) : body;
	}

	/** Whether the status allows a body at all. */
	get bodiless(): boolean {
		return this.status === 204 || this.status === 304;
	}

	/** Bytes of the body; undefined when nobody knows before it was sent. */
	get size(): number | undefined {
		const { body } = this;
		if (body === undefined)
			return 0;
		if (body instanceof Pieces || body instanceof LiveBody)
			return undefined;
		return body instanceof Uint8Array ? body.length : body.size;
	}

	/** Status line and headers with the final empty line. `close`: the connection ends after this. */
	head(version: string, close: boolean): string {
		const { size } = this;
		let text = "HTTP/1.1 " + this.status + " " + reason(this.status) + "\r\n";
		for (const name in this.headers)
			text += name + ": " + this.headers[name] + "\r\n";
		if (!this.bodiless && size !== undefined)
			text += "content-length: " + size + "\r\n";
		else if (!this.bodiless && version === "1.1")
			text += "transfer-encoding: chunked\r\n";
		if (close)
			text += "connection: close\r\n";
		else if (version === "1.0")
			text += "connection: keep-alive\r\n";
		return text + "\r\n";
	}
}

const reasons: Readonly<Record<number, string>> = Object.freeze({
	200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
	301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
	408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
	414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
	422: "Unprocessable Content", 423: "Locked", 428: "Precondition Required", 429: "Too Many Requests",
	431: "Request Header Fields Too Large",
	500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
	505: "HTTP Version Not Supported", 507: "Insufficient Storage"
});

/** The words for a status (RFC 9110 15); nobody relies on them. */
function reason(status: number): string {
	return reasons[status] ?? "Status";
}

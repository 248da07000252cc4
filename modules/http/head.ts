/**
 * The head of a request, parsed strictly (RFC 9112): whatever two programs could read differently is refused, because that is
 * how requests are smuggled. It stays in the connection's block; what a handler asks for is looked up there, so that a head of 4 KB costs
 * no heap while its body comes. What it is not for: IO (input.ts) and the meaning of a path (the pod).
 */
import { Refusal } from "base/refusal";
import { asciiText } from "./input";
import type { HTTPLimits } from "./limits";
import type { HTTPCode } from "./codes";

// compiled once: a literal inside a function is compiled at each call
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const versionForm = /^HTTP\/[0-9]\.[0-9]$/;
const absoluteForm = /^https?:\/\//i;
const decimal = /^[0-9]+$/;
/** Characters of a method. */
const methodLength = 32;

export class RequestHead {
	/** As sent; "" when the request line could not be read. */
	method = "";
	version: "1.0" | "1.1" = "1.1";
	/** Bytes of the body; 0: none; undefined: chunked. */
	length: number | undefined = 0;
	/** Whether the client wants to use the connection again. */
	keepAlive = false;
	/** Whether the client waits for "100 Continue" before it sends the body. */
	expectContinue = false;
	/** The head lies in bytes[0..size), and does so until the answer was sent. */
	private bytes: Uint8Array | undefined;
	private size = 0;
	/** The head as text, until `forget`. */
	private text: string | undefined;

	/** As sent, without scheme and authority: "/tftp/a%2fb?x=1"; "" when the request line could not be read. */
	get target(): string {
		if (!this.bytes)
			return "";
		const text = this.read();
		const from = text.indexOf(" ") + 1;
		const target = text.slice(from, text.indexOf(" ", from));
		return target[0] !== "/" && absoluteForm.test(target) ? originForm(target) : target;
	}

	/** The target before "?". Not decoded. */
	get path(): string {
		const { target } = this;
		const question = target.indexOf("?");
		return question < 0 ? target : target.slice(0, question);
	}

	/** The value of a header, its name in lower case. Several of one name are joined with ", ". */
	header(name: string): string | undefined {
		if (!this.bytes)
			return undefined;
		const text = this.read();
		const lower = text.toLowerCase();
		const start = "\r\n" + name + ":";
		let value: string | undefined;
		for (let at = lower.indexOf(start); at >= 0; at = lower.indexOf(start, at + start.length)) {
			const end = text.indexOf("\r\n", at + start.length);
			const found = text.slice(at + start.length, end < 0 ? text.length : end).trim();
			value = value === undefined ? found : value + ", " + found;
		}
		return value;
	}

	/** The decoded value of a query parameter, "" when it has none; undefined when it isn't there. Throws Refusal bad_encoding. */
	query(name: string): string | undefined {
		for (const pair of this.pairs()) {
			const equals = pair.indexOf("=");
			if (pair !== "" && nameOf(pair) === name)
				return equals < 0 ? "" : decode(pair.slice(equals + 1).split("+").join(" "));
		}
		return undefined;
	}

	/** The first query parameter that is not one of `names`, or that stands there twice; as sent, not decoded. */
	strangeQuery(names: readonly string[]): string | undefined {
		const pairs = this.pairs();
		for (let index = 0; index < pairs.length; index++) {
			const name = nameOf(pairs[index]!);
			if (pairs[index] !== "" && (!names.includes(name) || pairs.slice(0, index).some(pair => nameOf(pair) === name)))
				return name;
		}
		return undefined;
	}

	/**
	 * Reads the head in bytes[0..size), without its final empty line. Throws Refusal bad_request, target_too_long, headers_too_large,
	 * version_unsupported, coding_unsupported, expectation_failed, body_too_large; what could be read is in the fields then.
	 */
	parse(bytes: Uint8Array, size: number, limits: Readonly<HTTPLimits>): void {
		const text = asciiText(bytes, 0, size);
		if (control.test(text))
			throw new Refusal<HTTPCode>("bad_request", "a head has control characters");
		const lines = text.split("\r\n");
		this.parseRequestLine(lines[0]!, limits);
		if (lines.length - 1 > limits.headers)
			throw new Refusal<HTTPCode>("headers_too_large", "a request has " + limits.headers + " header lines at most", { limit: limits.headers });
		for (let index = 1; index < lines.length; index++) {
			const line = lines[index]!;
			if (!token.test(line.slice(0, Math.max(0, line.indexOf(":")))))
				throw new Refusal<HTTPCode>("bad_request", "a header line is malformed", { line: index });
		}
		this.bytes = bytes;
		this.size = size;
		this.text = text;
		this.interpret();
	}

	/** Drops what can be read again: most is asked for when a request begins. */
	forget(): void {
		this.text = undefined;
	}

	/** The head's place is another's from now on. */
	close(): void {
		this.forget();
		this.bytes = undefined;
	}

	private read(): string {
		return this.text ?? asciiText(this.bytes!, 0, this.size);
	}

	private pairs(): string[] {
		const { target } = this;
		const question = target.indexOf("?");
		return question < 0 ? [] : target.slice(question + 1).split("&");
	}

	private parseRequestLine(line: string, limits: Readonly<HTTPLimits>): void {
		const parts = line.split(" ");
		if (parts.length !== 3 || parts[0]!.length > methodLength || !token.test(parts[0]!) || parts[1] === "")
			throw new Refusal<HTTPCode>("bad_request", "the request line is not METHOD TARGET VERSION");
		const target = parts[1]!;
		const version = parts[2]!;
		this.method = parts[0]!;
		if (!versionForm.test(version))
			throw new Refusal<HTTPCode>("bad_request", "the request line is not METHOD TARGET VERSION");
		if (version[5] !== "1")
			throw new Refusal<HTTPCode>("version_unsupported", "only HTTP/1.1 and HTTP/1.0 are spoken here", { version: version.slice(5) });
		this.version = version === "HTTP/1.0" ? "1.0" : "1.1";
		if (target.length > limits.targetLength)
			throw new Refusal<HTTPCode>("target_too_long", "a target has " + limits.targetLength + " characters at most", { limit: limits.targetLength });
		if (target[0] !== "/" && target !== "*" && !absoluteForm.test(target))
			throw new Refusal<HTTPCode>("bad_request", "a target begins with /");
	}

	private interpret(): void {
		const host = this.header("host");
		if (host === undefined ? this.version === "1.1" : host.includes(", "))
			throw new Refusal<HTTPCode>("bad_request", "a request has exactly one Host header", { field: "host" });
		const connection = "," + (this.header("connection") ?? "").toLowerCase().split(" ").join("") + ",";
		this.keepAlive = !connection.includes(",close,") && (this.version === "1.1" || connection.includes(",keep-alive,"));
		this.interpretLength();
		const expect = this.header("expect");
		if (expect !== undefined && this.version === "1.1") {
			if (expect.toLowerCase() !== "100-continue")
				throw new Refusal<HTTPCode>("expectation_failed", "only 100-continue can be expected", { field: "expect" });
			this.expectContinue = this.length !== 0;
		}
	}

	/** RFC 9112 6.1, 6.3: everything ambiguous about where the body ends is an error. */
	private interpretLength(): void {
		const coding = this.header("transfer-encoding");
		const length = this.header("content-length");
		if (coding !== undefined) {
			if (length !== undefined || this.version === "1.0")
				throw new Refusal<HTTPCode>("bad_request", "a Transfer-Encoding stands alone, and in HTTP/1.1", { field: "transfer-encoding" });
			if (coding.toLowerCase() !== "chunked")
				throw new Refusal<HTTPCode>("coding_unsupported", "the only transfer coding here is chunked", { field: "transfer-encoding" });
			this.length = undefined;
		}
		else if (length !== undefined) {
			if (!decimal.test(length))
				throw new Refusal<HTTPCode>("bad_request", "a Content-Length is one decimal number", { field: "content-length" });
			this.length = Number(length);
			if (!Number.isSafeInteger(this.length)) {
				this.length = 0;
				throw new Refusal<HTTPCode>("body_too_large", "no body can be that long", { field: "content-length" });
			}
		}
	}
}

/** The name in one pair of a query. */
function nameOf(pair: string): string {
	const equals = pair.indexOf("=");
	return equals < 0 ? pair : pair.slice(0, equals);
}

/** What the engine takes as UTF-8 and isn't (RFC 3629 section 3): a character in more bytes than it needs, halves of surrogate pairs. */
const misspelt = /%(c[01]|e0%[89]|f0%8|ed%[ab])/i;

/**
 * `text` with its %XX replaced, which must be UTF-8. Throws Refusal bad_encoding. For the parts of a path and for query values;
 * the result can hold any character, "/" and NUL too.
 */
export function decode(text: string): string {
	try {
		if (!misspelt.test(text))
			return decodeURIComponent(text);
	}
	catch {
		// said below
	}
	throw new Refusal<HTTPCode>("bad_encoding", "a % is not followed by two hex digits, or the bytes are not UTF-8", { text: text.slice(0, 64) });
}

/** What remains of http://host/path?query without the host. */
function originForm(target: string): string {
	const authority = target.indexOf("//") + 2;
	const slash = target.indexOf("/", authority);
	const question = target.indexOf("?", authority);
	if (question >= 0 && (slash < 0 || question < slash))
		return "/" + target.slice(question);
	return slash < 0 ? "/" : target.slice(slash);
}

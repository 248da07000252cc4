/** Files that don't change, as clients of every kind ask for them. */
import { strict as assert } from "node:assert";
import { BytesContent } from "store/content";
import { acceptsGzip, answerStatic, type StaticFile } from "http/static-file";
import { answer, answers, bytesOf, lab, request, type Answer, type Lab } from "./support.ts";

const PLAIN = "plain text ".repeat(100);
const FILES: Record<string, string> = { "page.html": PLAIN, "page.html.gz": "compressed", "logo.png": "png" };
const PAGE: StaticFile = { name: "page.html", type: "text/html", tag: "\"1\"", gzipTag: "\"1z\"" };
const LOGO: StaticFile = { name: "logo.png", type: "image/png", tag: "\"2\"" };

describe("static files", () => {
	let world: Lab;
	let opened: string[];

	beforeEach(() => {
		world = lab();
		opened = [];
		world.handler = exchange => answerStatic(exchange, exchange.path === "/logo" ? LOGO : PAGE, name => {
			opened.push(name);
			return new BytesContent(bytesOf(FILES[name]!));
		});
	});

	const get = (path = "/", ...headers: string[]): Answer => answer(world.ask(request([`GET ${path} HTTP/1.1`, ...headers].join("\r\n"))));

	it("when gzip is taken then the compressed bytes come with a tag of their own, when not then the plain ones", () => {
		for (const headers of [[], ["Accept-Encoding: identity"], ["Accept-Encoding: gzip;q=0, *"], ["Accept-Encoding: br"]]) {
			const { status, headers: got, body } = get("/", ...headers);
			assert.deepEqual([status, body, got["Content-Encoding"], got.ETag, got.Vary, got["Content-Type"]], [200, PLAIN, undefined, "\"1\"", "Accept-Encoding", "text/html"], headers[0]);
		}
		const { headers: got, body } = get("/", "Accept-Encoding: gzip, deflate, br");
		assert.deepEqual([body, got["Content-Encoding"], got.ETag, got.Vary, got["content-length"]], ["compressed", "gzip", "\"1z\"", "Accept-Encoding", "10"]);
	});

	it("when there are no compressed bytes then the plain ones come, whatever is taken", () => {
		const { headers: got, body } = get("/logo", "Accept-Encoding: gzip");
		assert.deepEqual([body, got["Content-Encoding"], got.ETag, got.Vary], ["png", undefined, "\"2\"", undefined]);
	});

	it("when the client has it already then 304 comes, for the coding it takes only, and nothing is opened", () => {
		for (const [have, takes, status] of [["\"1\"", "identity", 304], ["\"1z\"", "gzip", 304], ["\"1\"", "gzip", 200], ["\"1z\"", "identity", 200], ["W/\"1z\"", "gzip", 304], ["*", "gzip", 304], ["\"0\", \"1\"", "identity", 304]] as const) {
			opened = [];
			const got = get("/", `If-None-Match: ${have}`, `Accept-Encoding: ${takes}`);
			assert.deepEqual([got.status, got.headers.Vary, got.headers.ETag, opened.length], [status, "Accept-Encoding", takes === "gzip" ? "\"1z\"" : "\"1\"", status === 304 ? 0 : 1], `${have} ${takes}`);
			assert.equal(got.body === "", status === 304);
		}
	});

	it("when a part is asked for then it is one of the bytes that would have come, unless these are others than before", () => {
		for (const [headers, status, body, range] of [
			[["Range: bytes=6-9"], 206, "text", "bytes 6-9/1100"],
			[["Range: bytes=0-3", "Accept-Encoding: gzip"], 206, "comp", "bytes 0-3/10"],
			[["Range: bytes=0-3", "Accept-Encoding: gzip", "If-Range: \"1z\""], 206, "comp", "bytes 0-3/10"],
			[["Range: bytes=0-3", "Accept-Encoding: gzip", "If-Range: \"1\""], 200, "compressed", undefined],
			[["Range: bytes=2000-"], 400, "range_not_satisfiable", undefined]
		] as const) {
			const got = get("/", ...headers);
			assert.deepEqual([got.status, got.body, got.headers["Content-Range"]], [status, body, range], headers.join());
		}
	});

	it("when HEAD asks then the same head comes", () => {
		const [head] = answers(world.ask(request("HEAD / HTTP/1.1\r\nAccept-Encoding: gzip\r\nRange: bytes=0-3")), [0]);
		assert.deepEqual([head!.status, head!.headers["content-length"], head!.headers.ETag, head!.headers["Content-Encoding"]], [200, "10", "\"1z\"", "gzip"]);
	});

	it("when what is taken is said in other ways then it is understood as RFC 9110 has it", () => {
		for (const header of ["gzip", "GZIP", "x-gzip", "*", "deflate, gzip;q=0.5", "gzip ; q=1", " gzip", "identity;q=0, *;q=0.1", "br,gzip;q=0.001"])
			assert.equal(acceptsGzip(header), true, header);
		for (const header of [undefined, "", "identity", "br", "gzip;q=0", "gzip;q=0.0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0", "gzipped", "bgzip"])
			assert.equal(acceptsGzip(header), false, header);
	});
});

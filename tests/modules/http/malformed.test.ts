import { strict as assert } from "node:assert";
import { answer, answers, lab, request } from "./support.ts";

const host = "\r\nHost: pod";

/** Requests that are refused: title, request, status, code. */
const refused: [string, string, number, string][] = [
	["no words at all", "\r\n\r\n\r\n\r\n", 400, "bad_request"],
	["one word", "GET" + host + "\r\n\r\n", 400, "bad_request"],
	["no version", "GET /" + host + "\r\n\r\n", 400, "bad_request"],
	["four words", "GET / x HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["two spaces", "GET  / HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a tab between words", "GET\t/ HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a space in front", " GET / HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a method that is no token", "G@T / HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a method of 33 letters", "G".repeat(33) + " / HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a target without a slash", "GET tftp HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["an authority for a target", "CONNECT pod:80 HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["another protocol", "GET / HTTPS/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a lower-case protocol", "GET / http/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a version without a dot", "GET / HTTP/11" + host + "\r\n\r\n", 400, "bad_request"],
	["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version_unsupported"],
	["HTTP/0.9", "GET / HTTP/0.9\r\n\r\n", 505, "version_unsupported"],
	["LF alone at the end of a line", "GET / HTTP/1.1\nHost: pod\r\n\r\n", 400, "bad_request"],
	["LF alone after the head", "GET / HTTP/1.1" + host + "\r\n\n", 400, "bad_request"],
	["LF alone between headers", "GET / HTTP/1.1" + host + "\r\nX: a\nY: b\r\n\r\n", 400, "bad_request"],
	["CR alone inside a line", "GET / HTTP/1.1" + host + "\r\nX: a\rb\r\n\r\n", 400, "bad_request"],
	["NUL in the target", "GET /tftp/a\0b HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["NUL in a header", "GET / HTTP/1.1" + host + "\r\nX: a\0b\r\n\r\n", 400, "bad_request"],
	["a control character", "GET / HTTP/1.1" + host + "\r\nX: a\x07b\r\n\r\n", 400, "bad_request"],
	["DEL", "GET /\x7f HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["UTF-8 in the target", "GET /\u00e4 HTTP/1.1" + host + "\r\n\r\n", 400, "bad_request"],
	["a header without a colon", "GET / HTTP/1.1" + host + "\r\nX\r\n\r\n", 400, "bad_request"],
	["a header without a name", "GET / HTTP/1.1" + host + "\r\n: x\r\n\r\n", 400, "bad_request"],
	["a space before the colon", "GET / HTTP/1.1" + host + "\r\nContent-Length : 5\r\n\r\nhello", 400, "bad_request"],
	["a folded header", "GET / HTTP/1.1" + host + "\r\nX: a\r\n b\r\n\r\n", 400, "bad_request"],
	["a header name with a space", "GET / HTTP/1.1" + host + "\r\nX Y: a\r\n\r\n", 400, "bad_request"],
	["no Host", "GET / HTTP/1.1\r\n\r\n", 400, "bad_request"],
	["two Hosts", "GET / HTTP/1.1" + host + host + "\r\n\r\n", 400, "bad_request"],
	["a length that is text", "POST / HTTP/1.1" + host + "\r\nContent-Length: ten\r\n\r\n", 400, "bad_request"],
	["an empty length", "POST / HTTP/1.1" + host + "\r\nContent-Length:\r\n\r\n", 400, "bad_request"],
	["a negative length", "POST / HTTP/1.1" + host + "\r\nContent-Length: -1\r\n\r\n", 400, "bad_request"],
	["a length with a sign", "POST / HTTP/1.1" + host + "\r\nContent-Length: +5\r\n\r\nhello", 400, "bad_request"],
	["a hexadecimal length", "POST / HTTP/1.1" + host + "\r\nContent-Length: 0x5\r\n\r\nhello", 400, "bad_request"],
	["a broken length", "POST / HTTP/1.1" + host + "\r\nContent-Length: 1.5\r\n\r\nhello", 400, "bad_request"],
	["two lengths", "POST / HTTP/1.1" + host + "\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400, "bad_request"],
	["the same length twice", "POST / HTTP/1.1" + host + "\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, "bad_request"],
	["a list of lengths", "POST / HTTP/1.1" + host + "\r\nContent-Length: 5, 5\r\n\r\nhello", 400, "bad_request"],
	["a length beyond all numbers", "POST / HTTP/1.1" + host + "\r\nContent-Length: 99999999999999999999\r\n\r\n", 413, "body_too_large"],
	["length and chunked", "POST / HTTP/1.1" + host + "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request"],
	["chunked and length", "POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, "bad_request"],
	["chunked in HTTP/1.0", "POST / HTTP/1.0" + host + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request"],
	["gzip", "POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "coding_unsupported"],
	["gzip, chunked", "POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "coding_unsupported"],
	["chunked twice", "POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501, "coding_unsupported"],
	["identity", "POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: identity\r\n\r\n", 501, "coding_unsupported"],
	["chunked in disguise", "POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: \x0bchunked\r\n\r\n", 400, "bad_request"],
	["an expectation", "POST / HTTP/1.1" + host + "\r\nExpect: a miracle\r\n\r\n", 417, "expectation_failed"],
	["a target of 1025 characters", "GET /" + "a".repeat(1_024) + " HTTP/1.1" + host + "\r\n\r\n", 414, "target_too_long"],
	["a target larger than the buffer", "GET /" + "a".repeat(5_000) + " HTTP/1.1" + host + "\r\n\r\n", 414, "target_too_long"],
	["a request line without an end", "G".repeat(100_000), 414, "target_too_long"],
	["a header larger than the buffer", "GET / HTTP/1.1" + host + "\r\nCookie: " + "a".repeat(5_000) + "\r\n\r\n", 431, "headers_too_large"],
	["headers larger than the buffer", "GET / HTTP/1.1" + host + ("\r\nX: " + "a".repeat(100)).repeat(41) + "\r\n\r\n", 431, "headers_too_large"],
	["49 headers", "GET / HTTP/1.1" + host + "\r\nX: y".repeat(48) + "\r\n\r\n", 431, "headers_too_large"],
	["headers without an end", "GET / HTTP/1.1" + "\r\nX: y".repeat(20_000), 431, "headers_too_large"]
];

/** Chunked bodies that are refused. */
const badChunks: [string, string][] = [
	["no size", "\r\nabc\r\n0\r\n\r\n"],
	["a size that is text", "xyz\r\nabc\r\n0\r\n\r\n"],
	["a negative size", "-1\r\nabc\r\n0\r\n\r\n"],
	["a size with 0x", "0x3\r\nabc\r\n0\r\n\r\n"],
	["a size with a space", "3 \r\nabc\r\n0\r\n\r\n"],
	["a size of nine digits", "000000003\r\nabc\r\n0\r\n\r\n"],
	["a control character in an extension", "3;\x01\r\nabc\r\n0\r\n\r\n"],
	["LF alone after the size", "3\nabc\r\n0\r\n\r\n"],
	["a chunk that is longer than its size", "2\r\nabc\r\n0\r\n\r\n"],
	["a chunk that is shorter than its size", "4\r\nabc\r\n0\r\n\r\n"],
	["LF alone after the chunk", "3\r\nabc\n0\r\n\r\n"],
	["a size line without an end", "3;" + "x".repeat(1_000)],
	["a long trailer", "0\r\nX: " + "y".repeat(1_000) + "\r\n\r\n"],
	["many trailers", "0\r\n" + "X: yyyy\r\n".repeat(1_000) + "\r\n"],
	["other bytes than ASCII", "3;\u00e4\r\nabc\r\n0\r\n\r\n"]
];

describe("malformed requests", () => {
	for (const [title, text, status, code] of refused) {
		it("when there is " + title + " then it is refused with " + status, () => {
			const { time, connect, server, reports, exchanges } = lab();
			const peer = connect();
			peer.send(text);
			time.advance(0);
			const reply = answer(peer.text);
			assert.deepEqual([reply.status, reply.body, reply.headers.connection], [status, code, "close"]);
			time.advance(5_000);
			assert.ok(peer.closed && !peer.reset);
			assert.equal(exchanges.length, 0);
			assert.equal(server.connections, 0);
			assert.deepEqual(reports, []);
			assert.equal(time.pending, 0);
		});
	}

	it("when the rest of a head that was too large comes after the answer then the answer still arrives", () => {
		for (const start of ["GET /" + "a".repeat(4_091), "GET / HTTP/1.1\r\nX: " + "a".repeat(4_077)]) {
			assert.equal(start.length, 4_096);
			const { time, connect } = lab();
			const peer = connect();
			peer.send(start);
			time.advance(100);
			assert.ok([414, 431].includes(answer(peer.text).status));
			peer.send("a".repeat(2_000));
			time.advance(5_000);
			assert.ok(peer.closed && !peer.reset);
		}
	});

	it("when a malformed request follows a good one then the good one is answered first", () => {
		const { ask } = lab();
		assert.deepEqual(answers(ask(request("GET /good HTTP/1.1") + "rubbish\r\n\r\n")).map(each => each.status), [200, 400]);
	});

	it("when a request follows a malformed one then it is not looked at", () => {
		const { ask, exchanges } = lab();
		assert.equal(answer(ask("rubbish\r\n\r\n" + request("GET /smuggled HTTP/1.1"))).status, 400);
		assert.equal(exchanges.length, 0);
	});

	it("when a refused request was HEAD then the answer has no body", () => {
		assert.equal(lab().ask("HEAD / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\nconnection: close\r\n\r\n");
	});

	it("when TLS knocks then it is refused or runs into the time limit", () => {
		const { time, connect, server } = lab();
		const peer = connect();
		peer.send(new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]));
		time.advance(11_000);
		assert.equal(answer(peer.text).status, 408);
		peer.send(new Uint8Array([0x0a]));
		time.advance(5_000);
		assert.equal(server.connections, 0);
	});

	it("when exactly 48 headers, 1024 characters and 4096 bytes come then they are accepted", () => {
		const { ask } = lab();
		assert.equal(answer(ask("GET / HTTP/1.1" + host + "\r\nX: y".repeat(47) + "\r\n\r\n")).status, 200);
		assert.equal(answer(ask("GET /" + "a".repeat(1_023) + " HTTP/1.1" + host + "\r\n\r\n")).status, 200);
		const head = "GET / HTTP/1.1" + host + "\r\nX: ";
		assert.equal(answer(ask(head + "y".repeat(4_096 - head.length - 4) + "\r\n\r\n")).status, 200);
		assert.equal(answer(ask(head + "y".repeat(4_097 - head.length - 4) + "\r\n\r\n")).status, 431);
	});

	for (const [title, body] of badChunks) {
		it("when a chunked body has " + title + " then it is refused and its sink aborted", () => {
			const { time, connect, sinks, server, reports } = lab();
			const peer = connect();
			peer.send(request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", body));
			time.advance(0);
			const reply = answer(peer.text);
			assert.equal(reply.status, title === "many trailers" ? 431 : 400);
			assert.equal(reply.headers.connection, "close");
			assert.deepEqual(sinks[0]!.log, ["aborted: " + reply.body]);
			time.advance(5_000);
			assert.ok(peer.closed && !peer.reset);
			assert.equal(server.connections, 0);
			assert.deepEqual(reports, []);
		});
	}
});

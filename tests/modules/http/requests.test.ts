import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import { answer, answers, chunked, lab, request, textOf } from "./support.ts";

describe("requests and answers", () => {
	it("when a GET comes then it is answered and the connection stays", () => {
		const { time, connect, log, server } = lab();
		const peer = connect();
		peer.send(request("GET /status?x=1 HTTP/1.1"));
		time.advance(0);
		assert.equal(peer.text, "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\nGET /status?x=1 0:");
		assert.deepEqual(log, ["request GET /status?x=1", "finished true"]);
		assert.equal(peer.closed, false);
		assert.equal(server.connections, 1);
		peer.take();
		peer.send(request("GET / HTTP/1.1"));
		time.advance(0);
		assert.equal(answer(peer.text).body, "GET / 0:");
	});

	it("when the exchange is looked at then it has everything about the request, also when its body has come", () => {
		const world = lab();
		world.handler = exchange => {
			look(exchange);
			exchange.collect(10, () => {
				look(exchange);
				exchange.respond(200, "seen");
			});
		};
		function look(exchange: Exchange): void {
			assert.equal(exchange.method, "PUT");
			assert.equal(exchange.target, "/tftp/a%2fb?upload=1024&x&y=a+b%21");
			assert.equal(exchange.path, "/tftp/a%2fb");
			assert.equal(exchange.query("upload"), "1024");
			assert.equal(exchange.query("x"), "");
			assert.equal(exchange.query("y"), "a b!");
			assert.equal(exchange.query("z"), undefined);
			assert.equal(exchange.strangeQuery(["upload", "x", "y"]), undefined);
			assert.equal(exchange.strangeQuery(["upload", "y"]), "x");
			assert.equal(exchange.header("x-one"), "1");
			assert.equal(exchange.header("x-two"), "a, b");
			assert.equal(exchange.header("x-three"), undefined);
			assert.equal(exchange.header("one"), undefined);
			assert.equal(exchange.length, 3);
			assert.equal(exchange.version, "1.1");
		}
		assert.equal(answer(world.ask(request("PUT /tftp/a%2fb?upload=1024&x&y=a+b%21 HTTP/1.1\r\nX-One: \t 1 \t\r\nx-two: a\r\nX-TWO: b\r\nContent-Length: 3", "abc"))).body, "seen");
		assert.deepEqual(world.reports, []);
		assert.equal(world.exchanges[0]!.target, "");
	});

	it("when HTTP/1.0 comes then the connection closes, unless keep-alive is asked for", () => {
		const { time, connect } = lab();
		const peer = connect();
		peer.send("GET / HTTP/1.0\r\n\r\n");
		time.advance(0);
		assert.equal(answer(peer.text).headers.connection, "close");
		assert.ok(peer.closed && !peer.reset);
		const stays = connect();
		stays.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
		time.advance(0);
		assert.equal(answer(stays.text).headers.connection, "keep-alive");
		assert.equal(stays.closed, false);
	});

	it("when Connection: close comes then the answer says so and the connection closes", () => {
		const { time, connect, server } = lab();
		for (const value of ["close", "Close", "keep-alive, close", "x,CLOSE"]) {
			const peer = connect();
			peer.send(request("GET / HTTP/1.1\r\nConnection: " + value));
			time.advance(0);
			assert.equal(answer(peer.text).headers.connection, "close");
			assert.ok(peer.closed && !peer.reset);
		}
		assert.equal(server.connections, 0);
		assert.equal(time.pending, 0);
	});

	it("when HEAD comes then the length is there and the body isn't", () => {
		const { time, connect } = lab();
		const peer = connect();
		peer.send(request("HEAD / HTTP/1.1") + request("GET / HTTP/1.1"));
		time.advance(0);
		const [head, get] = answers(peer.text, [0]);
		assert.equal(head!.headers["content-length"], "9");
		assert.equal(get!.body, "GET / 0:");
	});

	it("when requests are pipelined then they are answered in order, one after the other", () => {
		const { time, connect, exchanges } = lab();
		const peer = connect();
		peer.send(request("POST /1 HTTP/1.1\r\nContent-Length: 2", "ab") + request("POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked", chunked("c", "de")) + request("GET /3 HTTP/1.1"));
		time.advance(0);
		assert.deepEqual(answers(peer.text).map(each => each.body), ["POST /1 2:ab", "POST /2 3:cde", "GET /3 0:"]);
		assert.equal(exchanges.length, 3);
	});

	it("when an answer comes late then the next request waits for it", () => {
		const world = lab();
		world.handler = exchange => world.time.after(exchange.path === "/slow" ? 25_000 : 0, () => exchange.respond(200, exchange.path));
		const peer = world.connect();
		peer.send(request("POST /slow HTTP/1.1\r\nContent-Length: 0") + request("GET /next HTTP/1.1"));
		world.time.advance(24_999);
		assert.equal(world.exchanges.length, 1);
		assert.equal(peer.text, "");
		world.time.advance(1);
		assert.deepEqual(answers(peer.text).map(each => each.body), ["/slow", "/next"]);
	});

	it("when an absolute target comes then the path is what follows the host", () => {
		const world = lab();
		const seen: (string | undefined)[] = [];
		world.handler = exchange => {
			seen.push(exchange.target, exchange.query("x"));
			exchange.respond(200);
		};
		for (const target of ["http://pod:8080/tftp?x=1", "HTTP://pod", "http://pod?x=/y", "*"])
			world.ask(request("OPTIONS " + target + " HTTP/1.1"));
		assert.deepEqual(seen, ["/tftp?x=1", "1", "/", undefined, "/?x=/y", "/y", "*", undefined]);
	});

	it("when empty lines precede a request then they are skipped", () => {
		const { ask } = lab();
		assert.equal(answer(ask("\r\n\r\n" + request("GET / HTTP/1.1"))).status, 200);
		const { time, connect } = lab();
		const peer = connect();
		for (const piece of ["\r", "\n", request("GET / HTTP/1.1")]) {
			peer.send(piece);
			time.advance(0);
		}
		assert.equal(answer(peer.text).status, 200);
	});

	it("when the version is 1.7 then it is taken as 1.1", () => {
		assert.equal(answer(lab().ask(request("GET / HTTP/1.7"))).status, 200);
	});

	it("when a status has no body then there is none and no length", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(204);
		assert.equal(world.ask(request("DELETE / HTTP/1.1")), "HTTP/1.1 204 No Content\r\n\r\n");
		world.handler = exchange => exchange.respond(299);
		assert.equal(world.ask(request("DELETE / HTTP/1.1")), "HTTP/1.1 299 Status\r\ncontent-length: 0\r\n\r\n");
	});

	it("when text is not ASCII then its length is counted in bytes of UTF-8", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, "\u00e4\u20ac", { "content-type": "text/plain; charset=utf-8", "x-number": 5 });
		assert.equal(world.ask(request("GET / HTTP/1.1")), "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nx-number: 5\r\ncontent-length: 5\r\n\r\n\xc3\xa4\xe2\x82\xac");
	});
});

describe("bodies", () => {
	it("when a chunked body has extensions and trailers then only its bytes arrive", () => {
		const { ask, exchanges } = lab();
		assert.equal(answer(ask(request("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked", "3;a=b\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"))).body, "POST / 13:abc0123456789");
		assert.equal(exchanges[0]!.length, undefined);
	});

	it("when a request has no body then done comes all the same", () => {
		for (const head of ["POST / HTTP/1.1", "POST / HTTP/1.1\r\nContent-Length: 0", "POST / HTTP/1.1\r\nContent-Length: 000"])
			assert.equal(answer(lab().ask(request(head))).body, "POST / 0:");
	});

	it("when the client expects 100 then it gets it only when the handler wants the body", () => {
		const world = lab();
		const peer = world.connect();
		const echo = world.handler;
		world.handler = exchange => void world.time.after(500, () => echo(exchange));
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-Continue"));
		world.time.advance(499);
		assert.equal(peer.text, "");
		world.time.advance(1);
		assert.equal(peer.take(), "HTTP/1.1 100 Continue\r\n\r\n");
		peer.send("abc");
		world.time.advance(0);
		assert.equal(answer(peer.text).body, "POST / 3:abc");
	});

	it("when the body comes without waiting, or is empty, or the version is 1.0, then there is no 100", () => {
		const { ask } = lab();
		assert.equal(answer(ask(request("POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue", "abc"))).body, "POST / 3:abc");
		assert.equal(answer(ask(request("POST / HTTP/1.1\r\nContent-Length: 0\r\nExpect: 100-continue"))).body, "POST / 0:");
		assert.equal(answer(ask(request("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue", "abc"))).body, "POST / 3:abc");
	});

	it("when a refusal comes instead of 100 then the connection ends, for nobody knows whether the body follows", () => {
		const world = lab();
		world.handler = () => {
			throw new Refusal<"oom">("oom", "no room");
		};
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 30\r\nExpect: 100-continue"));
		world.time.advance(0);
		assert.equal(answer(peer.text).status, 503);
		assert.equal(answer(peer.text).headers.connection, "close");
		world.time.advance(5_000);
		assert.ok(peer.closed && !peer.reset);
	});

	it("when a body is collected then the callback has it, and beyond the limit there is 413", () => {
		const world = lab();
		world.handler = exchange => exchange.collect(10, body => exchange.respond(200, "got " + textOf(body)));
		assert.equal(answer(world.ask(request("POST / HTTP/1.1\r\nContent-Length: 10", "0123456789"))).body, "got 0123456789");
		assert.equal(answer(world.ask(request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", chunked("01234", "56789")))).body, "got 0123456789");
		assert.equal(answer(world.ask(request("POST / HTTP/1.1"))).body, "got ");
		for (const [head, body] of [["Content-Length: 11", "0123456789a"], ["Transfer-Encoding: chunked", chunked("012345", "56789a")]] as const) {
			const reply = answer(world.ask(request("POST / HTTP/1.1\r\n" + head, body)));
			assert.deepEqual([reply.status, reply.body], [413, "body_too_large"]);
		}
	});

	it("when a collected chunked body grows then nothing is lost", () => {
		const world = lab();
		world.handler = exchange => exchange.collect(4_096, body => exchange.respond(200, body));
		const parts = Array.from({ length: 40 }, (_, index) => String.fromCharCode(65 + index).repeat(100));
		assert.ok(answer(world.ask(request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", chunked(...parts)))).body === parts.join(""));
	});
});

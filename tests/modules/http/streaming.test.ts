import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import type { Content } from "store/content";
import { Random } from "../../support/random.ts";
import { answer, answers, lab, request, textOf } from "./support.ts";

/** Content that notes how it is read, in pieces of at most `piece` bytes. */
function pieces(bytes: Uint8Array, piece: number, log: number[]): Content {
	return {
		size: bytes.length,
		span(offset, limit) {
			const view = bytes.subarray(offset, Math.min(bytes.length, offset + Math.min(limit, piece)));
			log.push(view.length);
			return view;
		}
	};
}

describe("streamed answers", () => {
	it("when content is larger than the send buffer then it comes whole, in pieces that fit", () => {
		const world = lab();
		const bytes = new Random(3).bytes(100_000);
		const log: number[] = [];
		world.handler = exchange => exchange.respond(200, pieces(bytes, 16_384, log));
		const peer = world.connect();
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(0);
		assert.ok(answer(peer.text).body === textOf(bytes));
		assert.ok(Math.max(...log) <= 5_744);
		assert.deepEqual(world.log, ["request GET /", "finished true"]);
	});

	it("when the client stops reading then the answer waits, and goes on where it was", () => {
		const world = lab();
		const bytes = new Random(4).bytes(50_000);
		const log: number[] = [];
		world.handler = exchange => exchange.respond(200, pieces(bytes, 1_000, log));
		const peer = world.connect();
		peer.window = 0;
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(20_000);
		assert.ok(log.reduce((sum, count) => sum + count, 0) < 5_744);
		assert.equal(world.log.length, 1);
		peer.open(700);
		world.time.advance(0);
		assert.ok(answer(peer.text).body === textOf(bytes));
		assert.deepEqual(world.log, ["request GET /", "finished true"]);
	});

	it("when content is empty or the request is HEAD then nothing of it is read", () => {
		const world = lab();
		const log: number[] = [];
		world.handler = exchange => exchange.respond(200, pieces(new Uint8Array(exchange.path === "/0" ? 0 : 10), 10, log));
		assert.equal(answer(world.ask(request("GET /0 HTTP/1.1"))).headers["content-length"], "0");
		assert.equal(answers(world.ask(request("HEAD / HTTP/1.1")), [0])[0]!.headers["content-length"], "10");
		assert.deepEqual(log, []);
	});

	it("when content is asked for by pipelined requests then each answer has all of its own, from the first byte on", () => {
		const world = lab();
		const random = new Random(5);
		const bodies = [20, 40_000, 40_000, 10, 0, 30].map(size => random.bytes(size));
		world.handler = exchange => exchange.respond(200, pieces(bodies[Number(exchange.path.slice(1))]!, 1_000, []));
		const peer = world.connect();
		peer.send(bodies.map((_, index) => request(`GET /${index} HTTP/1.1`)).join(""));
		world.time.advance(100);
		assert.deepEqual(answers(peer.text).map(({ body }) => body), bodies.map(textOf));
		assert.deepEqual(world.reports, []);
	});

	it("when content ends before its size then the connection is cut, so that the client notices", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, { size: 100, span: (offset, limit) => new Uint8Array(Math.max(0, Math.min(limit, 50 - offset))) });
		const peer = world.connect();
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(0);
		assert.ok(peer.closed);
		assert.throws(() => answer(peer.text), /cut at 50 of 100/);
		assert.deepEqual(world.log, ["request GET /", "finished false"]);
		assert.deepEqual(world.reports, ["http.connection: content ended before its size"]);
	});

	it("when content is there no longer, as a Refusal says, then the connection is cut, and that is no defect", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, {
			size: 100,
			span(offset, limit) {
				if (offset >= 50)
					throw new Refusal<"log_overwritten">("log_overwritten", "gone");
				return new Uint8Array(Math.min(limit, 50 - offset));
			}
		});
		const peer = world.connect();
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(0);
		assert.ok(peer.closed);
		assert.throws(() => answer(peer.text), /cut at 50 of 100/);
		assert.deepEqual(world.reports, []);
	});

	it("when bytes move either way then activity is told", () => {
		const world = lab();
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 3"));
		world.time.advance(0);
		const before = world.activity;
		peer.send("a");
		world.time.advance(0);
		assert.ok(world.activity > before);
		const after = world.activity;
		world.time.advance(5_000);
		assert.equal(world.activity, after);
	});
});

describe("bodies nobody wants", () => {
	function deaf() {
		const world = lab();
		world.handler = exchange => exchange.respond(404, "nothing here");
		return world;
	}

	it("when a small body was not wanted then it is forgotten and the connection stays", () => {
		const world = deaf();
		const peer = world.connect();
		peer.send(request("POST /a HTTP/1.1\r\nContent-Length: 65536"));
		world.time.advance(0);
		assert.equal(answer(peer.text).headers.connection, undefined);
		for (let count = 0; count < 64; count++) {
			peer.send(new Uint8Array(1_024));
			world.time.advance(10);
		}
		peer.send(request("GET /b HTTP/1.1"));
		world.time.advance(0);
		assert.equal(answers(peer.text).length, 2);
		assert.deepEqual(world.log.filter(line => line.startsWith("request")), ["request POST /a", "request GET /b"]);
	});

	it("when a large body was not wanted then the client can send it all, sees the answer and the end", () => {
		for (const head of ["Content-Length: 300000", "Content-Length: 65537", "Transfer-Encoding: chunked"]) {
			const world = deaf();
			const peer = world.connect();
			peer.send(request("POST / HTTP/1.1\r\n" + head));
			world.time.advance(0);
			peer.send(new Uint8Array(300_000));
			world.time.advance(1_000);
			assert.equal(answer(peer.text).headers.connection, "close");
			assert.equal(peer.unread, 0);
			assert.equal(peer.closed, false);
			world.time.advance(3_000);
			assert.ok(peer.closed && !peer.reset);
			assert.equal(world.exchanges.length, 1);
			assert.equal(world.server.connections, 0);
		}
	});

	it("when a client sends for ever then its time or its bytes run out", () => {
		for (const limits of [{ lingerTime: 20_000 }, { lingerBytes: 1_000_000 }]) {
			const world = lab({ limits });
			world.handler = exchange => exchange.respond(404, "");
			const peer = world.connect();
			peer.send(request("POST / HTTP/1.1\r\nContent-Length: 999999999"));
			let sent = 0;
			while (!peer.closed && sent < 10_000_000) {
				peer.send(new Uint8Array(50_000));
				sent += 50_000;
				world.time.advance(1_000);
			}
			assert.ok(peer.closed && sent <= 1_150_000, String(sent));
			assert.equal(world.server.connections, 0);
		}
	});

	it("when the client of a lingering connection closes then it is gone at once", () => {
		const world = deaf();
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 999999"));
		world.time.advance(0);
		peer.end();
		world.time.advance(0);
		assert.equal(world.server.connections, 0);
	});

	it("when bytes follow a request with Connection: close then the answer still arrives", () => {
		const world = lab();
		const peer = world.connect();
		peer.send(request("GET /a HTTP/1.1\r\nConnection: close") + "x".repeat(20_000));
		world.time.advance(5_000);
		assert.equal(answer(peer.text).body, "GET /a 0:");
		assert.ok(peer.closed && !peer.reset);
		assert.equal(world.exchanges.length, 1);
	});
});

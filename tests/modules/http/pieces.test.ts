import { strict as assert } from "node:assert";
import { Pieces } from "http/pieces";
import { BytesContent } from "store/content";
import { answers, lab, request, textOf } from "./support.ts";

/** What a client makes of a chunked body; throws when it is none. */
function dechunked(text: string): { body: string; chunks: number; rest: string } {
	let body = "";
	let rest = text.slice(text.indexOf("\r\n\r\n") + 4);
	for (let chunks = 0; ; chunks++) {
		const size = /^([0-9a-f]+)\r\n/.exec(rest);
		if (!size)
			throw new Error("no chunk: " + rest.slice(0, 50));
		const length = parseInt(size[1]!, 16);
		rest = rest.slice(size[0].length);
		body += rest.slice(0, length);
		if (rest.slice(length, length + 2) !== "\r\n")
			throw new Error("a chunk without end");
		rest = rest.slice(length + 2);
		if (length === 0)
			return { body, chunks, rest };
	}
}

/** Counts how far it was made. */
class List extends Pieces {
	private entries: string[];
	made = 0;

	constructor(entries: string[]) {
		super();
		this.entries = entries;
	}

	override next(): string | undefined {
		return this.entries[this.made++];
	}
}

/** Can't be made. */
class Unlucky extends Pieces {
	override next(): string {
		throw new Error("on purpose");
	}
}

/** A file in a list of files: content that has a member `next`, too. */
class Linked extends BytesContent {
	next(): string {
		return "not content";
	}
}

const hundred = Array.from({ length: 100 }, (_, index) => `entry ${index} ${"x".repeat(190)}\n`);
const get = request("GET / HTTP/1.1");

describe("answers in pieces", () => {
	it("when HTTP/1.1 asks then they come in chunks, several pieces in each, and the connection stays", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, new List(hundred));
		const text = world.ask(get + get);
		assert.match(text, /^HTTP\/1\.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n/);
		const first = dechunked(text);
		assert.equal(first.body, hundred.join(""));
		assert.ok(first.chunks < 25, String(first.chunks));
		assert.equal(dechunked(first.rest).body, hundred.join(""));
		assert.deepEqual([world.server.connections, world.log.filter(line => line === "finished true").length], [1, 2]);
	});

	it("when HTTP/1.0 asks then they come plain, and the connection's end is theirs", () => {
		for (const more of ["", "\r\nConnection: keep-alive"]) {
			const world = lab();
			world.handler = exchange => exchange.respond(200, new List(hundred));
			const peer = world.connect();
			peer.send(`GET / HTTP/1.0${more}\r\n\r\n`);
			world.time.advance(0);
			assert.equal(peer.text, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + hundred.join(""));
			assert.ok(peer.closed && !peer.reset);
		}
	});

	it("when HEAD asks then none is made", () => {
		const world = lab();
		const entries = new List(hundred);
		world.handler = exchange => exchange.respond(200, exchange.method === "HEAD" ? entries : "");
		assert.equal(answers(world.ask(request("HEAD / HTTP/1.1") + get), [0]).length, 2);
		assert.equal(entries.made, 0);
	});

	it("when there are none then the body is empty", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, new List([]));
		assert.deepEqual(dechunked(world.ask(get)), { body: "", chunks: 0, rest: "" });
	});

	it("when the client doesn't read then no more are made than fit, and the rest when it does", () => {
		const world = lab();
		const entries = new List(hundred);
		world.handler = exchange => exchange.respond(200, entries);
		const peer = world.connect();
		peer.window = 0;
		peer.send(get);
		world.time.advance(5_000);
		assert.ok(entries.made < 45, String(entries.made));
		peer.open(100);
		world.time.advance(0);
		assert.equal(dechunked(peer.text).body, hundred.join(""));
	});

	it("when a piece is larger than what a connection holds, or not ASCII, then it comes whole", () => {
		const world = lab();
		const pieces = ["a", "\u20ac".repeat(3_000), "", "b".repeat(5_000), "\u{1f600}", "c"];
		world.handler = exchange => exchange.respond(200, new List(pieces));
		assert.equal(dechunked(world.ask(get)).body, textOf(new Uint8Array(ArrayBuffer.fromString(pieces.join("")))));
	});

	it("when making one fails then the connection is cut, so that the client notices", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, new Unlucky());
		const peer = world.connect();
		peer.send(get);
		world.time.advance(0);
		assert.ok(peer.closed);
		assert.throws(() => dechunked(peer.text));
		assert.deepEqual([world.log, world.reports], [["request GET /", "finished false"], ["http.connection: on purpose"]]);
	});

	it("when content has a member of that name, too, then it is sent as content, with its length", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, new Linked(new Uint8Array([104, 105])));
		assert.equal(world.ask(get), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
	});

	it("when an answer of bytes is larger than what a connection holds then it comes whole", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, "x".repeat(10_000));
		assert.equal(answers(world.ask(get))[0]!.body.length, 10_000);
	});
});

import { strict as assert } from "node:assert";
import type { Peer } from "../../support/tcp.ts";
import { answer, answers, lab, request } from "./support.ts";

/** Lets `seconds` pass in steps; sends `piece` after each. Returns after how many the server closed or answered. */
function drip(world: ReturnType<typeof lab>, peer: Peer, piece: () => string | undefined, seconds: number): number {
	for (let second = 1; second <= seconds; second++) {
		world.time.advance(1_000);
		if (peer.closed || peer.text !== "")
			return second;
		const text = piece();
		if (text !== undefined)
			peer.send(text);
	}
	return Infinity;
}

describe("time limits", () => {
	it("when a connection says nothing then it is closed without a word", () => {
		const world = lab();
		const peer = world.connect();
		const after = drip(world, peer, () => undefined, 60);
		assert.ok(after >= 30 && after <= 31, String(after));
		assert.equal(peer.text, "");
		assert.ok(peer.closed);
		assert.equal(world.time.pending, 0);
	});

	it("when a head comes byte by byte then its time ends all the same, with 408", () => {
		const world = lab();
		const peer = world.connect();
		const text = request("GET /" + "a".repeat(500) + " HTTP/1.1");
		let at = 0;
		const after = drip(world, peer, () => text[at++], 60);
		assert.ok(after >= 10 && after <= 12, String(after));
		assert.deepEqual([answer(peer.text).status, answer(peer.text).body], [408, "request_timeout"]);
		assert.equal(world.exchanges.length, 0);
	});

	it("when a kept connection is not used then it is closed, and use begins its time anew", () => {
		const world = lab();
		const peer = world.connect();
		for (let count = 0; count < 5; count++) {
			peer.send(request("GET / HTTP/1.1"));
			world.time.advance(25_000);
		}
		assert.equal(answers(peer.take()).length, 5);
		assert.equal(peer.closed, false);
		world.time.advance(6_000);
		assert.ok(peer.closed);
		assert.equal(peer.text, "");
	});

	it("when a body stops coming then there is 408 and its sink is aborted", () => {
		const world = lab();
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 100000", "begin"));
		const after = drip(world, peer, () => undefined, 60);
		assert.ok(after >= 30 && after <= 32, String(after));
		assert.equal(answer(peer.text).status, 408);
		assert.deepEqual(world.sinks[0]!.log, ["aborted: request_timeout"]);
		assert.deepEqual(world.log, ["request POST /", "finished true"]);
		world.time.advance(10_000);
		assert.ok(peer.closed && !peer.reset);
	});

	it("when a small body stops coming then the connection ends too, for its rest may come any time", () => {
		const world = lab();
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 5000", "begin"));
		drip(world, peer, () => undefined, 60);
		assert.deepEqual([answer(peer.text).status, answer(peer.text).headers.connection], [408, "close"]);
	});

	it("when a body drips then it ends as if it had stopped, chunked or not", () => {
		for (const head of ["Content-Length: 100000", "Transfer-Encoding: chunked"]) {
			const world = lab();
			const peer = world.connect();
			peer.send(request("POST / HTTP/1.1\r\n" + head, "ffff\r\n"));
			const after = drip(world, peer, () => "drop", 100);
			assert.ok(after <= 62, String(after));
			assert.equal(answer(peer.text).status, 408);
		}
	});

	it("when a body is slow but comes then it may take as long as it needs", () => {
		const world = lab();
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 54000"));
		const after = drip(world, peer, () => "x".repeat(600), 200);
		assert.ok(after > 85 && after < 95, String(after));
		assert.equal(answer(peer.text).status, 200);
	});

	it("when the handler takes its time then there is no limit", () => {
		const world = lab();
		world.handler = exchange => void world.time.after(600_000, () => exchange.respond(200, "done"));
		const peer = world.connect();
		peer.send(request("POST /fastboot HTTP/1.1"));
		world.time.advance(600_000);
		assert.equal(answer(peer.text).body, "done");
	});

	it("when the client takes nothing of the answer then the connection is cut", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, new Uint8Array(100_000));
		const peer = world.connect();
		peer.window = 0;
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(29_000);
		assert.equal(world.server.connections, 1);
		world.time.advance(35_000);
		assert.equal(world.server.connections, 0);
		assert.deepEqual(world.log, ["request GET /", "finished false"]);
	});

	it("when the client takes the answer slowly then it gets all of it", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, new Uint8Array(75_000));
		const peer = world.connect();
		peer.window = 0;
		peer.send(request("GET / HTTP/1.1"));
		for (let second = 0; second < 120; second++) {
			world.time.advance(1_000);
			peer.open(600);
			world.time.advance(0);
			peer.window = 0;
		}
		peer.open();
		world.time.advance(0);
		assert.equal(answer(peer.text).body.length, 75_000);
	});

	it("when the rest of an unwanted body does not come then the connection is closed", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(404, "");
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 5000", "begin"));
		world.time.advance(29_000);
		assert.equal(peer.closed, false);
		world.time.advance(3_000);
		assert.ok(peer.closed);
		assert.equal(answer(peer.text).status, 404);
	});
});

describe("connection limits", () => {
	/** A connection whose request is never answered. */
	function busy(world: ReturnType<typeof lab>, address?: string): Peer {
		world.handler = () => {};
		const peer = world.network.connect(80, address);
		peer.send(request("GET /busy HTTP/1.1"));
		world.time.advance(0);
		return peer;
	}

	it("when all connections are in use then one more is told so and closed", () => {
		const world = lab();
		for (let count = 0; count < 8; count++)
			busy(world, "10.0.0." + count);
		const peer = world.connect();
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(0);
		assert.deepEqual([answer(peer.text).status, answer(peer.text).body], [503, "too_many_connections"]);
		assert.equal(answer(peer.text).headers.connection, "close");
		world.time.advance(4_000);
		assert.ok(peer.closed && !peer.reset);
		assert.equal(world.server.connections, 8);
		assert.equal(world.exchanges.length, 8);
		assert.deepEqual({ ...world.server.counters }, { accepted: 8, turned_away: 1, requests: 8, refused: 1 });
	});

	it("when many come at once beyond the limit then all are told so and closed, and the server goes on", () => {
		const world = lab({ limits: { connections: 2 } });
		const first = busy(world);
		busy(world);
		const crowd = Array.from({ length: 50 }, () => world.connect());
		world.time.advance(5_000);
		assert.ok(crowd.every(peer => peer.closed));
		assert.equal(crowd.filter(peer => answer(peer.text).status === 503).length, 50);
		assert.equal(world.network.sockets.size, 2);
		first.end();
		world.time.advance(0);
		world.handler = exchange => exchange.respond(200, "room");
		assert.equal(answer(world.ask(request("GET / HTTP/1.1"))).body, "room");
	});

	it("when an idle connection is there then it gives way, the one that idles longest first", () => {
		const world = lab({ limits: { connections: 3 } });
		const idle = [0, 1, 2].map(() => {
			const peer = world.connect();
			peer.send(request("GET / HTTP/1.1"));
			world.time.advance(1_000);
			return peer;
		});
		idle[0]!.send(request("GET / HTTP/1.1"));
		world.time.advance(0);
		const peer = world.connect();
		peer.send(request("GET /new HTTP/1.1"));
		world.time.advance(0);
		assert.equal(answer(peer.text).body, "GET /new 0:");
		assert.deepEqual(idle.map(each => each.closed), [false, true, false]);
	});

	it("when a lingering connection is there then it gives way before an idle one", () => {
		const world = lab({ limits: { connections: 2 } });
		const idle = world.connect();
		idle.send(request("GET / HTTP/1.1"));
		const lingering = world.connect();
		lingering.send("rubbish\r\n\r\n" + "x".repeat(100));
		world.time.advance(0);
		assert.equal(answer(lingering.text).status, 400);
		world.connect();
		world.time.advance(0);
		assert.deepEqual([idle.closed, lingering.closed], [false, true]);
	});

	it("when a socket can't be had then that is reported, and the next one works", () => {
		const world = lab();
		world.network.broken = true;
		const peer = world.connect();
		world.time.advance(0);
		assert.deepEqual(world.reports, ["http.accept: no memory"]);
		assert.ok(peer.closed);
		assert.equal(world.network.sockets.size, 0);
		world.network.broken = false;
		assert.equal(answer(world.ask(request("GET / HTTP/1.1"))).status, 200);
	});
});

describe("memory", () => {
	it("when requests come for a long time then no timers, sockets or connections pile up", () => {
		const world = lab();
		const kept = world.connect();
		for (let count = 0; count < 50; count++) {
			kept.send(request("POST / HTTP/1.1\r\nContent-Length: 3", "abc"));
			world.ask(request("GET / HTTP/1.1\r\nConnection: close"));
			world.ask("rubbish\r\n\r\n");
		}
		assert.equal(answers(kept.text).length, 50);
		assert.equal(world.server.connections, 1);
		assert.equal(world.network.sockets.size, 1);
		assert.equal(world.time.pending, 1);
	});
});

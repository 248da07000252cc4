/** Responses without a known end: their framing, their places, back-pressure, and how they end. */
import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import type { UARTCode } from "uart/codes";
import { LiveBody, type LiveOutlet } from "http/live-body";
import type { Peer } from "../../support/tcp.ts";
import { RecordingSink, answer, bytesOf, lab, request, type Lab } from "./support.ts";

/** A body in a test's hands. */
class Feed extends LiveBody {
	/** What is to be sent; null: the end comes then. */
	waiting = "";
	over = false;
	/** What `span` throws. */
	error: Error | undefined;
	/** Bytes that were asked for at most, each time. */
	asked: number[] = [];
	sent = 0;
	log: string[] = [];

	override begin(outlet: LiveOutlet): void {
		super.begin(outlet);
		this.log.push("begun");
	}

	say(text: string): void {
		this.waiting += text;
		this.outlet!.wake();
	}

	finish(): void {
		this.over = true;
		this.outlet!.wake();
	}

	cut(): void {
		this.outlet!.cut("enough");
	}

	span(limit: number): Uint8Array | undefined {
		this.asked.push(limit);
		if (this.error)
			throw this.error;
		return this.waiting === "" && this.over ? undefined : bytesOf(this.waiting.slice(0, limit));
	}

	advance(count: number): void {
		this.waiting = this.waiting.slice(count);
		this.sent += count;
	}

	override ended(reason: string): void {
		super.ended(reason);
		this.log.push(reason);
	}
}

const ask = request("GET /live HTTP/1.1");

/** A server whose /live is a feed; everything else is "short". */
function live(options: Parameters<typeof lab>[0] = {}): Lab & { feeds: Feed[] } {
	const feeds: Feed[] = [];
	const world = Object.assign(lab(options), { feeds });
	world.handler = exchange => {
		if (exchange.path !== "/live")
			return exchange.respond(200, "short");
		const feed = new Feed();
		feeds.push(feed);
		return exchange.respond(200, feed, { "Content-Type": "text/plain" });
	};
	return world;
}

function begin(world: Lab, text = ask, from = "10.0.0.1"): Peer {
	const peer = world.network.connect(80, from);
	peer.send(text);
	world.time.advance(0);
	return peer;
}

/** The chunks in `text`, and whether the last one is there. */
function dechunk(text: string): { body: string; whole: boolean } {
	let body = "";
	let rest = text;
	for (;;) {
		const size = /^([0-9a-f]+)\r\n/.exec(rest);
		if (!size)
			return { body, whole: false };
		const [line, digits] = size as unknown as [string, string];
		const length = parseInt(digits, 16);
		if (length === 0)
			return { body, whole: rest.slice(line.length) === "\r\n" };
		const data = rest.slice(line.length);
		assert.equal(data.slice(length, length + 2), "\r\n", `a chunk of ${length}`);
		body += data.slice(0, length);
		rest = data.slice(length + 2);
	}
}

function bodyOf(peer: Peer): { body: string; whole: boolean } {
	return dechunk(peer.text.slice(peer.text.indexOf("\r\n\r\n") + 4));
}

describe("live responses", () => {
	it("when bytes come now and then, and an end, then they come at once as chunks, and the last one", () => {
		const world = live();
		const peer = begin(world);
		assert.match(peer.text, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\ntransfer-encoding: chunked\r\n\r\n$/);
		const [feed] = world.feeds as [Feed];
		for (const text of ["one", "two\n", "x".repeat(10_000), "end"]) {
			feed.say(text);
			world.time.advance(100);
			assert.equal(bodyOf(peer).body.slice(-text.length), text);
		}
		assert.deepEqual([bodyOf(peer).whole, peer.closed], [false, false]);
		feed.finish();
		world.time.advance(0);
		assert.deepEqual([bodyOf(peer), peer.closed, peer.reset], [{ body: `onetwo\n${"x".repeat(10_000)}end`, whole: true }, true, false]);
		assert.deepEqual([feed.log, world.log, world.server.streams], [["begun", "done"], ["request GET /live", "finished true"], 0]);
		assert.equal(world.network.sockets.size, 0);
	});

	it("when HTTP/1.0 is spoken then the bytes come as they are until the connection ends", () => {
		const world = live();
		const peer = begin(world, "GET /live HTTP/1.0\r\n\r\n");
		world.feeds[0]!.say("plain");
		world.time.advance(0);
		world.feeds[0]!.finish();
		world.time.advance(0);
		assert.match(peer.text, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nconnection: close\r\n\r\nplain$/);
		assert.equal(peer.closed, true);
	});

	it("when HEAD asks then the head comes, nothing begins, and the connection goes on", () => {
		const world = live();
		const peer = begin(world, request("HEAD /live HTTP/1.1") + request("GET /short HTTP/1.1"));
		assert.match(peer.text, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\ntransfer-encoding: chunked\r\n\r\nHTTP\/1\.1 200 OK\r\ncontent-length: 5\r\n\r\nshort$/);
		assert.deepEqual([world.feeds[0]!.log, world.server.streams], [[], 0]);
	});

	it("when it comes behind others on a connection then it follows them, and what the client sends behind it is forgotten", () => {
		const world = live();
		const peer = begin(world, request("GET /short HTTP/1.1") + ask + request("GET /short HTTP/1.1"));
		peer.send("x".repeat(20_000));
		world.feeds[0]!.say("live");
		world.time.advance(0);
		assert.match(peer.text, /^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\n\r\nshortHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n4\r\nlive\r\n$/);
		assert.deepEqual([peer.unread, world.log.filter(line => line.startsWith("request")).length], [0, 2]);
	});

	it("when a client that expects 100 Continue has taken only half of it then nothing is said into that", () => {
		const world = live();
		const [route] = [world.handler];
		world.handler = exchange => {
			if (exchange.path === "/live")
				exchange.receive(new RecordingSink(() => {}));
			else
				exchange.respond(200, "x".repeat(5_744 - 52));
		};
		const peer = world.network.connect(80);
		peer.window = 0;
		peer.send(request("GET /long HTTP/1.1"));
		world.time.advance(0);
		peer.send(request("POST /live HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue"));
		world.time.advance(0);
		route(world.exchanges[1]!);
		world.time.advance(0);
		peer.open();
		world.time.advance(0);
		const rest = peer.text.slice(peer.text.lastIndexOf("x") + 1);
		assert.ok(rest !== "" && "HTTP/1.1 100 Continue".startsWith(rest), rest);
		assert.deepEqual([peer.closed, world.feeds[0]!.log, world.reports], [true, [], []]);
	});

	it("when segments, windows and send buffers are small then every byte comes in its place", () => {
		for (const window of [1, 7, 100, 1_000]) {
			const world = live({ network: { sendBuffer: 700 } });
			const peer = world.network.connect(80);
			peer.window = window;
			peer.send(ask);
			const text = Array.from({ length: 3_000 }, (_, index) => String.fromCharCode(33 + index % 90)).join("");
			world.time.advance(0);
			world.feeds[0]!.say(text);
			world.time.advance(0);
			world.feeds[0]!.finish();
			world.time.advance(0);
			assert.deepEqual(bodyOf(peer), { body: text, whole: true }, `window ${window}`);
		}
	});

	it("when the socket can hold 48 writes then a client that reads late loses nothing of what came byte by byte", () => {
		const world = live({ network: { writes: 48, sendBuffer: 2_880 } });
		const peer = world.network.connect(80);
		peer.send(ask);
		world.time.advance(0);
		peer.window = 0;
		let text = "";
		for (let count = 0; count < 1_000; count++) {
			world.feeds[0]!.say("ab");
			text += "ab";
			world.time.advance(1);
		}
		peer.open();
		world.time.advance(0);
		assert.deepEqual([bodyOf(peer).body, peer.closed], [text, false]);
	});

	it("when the client takes nothing then no more is asked for than the socket holds, and after 30 s it is disconnected", () => {
		const world = live();
		const peer = world.network.connect(80);
		peer.send(ask);
		world.time.advance(0);
		peer.window = 0;
		const [feed] = world.feeds as [Feed];
		feed.say("x".repeat(100_000));
		world.time.advance(29_000);
		assert.ok(feed.sent <= 1_440 + 512, `${feed.sent} bytes`);
		const asked = feed.asked.length;
		feed.say("more");
		world.time.advance(500);
		assert.equal(feed.asked.length, asked, "nobody asks while there is no room");
		assert.deepEqual(feed.log, ["begun"]);
		world.time.advance(2_000);
		assert.deepEqual([feed.log, world.server.streams], [["begun", "client too slow"], 0]);
		assert.equal(bodyOf(peer).whole, false);
	});

	it("when the client takes something each 25 s, or there is nothing for it for an hour, then it stays", () => {
		const world = live();
		const slow = world.network.connect(80);
		slow.send(ask);
		const idle = begin(world);
		for (let count = 0; count < 100; count++) {
			slow.window = 0;
			world.feeds[0]!.say("x".repeat(10_000));
			world.time.advance(25_000);
			assert.ok(world.feeds[0]!.waiting.length > 4_000);
			slow.open();
			world.time.advance(0);
		}
		world.feeds[1]!.say("still here");
		world.time.advance(0);
		assert.deepEqual([slow.closed, world.feeds[0]!.log, bodyOf(idle).body], [false, ["begun"], "still here"]);
	});

	for (const [how, leave] of [["closes", (peer: Peer) => peer.end()], ["resets the connection", (peer: Peer) => peer.abort()], ["has sent before it closes", (peer: Peer) => { peer.send("x".repeat(9_000)); peer.end(); }]] as const)
		it(`when the client ${how} then the body is told at once, and the place is free`, () => {
			const world = live();
			const peer = begin(world);
			world.feeds[0]!.say("something");
			world.time.advance(0);
			leave(peer);
			world.time.advance(0);
			assert.deepEqual([world.feeds[0]!.log, world.server.streams, world.network.sockets.size, world.reports], [["begun", "client gone"], 0, 0, []]);
		});

	it("when the client is gone unseen then the next bytes find that out, and nothing is reported", () => {
		const world = live();
		const peer = begin(world);
		peer.drop();
		world.feeds[0]!.say("something");
		world.time.advance(0);
		assert.deepEqual([world.feeds[0]!.log, world.server.streams, world.reports], [["begun", "client gone"], 0, []]);
	});

	it("when its body fails, refuses or is cut then the client sees that it isn't whole, and only a defect is reported", () => {
		const world = live();
		const peers = [0, 1, 2].map(() => begin(world));
		const [failing, refusing, cut] = world.feeds as [Feed, Feed, Feed];
		failing.error = new Error("broken");
		refusing.error = new Refusal<UARTCode>("log_overwritten", "too late");
		failing.say("x");
		refusing.say("x");
		cut.cut();
		world.time.advance(0);
		assert.deepEqual([failing.log[1], refusing.log[1], cut.log[1]], ["failed", "log_overwritten", "enough"]);
		assert.deepEqual(world.reports, ["http.live: broken"]);
		for (const peer of peers)
			assert.deepEqual([peer.closed, bodyOf(peer).whole], [true, false]);
	});

	it("when the server closes then they end, also from inside of one", () => {
		const world = live();
		begin(world);
		begin(world);
		const [first, second] = world.feeds as [Feed, Feed];
		first.span = () => {
			world.server.close();
			return undefined;
		};
		first.say("x");
		world.time.advance(0);
		assert.deepEqual([first.log, second.log, world.network.sockets.size, world.reports], [["begun", "closed"], ["begun", "closed"], 0, []]);
	});

	it("when one has a great deal to say then others have their turns between", () => {
		const world = live();
		begin(world);
		const order: string[] = [];
		const [feed] = world.feeds as [Feed];
		feed.advance = count => {
			Feed.prototype.advance.call(feed, count);
			order.push("live");
		};
		world.handler = exchange => {
			order.push("short");
			exchange.respond(200);
		};
		feed.say("x".repeat(500_000));
		const peer = world.network.connect(80);
		peer.send(request("GET /short HTTP/1.1").repeat(20));
		world.time.advance(0);
		assert.ok(order.lastIndexOf("short") > order.indexOf("live") && order.indexOf("short") < order.lastIndexOf("live"), order.join(" "));
	});
});

describe("places of live responses", () => {
	it("when all six are taken then a seventh gets a clear 503, requests are served as ever, and the next that ends makes room", () => {
		const world = live();
		const peers = Array.from({ length: 6 }, (_, machine) => begin(world, ask, `10.0.0.${machine}`));
		assert.deepEqual([world.server.streams, world.server.connections], [6, 0]);
		const seventh = begin(world, ask, "10.0.0.9");
		assert.deepEqual([answer(seventh.text).status, answer(seventh.text).body], [503, "too_many_streams"]);
		assert.deepEqual(world.feeds[6]!.log, []);
		const short = Array.from({ length: 7 }, () => begin(world, request("GET /short HTTP/1.1"), "10.0.0.8"));
		assert.deepEqual(short.map(peer => answer(peer.text).body), short.map(() => "short"));
		peers[2]!.end();
		world.time.advance(0);
		begin(world, ask, "10.0.0.9");
		assert.deepEqual(world.feeds[7]!.log, ["begun"]);
	});

	it("when a client that is refused has yet to send a body then it can, and sees the answer", () => {
		const world = live();
		for (let machine = 0; machine < 6; machine++)
			begin(world, ask, `10.0.0.${machine}`);
		const peer = begin(world, request("POST /live HTTP/1.1\r\nContent-Length: 200000"), "10.0.0.9");
		peer.send("x".repeat(200_000));
		world.time.advance(1_000);
		assert.deepEqual([answer(peer.text).status, peer.reset, peer.unread], [503, false, 0]);
	});

	it("when one machine has five then its sixth is refused, and another machine has its own", () => {
		const world = live();
		for (let count = 0; count < 5; count++)
			begin(world);
		assert.equal(answer(begin(world).text).status, 503);
		begin(world, ask, "10.0.0.2");
		assert.deepEqual(world.feeds[6]!.log, ["begun"]);
	});

	it("when the client of one takes nothing for five seconds then it gives way to a newcomer, not before", () => {
		const world = live();
		const peers = Array.from({ length: 6 }, (_, machine) => begin(world, ask, `10.0.0.${machine}`));
		peers[3]!.window = 0;
		world.feeds[3]!.say("x".repeat(100_000));
		world.time.advance(4_900);
		assert.equal(answer(begin(world, ask, "10.0.0.9").text).status, 503);
		world.time.advance(200);
		begin(world, ask, "10.0.0.9");
		assert.deepEqual([world.feeds[3]!.log, world.feeds[7]!.log], [["begun", "client too slow"], ["begun"]]);
	});

	it("when memory is short then the newest of them goes before any request", () => {
		const world = live();
		begin(world, ask, "10.0.0.1");
		begin(world, ask, "10.0.0.2");
		const upload = begin(world, request("POST /short HTTP/1.1\r\nContent-Length: 9000000"), "10.0.0.3");
		assert.equal(world.server.shed(), true);
		assert.deepEqual([world.feeds.map(feed => feed.log.length), upload.closed], [[1, 2], false]);
	});
});

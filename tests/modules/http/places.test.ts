/** Who gets a place when there are more clients than places, and that nobody can take all of the server's time. */
import { strict as assert } from "node:assert";
import type { Exchange } from "http/exchange";
import type { Peer } from "../../support/tcp.ts";
import { answer, answers, lab, request, type Lab } from "./support.ts";

const upload = request("POST /upload HTTP/1.1\r\nContent-Length: 9000000");
const short = request("POST /power/off HTTP/1.1");

/** A client on machine number `machine`. */
function from(world: Lab, machine: number, text = ""): Peer {
	const peer = world.network.connect(80, `10.0.0.${machine}`);
	if (text !== "")
		peer.send(text);
	return peer;
}

function statuses(peers: Peer[]): number[] {
	return peers.map(peer => peer.text === "" ? 0 : answer(peer.text).status);
}

/** Every second each of `peers` sends its piece. */
function drip(world: Lab, peers: Peer[], seconds: number, piece: (index: number) => string): void {
	for (let second = 0; second < seconds; second++) {
		world.time.advance(1_000);
		peers.forEach((peer, index) => {
			if (!peer.closed && piece(index) !== "")
				peer.send(piece(index));
		});
	}
	world.time.advance(10);
}

describe("places for connections", () => {
	for (const count of [9, 12, 16])
		it(`when ${count} clients connect at once and ask 50 ms later then each is answered, by 200 or by 503`, () => {
			const world = lab();
			const peers = Array.from({ length: count }, (_, index) => from(world, index % 4));
			world.time.advance(50);
			for (const peer of peers)
				peer.send(request("GET /status HTTP/1.1"));
			world.time.advance(0);
			assert.deepEqual(statuses(peers), peers.map((_, index) => index < 8 ? 200 : 503));
		});

	it("when one machine has seven connections then its eighth is refused, and another machine is served", () => {
		const world = lab();
		world.handler = exchange => exchange.path === "/busy" || exchange.respond(200, "");
		const peers = Array.from({ length: 7 }, () => from(world, 1, request("GET /busy HTTP/1.1")));
		world.time.advance(10_000);
		const eighth = from(world, 1, short);
		const other = from(world, 2, short);
		world.time.advance(0);
		assert.deepEqual(statuses([eighth, other]), [503, 200]);
		assert.equal(peers.some(peer => peer.closed), false);
	});

	it("when one machine connects again and again and says nothing then another has as many places as it asks for", () => {
		const world = lab();
		let greedy: Peer[] = [];
		const fill = (): void => {
			greedy = greedy.filter(peer => !peer.closed);
			while (greedy.length < 7)
				greedy.push(from(world, 1, greedy.length % 2 === 0 ? "" : "GET / HTTP/1.1\r\nX: "));
			world.time.advance(10);
		};
		world.handler = exchange => void world.time.after(300, () => exchange.respond(200, ""));
		fill();
		for (let round = 0; round < 5; round++) {
			const others = Array.from({ length: 4 }, () => {
				const peer = from(world, 2, short);
				world.time.advance(1);
				fill();
				return peer;
			});
			world.time.advance(400);
			assert.deepEqual(statuses(others), [200, 200, 200, 200], `round ${round}`);
			others.forEach(peer => peer.end());
		}
	});

	it("when all come from one address, as behind a proxy, then seven are served at a time and idle connections make room", () => {
		const world = lab();
		world.handler = exchange => void world.time.after(300, () => exchange.respond(200, ""));
		const peers = Array.from({ length: 7 }, () => from(world, 1, short));
		world.time.advance(10);
		const eighth = from(world, 1, short);
		world.time.advance(1_000);
		assert.deepEqual([statuses(peers), statuses([eighth])], [peers.map(() => 200), [503]]);
		for (let count = 0; count < 20; count++) {
			const peer = from(world, 1, short);
			world.time.advance(400);
			assert.deepEqual(statuses([peer]), [200]);
		}
	});

	it("when nobody has said anything for a second then the longest silent gives way, not before", () => {
		const world = lab();
		const silent = Array.from({ length: 8 }, (_, index) => {
			world.time.advance(10);
			return from(world, index);
		});
		world.time.advance(900);
		const early = from(world, 100, short);
		world.time.advance(0);
		assert.deepEqual([statuses([early]), silent.some(peer => peer.closed)], [[503], false]);
		world.time.advance(200);
		const late = from(world, 100, short);
		world.time.advance(0);
		assert.deepEqual([statuses([late]), silent.map(peer => peer.closed)], [[200], silent.map((_, index) => index === 0)]);
	});

	it("when heads come slowly then one gives way after two seconds, and is told", () => {
		const world = lab();
		const slow = Array.from({ length: 8 }, (_, index) => from(world, index, "GET / HTTP/1.1\r\nX: "));
		drip(world, slow, 1, () => "x");
		const early = from(world, 100, short);
		world.time.advance(0);
		assert.deepEqual(statuses([early]), [503]);
		drip(world, slow, 2, () => "x");
		const late = from(world, 100, short);
		world.time.advance(0);
		assert.deepEqual(statuses([late]), [200]);
		assert.deepEqual(statuses(slow).filter(status => status !== 0), [408]);
	});

	it("when a refused client sends a whole file before it listens then it sees the refusal, not a reset", () => {
		const world = lab();
		world.handler = () => {};
		for (let machine = 0; machine < 8; machine++)
			from(world, machine, request("GET /busy HTTP/1.1"));
		const peer = from(world, 100, upload);
		for (let count = 0; count < 30; count++) {
			peer.send("x".repeat(10_000));
			world.time.advance(100);
		}
		assert.deepEqual([statuses([peer]), peer.closed, peer.reset, peer.unread], [[503], false, false, 0]);
		world.time.advance(3_000);
		assert.deepEqual([peer.closed, peer.reset], [true, false]);
	});

	it("when a refused client has reset its connection then that is no defect, and its socket is closed", () => {
		const world = lab();
		world.handler = () => {};
		for (let machine = 0; machine < 8; machine++)
			from(world, machine, request("GET / HTTP/1.1"));
		world.time.advance(0);
		const ninth = from(world, 8, "x".repeat(5_000));
		// after the first piece was read
		ninth.onChange = () => ninth.vanish();
		world.time.advance(1);
		assert.equal(world.server.counters.turned_away, 1);
		assert.deepEqual([world.reports, world.network.sockets.size], [[], 8]);
	});

	it("when more are refused than can be waited for then all are told all the same", () => {
		const world = lab();
		world.handler = () => {};
		for (let machine = 0; machine < 8; machine++)
			from(world, machine, request("GET /busy HTTP/1.1"));
		const crowd = Array.from({ length: 130 }, () => from(world, 100));
		world.time.advance(0);
		assert.deepEqual([...new Set(statuses(crowd))], [503]);
		assert.ok(world.network.sockets.size <= 12);
		world.time.advance(5_000);
		assert.equal(world.network.sockets.size, 8);
	});
});

describe("long requests and short ones", () => {
	it("when one machine sends eight uploads a byte now and then then the power is still switched off, at once and after an hour", () => {
		const world = lab();
		const slow = Array.from({ length: 8 }, () => from(world, 1, upload));
		world.time.advance(0);
		// six of them go on, one was told, one found no place
		assert.deepEqual(statuses(slow).filter(status => status !== 0), [503, 503]);
		for (let minutes = 0; minutes < 60; minutes += 5) {
			for (const machine of [1, 2]) {
				const peer = from(world, machine, short);
				world.time.advance(0);
				assert.deepEqual(statuses([peer]), [200], `machine ${machine} after ${minutes} minutes`);
				peer.end();
			}
			drip(world, slow, 300, () => "x");
		}
	});

	it("when many machines do then seven uploads go on, and short requests have the last place", () => {
		const world = lab();
		const slow = Array.from({ length: 12 }, (_, machine) => {
			const peer = from(world, machine, upload);
			world.time.advance(10);
			return peer;
		});
		assert.equal(statuses(slow).filter(status => status === 0).length, 7);
		for (let count = 0; count < 5; count++) {
			const peer = from(world, 50, short);
			world.time.advance(10);
			assert.deepEqual(statuses([peer]), [200]);
		}
	});

	it("when all long places are taken then the slowest upload goes for a new one, told why, and who is quick stays", () => {
		const world = lab();
		const peers = Array.from({ length: 7 }, (_, machine) => from(world, machine, upload));
		drip(world, peers, 4, index => "x".repeat(index === 3 ? 1_000 : index === 5 ? 500 : 5_000));
		const early = from(world, 100, upload);
		world.time.advance(0);
		assert.deepEqual(statuses([early]), [503], "nobody goes within five seconds");
		drip(world, peers, 2, index => "x".repeat(index === 3 ? 1_000 : index === 5 ? 500 : 5_000));
		const late = from(world, 100, upload);
		world.time.advance(0);
		assert.deepEqual(statuses([late, ...peers]), [0, 0, 0, 0, 0, 0, 408, 0]);
		assert.equal(world.sinks.filter(sink => sink.log.length > 0).length, 1);
		const third = from(world, 101, upload);
		world.time.advance(0);
		assert.deepEqual(statuses([third, ...peers]), [0, 0, 0, 0, 408, 0, 408, 0]);
		const fourth = from(world, 102, upload);
		world.time.advance(0);
		assert.deepEqual(statuses([fourth]), [503], "all others are quick");
	});

	it("when downloads fill the long places then a further one is refused with its file released, and short ones are served", () => {
		const world = lab();
		const finished: boolean[] = [];
		world.handler = exchange => {
			if (exchange.path !== "/file")
				return exchange.respond(200, "off");
			exchange.finished = ok => finished.push(ok);
			return exchange.respond(200, new Uint8Array(100_000));
		};
		const readers = Array.from({ length: 7 }, (_, machine) => {
			const peer = from(world, machine);
			peer.window = 0;
			peer.send(request("GET /file HTTP/1.1"));
			return peer;
		});
		world.time.advance(0);
		const more = from(world, 100, request("GET /file HTTP/1.1"));
		world.time.advance(0);
		assert.deepEqual([statuses([more]), finished], [[503], [false]]);
		const off = from(world, 101, short);
		world.time.advance(0);
		assert.deepEqual([statuses([off]), answer(off.text).body], [[200], "off"]);
		for (const reader of readers)
			reader.open();
		world.time.advance(0);
		assert.deepEqual(statuses(readers), readers.map(() => 200));
		world.time.advance(10_000);
		assert.deepEqual(statuses([from(world, 102, request("GET /file HTTP/1.1"))].map(peer => (world.time.advance(0), peer))), [200]);
	});

	it("when a body is short or there is none then no long place is taken", () => {
		const world = lab();
		const peers = Array.from({ length: 7 }, (_, machine) => from(world, machine, request("PATCH /settings HTTP/1.1\r\nContent-Length: 4096")));
		world.time.advance(0);
		const peer = from(world, 100, upload + "x".repeat(100));
		world.time.advance(0);
		assert.deepEqual(statuses([peer, ...peers]), [0, 0, 0, 0, 0, 0, 0, 0]);
		assert.equal(world.sinks.length, 8);
	});
});

describe("turns of the event loop", () => {
	/** The most that `count` grew between two looks of somebody who looks in every turn, until nothing happens any more. */
	function most(world: Lab, count: () => number): number {
		let found = 0;
		let before = count();
		let quiet = 0;
		const look = (): void => {
			const now = count();
			found = Math.max(found, now - before);
			quiet = now === before ? quiet + 1 : 0;
			before = now;
			if (quiet < 1_000)
				world.time.after(0, look);
		};
		world.time.after(0, look);
		world.time.advance(0);
		return found;
	}

	it("when bodies come in chunks of one byte then everybody else's wait is bounded", () => {
		const world = lab();
		let steps = 0;
		world.handler = exchange => exchange.receive({ space: () => new Uint8Array(100), advance: () => void steps++, done: () => {}, aborted: () => {} });
		const chunk = "1\r\nx\r\n".repeat(950);
		const peers = Array.from({ length: 6 }, () => from(world, 1, request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked")));
		world.time.advance(0);
		for (const peer of peers)
			peer.send(chunk);
		const found = most(world, () => steps);
		assert.equal(steps, 6 * 950, "all of it came");
		assert.ok(found <= 6 * 16, `${found} steps in one turn`);
	});

	it("when a client sends a thousand requests at once then a few are answered each turn, in order, and all in the end", () => {
		const world = lab();
		let requests = 0;
		world.handler = exchange => exchange.respond(200, String(requests++));
		const peer = from(world, 1);
		let sent = 0;
		const found = most(world, () => {
			if (sent < 1_000 && peer.unread === 0)
				for (let count = 0; count < 50; count++, sent++)
					peer.send(request("GET / HTTP/1.1"));
			return requests;
		});
		assert.ok(found <= 4, `${found} requests in one turn`);
		assert.equal(answers(peer.text).map(({ body }) => body).join(), Array.from({ length: 1_000 }, (_, index) => index).join());
	});

	it("when two send at once then they take turns", () => {
		const world = lab();
		const order: string[] = [];
		world.handler = (exchange: Exchange) => {
			order.push(exchange.path);
			exchange.respond(200);
		};
		for (const path of ["/a", "/b"])
			from(world, 1, request(`GET ${path} HTTP/1.1`).repeat(60));
		world.time.advance(0);
		assert.equal(order.length, 120);
		assert.ok(order.lastIndexOf("/a") > order.indexOf("/b") + 40, order.join(""));
	});
});

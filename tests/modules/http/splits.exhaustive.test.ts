/** Tests that try every case or many random ones: too long for the stress run, where each allocation collects. */
import { strict as assert } from "node:assert";
import { Random } from "../../support/random.ts";
import { answer, answers, chunked, lab, RecordingSink, request, textOf } from "./support.ts";

describe("splitting", () => {
	const stream = request("POST /a%20b?c=d HTTP/1.1\r\nContent-Length: 12\r\nX: y", "hello\r\n\r\nyou") + "\r\n"
		+ request("PUT /chunks HTTP/1.1\r\nTransfer-Encoding: chunked", "5\r\nabc\r\n\r\n1;x\r\n.\r\n0\r\nT: u\r\n\r\n")
		+ request("GET /last HTTP/1.1\r\nConnection: close");
	const expected = ["POST /a%20b?c=d 12:hello\r\n\r\nyou", "PUT /chunks 6:abc\r\n.", "GET /last 0:"];

	it("when every byte comes alone then nothing is different", () => {
		const { time, connect } = lab({ network: { segment: () => 1 } });
		const peer = connect();
		peer.send(stream);
		time.advance(0);
		assert.deepEqual(answers(peer.text).map(each => each.body), expected);
		assert.ok(peer.closed && !peer.reset);
	});

	it("when every byte comes alone, each after a pause, then nothing is different", () => {
		const { time, connect } = lab();
		const peer = connect();
		for (const character of stream) {
			peer.send(character);
			time.advance(10);
		}
		assert.deepEqual(answers(peer.text).map(each => each.body), expected);
	});

	it("when the stream is cut at any one place then nothing is different", () => {
		for (let cut = 1; cut < stream.length; cut++) {
			const { time, connect, reports } = lab({ network: { writableAtStart: cut % 2 === 0 } });
			const peer = connect();
			peer.send(stream.slice(0, cut));
			time.advance(1);
			peer.send(stream.slice(cut));
			time.advance(1);
			assert.deepEqual(answers(peer.text).map(each => each.body), expected, "cut at " + cut);
			assert.deepEqual(reports, []);
		}
	});

	it("when it comes in random pieces through tiny buffers then nothing is different", () => {
		for (let seed = 1; seed <= 40; seed++) {
			const random = new Random(seed);
			const { time, connect, reports } = lab({ network: { segment: () => 1 + random.below(40), receiveWindow: 64, sendBuffer: 512 + random.below(100) } });
			const peer = connect();
			peer.window = 1 + random.below(30);
			peer.send(stream);
			time.advance(0);
			assert.deepEqual(answers(peer.text).map(each => each.body), expected, "seed " + seed);
			assert.deepEqual(reports, []);
		}
	});

	it("when sinks offer little space then nothing is different", () => {
		const world = lab();
		world.handler = exchange => {
			const sink = new RecordingSink(() => exchange.respond(200, textOf(sink.body)), 1);
			exchange.receive(sink);
		};
		assert.equal(answer(world.ask(request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", chunked("abc", "d")))).body, "abcd");
	});

	it("when a body is large then it passes the small window whole and unchanged", () => {
		const bytes = new Random(7).bytes(200_000);
		for (const head of ["Content-Length: 200000", "Transfer-Encoding: chunked"]) {
			const { time, connect, sinks } = lab();
			const peer = connect();
			peer.send("POST / HTTP/1.1\r\nHost: pod\r\n" + head + "\r\n\r\n");
			const step = head[0] === "C" ? 200_000 : 16_384;
			for (let at = 0; at < bytes.length; at += step) {
				const part = bytes.subarray(at, at + step);
				if (head[0] === "T")
					peer.send(part.length.toString(16) + "\r\n");
				peer.send(part);
				if (head[0] === "T")
					peer.send("\r\n");
			}
			if (head[0] === "T")
				peer.send("0\r\n\r\n");
			time.advance(0);
			assert.ok(textOf(sinks[0]!.body) === textOf(bytes));
			assert.deepEqual(sinks[0]!.log, ["done"]);
		}
	});

	it("when it cuts the stream at any place then the server is as it was before", () => {
		const stream = request("POST / HTTP/1.1\r\nContent-Length: 5", "hello") + request("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked", chunked("abc"));
		for (let cut = 0; cut <= stream.length; cut++) {
			const world = lab();
			const peer = world.connect();
			peer.send(stream.slice(0, cut));
			peer.end();
			world.time.advance(0);
			assert.deepEqual([world.server.connections, world.reports.length, world.time.pending], [0, 0, 0], "cut at " + cut);
			assert.equal(world.log.filter(line => line.startsWith("finished")).length, world.exchanges.length);
			for (const sink of world.sinks)
				assert.equal(sink.log.length, 1);
		}
	});
});

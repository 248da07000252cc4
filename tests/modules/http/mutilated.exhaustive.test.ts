/** Tests that try every case or many random ones: too long for the stress run, where each allocation collects. */
import { strict as assert } from "node:assert";
import { Random } from "../../support/random.ts";
import { answer, answers, bytesOf, chunked, lab, request } from "./support.ts";

describe("mutilated requests", () => {
	const seeds = [
		request("GET /tftp/u-boot.bin?x=%41 HTTP/1.1\r\nRange: bytes=0-99"),
		request("POST /tftp/kernel HTTP/1.1\r\nContent-Length: 20", "01234567890123456789"),
		request("PUT /tftp/x HTTP/1.1\r\nTransfer-Encoding: chunked", chunked("hello", "world")),
		request("POST /uart/baud HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 15", "{\"rate\":921600}")
	];

	it("when requests are changed at random then the server goes on and every sink hears of its end", () => {
		let good = 0;
		let bad = 0;
		for (let seed = 1; seed <= 150; seed++) {
			const random = new Random(seed);
			const { time, connect, server, reports, log, sinks, exchanges, ask } = lab({ network: { segment: () => 1 + random.below(50) } });
			const text = bytesOf(seeds[random.below(seeds.length)]! + seeds[random.below(seeds.length)]!);
			for (let count = 1 + random.below(4); count > 0; count--) {
				const at = random.below(text.length);
				if (random.below(3) === 0)
					text.copyWithin(at, random.below(text.length));
				else
					text[at] = random.pick([0, 9, 10, 13, 32, 44, 48, 57, 58, 59, 128, 255, random.below(256)]);
			}
			const peer = connect();
			peer.send(text);
			time.advance(100);
			if (random.below(2))
				peer.end();
			time.advance(200_000);
			assert.deepEqual(reports, [], "seed " + seed);
			assert.equal(server.connections, 0, "seed " + seed);
			assert.equal(time.pending, 0);
			for (const sink of sinks)
				assert.equal(sink.log.length, 1, "seed " + seed);
			assert.equal(log.filter(line => line.startsWith("finished")).length, exchanges.length);
			for (const { status } of answers(peer.text.split("HTTP/1.1 100 Continue\r\n\r\n").join("")))
				status === 200 ? good++ : bad++;
			assert.equal(answer(ask(request("GET /alive HTTP/1.1"))).status, 200);
		}
		assert.ok(good > 30 && bad > 30, good + " good, " + bad + " bad");
	});
});

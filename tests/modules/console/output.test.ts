import { strict as assert } from "node:assert";
import { bridge, cable, client, defects, say, setUp, time, uart } from "./support";

describe("bridge: camera to client", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when an answer is complete then it comes in one chunk, 10 ms after its last byte", () => {
		const { chunks, pass } = client();
		const answer = `help\r\n${"x".repeat(400)}\r\nOpenIPC # `;
		say(answer);
		pass(200);
		assert.deepEqual(chunks.map(chunk => chunk.text), [answer]);
		const last = (answer.length * 10_000) / 115_200;
		assert.ok(chunks[0]!.at >= last + 10 && chunks[0]!.at <= last + 12, `${chunks[0]!.at} after ${last}`);
	});

	it("when the camera pauses for less than the gap then the pieces stay together", () => {
		const { chunks, pass } = client();
		for (let i = 0; i < 5; i++) {
			say("ab");
			pass(8);
		}
		pass(50);
		assert.deepEqual(chunks.map(chunk => chunk.text), ["ababababab"]);
	});

	it("when the camera pauses for longer than the gap then the pieces come apart", () => {
		const { chunks, pass } = client();
		say("one");
		pass(15);
		say("two");
		pass(15);
		assert.deepEqual(chunks.map(chunk => chunk.text), ["one", "two"]);
	});

	it("when the camera never pauses then output comes every 100 ms", () => {
		const { chunks, pass } = client();
		for (let i = 0; i < 70; i++) {
			say("x");
			pass(5);
		}
		assert.equal(chunks.length, 3);
		for (let i = 1; i < chunks.length; i++)
			assert.ok(chunks[i]!.at - chunks[i - 1]!.at <= 106 && chunks[i]!.at - chunks[i - 1]!.at >= 99);
	});

	it("when 1,400 bytes wait then they are sent at once", () => {
		setUp({ limits: { cap: 1_000 } });
		const { chunks, pass } = client();
		say("y".repeat(5_000));
		pass(600);
		assert.equal(chunks.map(chunk => chunk.text).join("").length, 5_000);
		for (const chunk of chunks.slice(0, -1))
			assert.ok(chunk.text.length >= 1_400 && chunk.text.length < 1_450, `${chunk.text.length}`);
		assert.equal(chunks.length, 4);
	});

	it("when the limits are configured then they are kept", () => {
		setUp({ limits: { gap: 30, cap: 60, size: 10_000 } });
		const { chunks, pass } = client();
		say("a");
		pass(25);
		say("b");
		pass(25);
		say("c");
		pass(25);
		assert.equal(chunks[0]!.text, "abc");
	});

	it("when output came before the client then it gets none of that, whatever stage it is in", () => {
		for (let at = 0; at < 3; at += 0.05) {
			setUp({ cable: { grain: 1 } });
			say("stale!");
			time.advance(at);
			const { rx } = uart.counters;
			const { peer } = client();
			time.advance(100);
			assert.ok("stale!".slice(rx).endsWith(peer.text), `${at}: ${peer.text}`);
		}
	});

	it("when 4 KB came while nobody was connected then the next client starts clean", () => {
		say("z".repeat(4_096));
		time.advance(1_000);
		const { peer, pass } = client();
		pass(200);
		assert.equal(peer.text, "");
		say("fresh");
		time.advance(50);
		assert.equal(peer.text, "fresh");
	});

	it("when the network stands still and the camera says little at a time then it is collected, and nothing is lost", () => {
		setUp({ network: { sendBuffer: 17_280, writes: 48 } });
		const { peer } = client();
		peer.window = 0;
		let text = "";
		for (let i = 0; i < 300; i++) {
			text += `line ${i}\n`;
			say(`line ${i}\n`);
			time.advance(30);
			if (i % 50 === 49) {
				peer.open(20);
				peer.window = 0;
			}
		}
		assert.ok(bridge.client!.sent < text.length);
		peer.open();
		time.advance(100);
		assert.equal(peer.text, text);
		assert.equal(bridge.connections, 1);
		assert.notEqual(bridge.client, undefined);
	});

	it("when bytes have all values then they arrive unchanged", () => {
		const { peer } = client();
		const all = new Uint8Array(256).map((_, i) => i);
		cable.send(all);
		time.advance(200);
		assert.deepEqual(peer.received, all);
	});

	it("when the client is slow then nothing is lost as long as the ring holds it", () => {
		const { peer } = client();
		peer.window = 0;
		const text = Array.from({ length: 4_000 }, (_, i) => `line ${i}\n`).join("");
		say(text);
		time.advance(10_000);
		peer.open(100);
		time.advance(10_000);
		assert.equal(peer.text, text);
		assert.equal(uart.counters.dropped, 0);
	});

	it("when the client is a whole ring behind then the loss is counted and it goes on with the oldest byte", () => {
		setUp({ network: { sendBuffer: 1_000 }, logSize: 4_096 });
		const { peer } = client();
		peer.window = 0;
		const text = Array.from({ length: 2_000 }, (_, i) => `line ${i}\n`).join("");
		say(text);
		time.advance(5_000);
		peer.open();
		time.advance(1_000);
		const got = peer.text;
		assert.ok(got.length < text.length);
		assert.equal(got, text.slice(0, 1_000) + text.slice(-4_096));
		assert.equal(uart.counters.dropped, text.length - got.length);
		assert.equal(bridge.client!.lost, text.length - got.length);
	});

	it("when the socket takes a few bytes at a time then they are the right ones in order", () => {
		setUp({ network: { sendBuffer: 600 } });
		const { peer } = client();
		peer.window = 7;
		const text = Array.from({ length: 600 }, (_, i) => `${i},`).join("");
		say(text);
		time.advance(5_000);
		assert.equal(peer.text, text);
	});

	it("when a new socket does not say at once how much it takes then the client gets output all the same", () => {
		setUp({ network: { writableAtStart: false } });
		const { peer } = client();
		say("w".repeat(2_000));
		time.advance(1_000);
		assert.equal(peer.text.length, 2_000);
	});
});

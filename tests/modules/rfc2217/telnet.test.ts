import { strict as assert } from "node:assert";
import { SUBNEGOTIATION_LIMIT, TelnetReader, quote } from "rfc2217/telnet";
import { Random } from "../../support/random";
import { EVENTS, IAC, STREAM, bytes, events } from "./stream";

describe("telnet: reading", () => {
	it("when data and commands are mixed then each is told in its order", () => {
		assert.deepEqual(events([STREAM]), EVENTS);
	});

	it("when every byte comes alone then nothing changes", () => {
		assert.deepEqual(events(Array.from(STREAM, byte => bytes(byte))), EVENTS);
	});

	it("when few data bytes are taken at a time then nothing changes", () => {
		for (const limit of [1, 2, 3, 5])
			assert.deepEqual(events([STREAM], limit), EVENTS);
	});

	it("when no data is taken then commands before it are told and none behind it", () => {
		const told: number[] = [];
		const reader = new TelnetReader({ negotiate: (_verb, option) => void told.push(option), subnegotiation() {}, command() {} }, new Uint8Array(SUBNEGOTIATION_LIMIT));
		for (const data of [[65], [IAC, IAC]]) {
			const stream = bytes(IAC, 253, 1, ...data, IAC, 253, 2);
			told.length = 0;
			let at = 0;
			for (let count = reader.read(stream, 0); count > 0; count = reader.read(stream.subarray(at), 0))
				at += count;
			assert.deepEqual([at, told], [3, [1]]);
			at += reader.read(stream.subarray(at), 1);
			assert.equal(reader.data!.length, 1);
			while (at < stream.length)
				at += reader.read(stream.subarray(at), 0);
			assert.deepEqual(told, [1, 2]);
		}
	});

	it("when a doubled 0xFF is split and no data is taken then its second half waits", () => {
		const reader = new TelnetReader({ negotiate() {}, subnegotiation() {}, command() {} }, new Uint8Array(SUBNEGOTIATION_LIMIT));
		assert.equal(reader.read(bytes(IAC), 0), 1);
		assert.equal(reader.read(bytes(IAC), 0), 0);
		assert.equal(reader.read(bytes(IAC), 1), 1);
		assert.deepEqual(reader.data, bytes(IAC));
	});

	it("when a subnegotiation is as long as may be then it is told, and a longer one is ignored whole", () => {
		for (const length of [SUBNEGOTIATION_LIMIT, SUBNEGOTIATION_LIMIT + 1, SUBNEGOTIATION_LIMIT * 2, 100_000]) {
			const content = new Uint8Array(length).fill(7);
			const got = events([bytes(IAC, 250), content, bytes(IAC, 240, 9)]);
			assert.deepEqual(got, length > SUBNEGOTIATION_LIMIT ? ["data 9"] : [`subnegotiation ${content.join(" ")}`, "data 9"], String(length));
		}
	});

	it("when a long one grows by doubled 0xFFs only then it is ignored as well", () => {
		const content = new Uint8Array(SUBNEGOTIATION_LIMIT * 2 + 2).fill(IAC);
		assert.deepEqual(events([bytes(IAC, 250), content, bytes(IAC, 240, 9)]), ["data 9"]);
		assert.deepEqual(events([bytes(IAC, 250), content.subarray(2), bytes(IAC, 240, 9)]).length, 2);
	});

	it("when a subnegotiation's end was forgotten then the command within it counts, and what was begun is ignored", () => {
		assert.deepEqual(events([bytes(IAC, 250, 44, 1, IAC, 253, 3, 65)]), ["negotiate 253 3", "data 65"]);
		assert.deepEqual(events([bytes(IAC, 250, 44, 1, IAC, 250, 44, 2, IAC, 240, 65)]), ["subnegotiation 44 2", "data 65"]);
	});
});

describe("telnet: quoting", () => {
	it("when bytes have all values, 0xFFs alone and in runs, then they come back as they were, each 0xFF doubled on the way", () => {
		const random = new Random(1);
		for (let round = 0; round < 200; round++) {
			const from = Uint8Array.from({ length: random.below(300) }, () => random.below(3) ? random.below(256) : IAC);
			const into = new Uint8Array(from.length * 2);
			const made = quote(from, into);
			assert.equal(made, from.length + from.filter(byte => byte === IAC).length);
			assert.deepEqual(events([into.subarray(0, made)]), from.length > 0 ? [`data ${from.join(" ")}`] : []);
		}
	});

	it("when there is no 0xFF, or nothing else, then that works, too", () => {
		const into = new Uint8Array(8);
		assert.equal(quote(bytes(13, 0, 13, 10), into), 4);
		assert.deepEqual(into, bytes(13, 0, 13, 10, 0, 0, 0, 0));
		assert.equal(quote(bytes(IAC, IAC, IAC, IAC), into), 8);
		assert.deepEqual(into, new Uint8Array(8).fill(IAC));
		assert.equal(quote(bytes(), into), 0);
	});
});

import { strict as assert } from "node:assert";
import { SUBNEGOTIATION_LIMIT, TelnetReader } from "rfc2217/telnet";
import { Random } from "../../support/random";
import { ANSWERS, NEGOTIATION, PORT, SETTINGS, bridge, cable, client, command, connect, defects, heard, hex, network, say, setUp, take, time, unhex } from "./support";

describe("rfc2217: every split", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when all that pyserial sends comes in one segment, split anywhere, or byte by byte then the answers are the same", () => {
		const request = unhex(`${NEGOTIATION} 41 ${SETTINGS} 42 ff ff ff fa 2c 05 01 ff f0 43`);
		const answers = (pieces: Uint8Array[]): string => {
			setUp();
			const peer = connect();
			for (const piece of pieces) {
				peer.send(piece);
				time.advance(5);
			}
			time.advance(50);
			assert.equal(heard(), "AB\xffC");
			return take(peer);
		};
		const whole = answers([request]);
		assert.equal(whole, `ff fd 03 ff fb 2c ff fd 2c ff fa 2c 6b b0 ff f0 ${ANSWERS} ff fa 2c 69 01 ff f0`);
		for (let at = 1; at < request.length; at++)
			assert.equal(answers([request.subarray(0, at), request.subarray(at)]), whole, `split at ${at}`);
		assert.equal(answers(Array.from(request, byte => Uint8Array.of(byte))), whole);
	});
});

describe("rfc2217: data", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	/** Bytes of all values, with many 0xFFs, alone and in runs. */
	function mixture(length: number, seed: number): Uint8Array {
		const random = new Random(seed);
		return Uint8Array.from({ length }, () => random.below(3) ? random.below(256) : 0xff);
	}

	function quoted(bytes: Uint8Array): Uint8Array {
		const list: number[] = [];
		for (const byte of bytes) {
			list.push(byte);
			if (byte === 0xff)
				list.push(byte);
		}
		return Uint8Array.from(list);
	}

	it("when bytes of all values with many 0xFFs go both ways, in segments of any size, then they arrive as they were", () => {
		for (const [sendBuffer, most] of [[5_744, 5_000], [64, 3], [17, 1]] as const) {
			const random = new Random(most);
			setUp({ cable: { grain: 64 }, network: { sendBuffer, segment: left => Math.min(left, 1 + random.below(most)) } });
			const peer = client();
			const sent = mixture(6_000, 1);
			const said = mixture(6_000, 2);
			peer.send(quoted(sent));
			cable.send(said);
			time.advance(5_000);
			assert.deepEqual(Uint8Array.from(cable.recorded), sent);
			assert.deepEqual(peer.received, quoted(said));
			assert.deepEqual([bridge.client!.received, bridge.client!.sent], [sent.length, said.length]);
		}
	});

	it("when 64 KB of nothing but 0xFF are sent at once then TCP holds the client back and all arrive", () => {
		setUp({ cable: { transmitQueue: 128, grain: 64 } });
		const peer = client();
		peer.send(new Uint8Array(131_072).fill(0xff));
		time.advance(1_000);
		assert.ok(peer.unread > 131_072 - 2 * 11_600 - 2_048, `${peer.unread} unread after a second`);
		time.advance(5_000);
		assert.equal(cable.recorded.length, 65_536);
		assert.ok(cable.recorded.every(byte => byte === 0xff));
	});

	it("when answers and output share a narrow socket then neither is torn by the other", () => {
		for (const sendBuffer of [14, 17, 23, 40]) {
			setUp({ network: { sendBuffer } });
			const peer = client();
			const said = mixture(2_000, sendBuffer);
			cable.send(said);
			for (let i = 0; i < 200; i++) {
				peer.send(unhex("ff fa 2c 01 00 00 00 00 ff f0"));
				peer.window = 1 + i % 7;
				time.advance(1);
			}
			peer.open();
			time.advance(1_000);
			const data: number[] = [];
			let answers = 0;
			const reader = new TelnetReader({ negotiate: () => assert.fail(), command: () => assert.fail(), subnegotiation: bytes => {
				assert.equal(hex(bytes), "2c 65 00 01 c2 00");
				answers++;
			} }, new Uint8Array(SUBNEGOTIATION_LIMIT));
			reader.binary = true;
			for (let at = 0; at < peer.received.length;) {
				at += reader.read(peer.received.subarray(at), 1_000_000);
				if (reader.data)
					data.push(...reader.data);
			}
			assert.equal(answers, 200);
			assert.deepEqual(Uint8Array.from(data), said);
		}
	});

	it("when noise comes then the pod lives, and the next client is served", () => {
		const random = new Random(9);
		for (let round = 0; round < 50; round++) {
			const peer = network.connect(PORT);
			time.advance(1);
			peer.send(Uint8Array.from({ length: 3_000 }, () => random.below(2) ? 240 + random.below(16) : random.pick([44, 1, 5, 12, 0, random.below(256)])));
			time.advance(1_000);
			if (round % 2)
				peer.abort();
			time.advance(10);
		}
		const peer = client();
		assert.equal(command(peer, "01 00 01 c2 00"), "65 00 01 c2 00");
		say("alive");
		time.advance(50);
		assert.equal(peer.take(), "alive");
	});
});

import { strict as assert } from "node:assert";
import { Random } from "../../support/random";
import { EVENTS, IAC, STREAM, bytes, events } from "./stream";

describe("telnet: every split", () => {
	it("when the stream is split anywhere, at two places, then nothing changes", () => {
		for (let a = 0; a <= STREAM.length; a++) {
			for (let b = a; b <= STREAM.length; b++)
				assert.deepEqual(events([STREAM.subarray(0, a), STREAM.subarray(a, b), STREAM.subarray(b)]), EVENTS, `split at ${a} and ${b}`);
		}
	});

	it("when a text with all kinds of line ends is split anywhere, at two places, or byte by byte then each is one CR", () => {
		const text = bytes(65, 13, 10, 66, 13, 0, 13, 13, 10, 10, IAC, IAC, 13, IAC, 241, 0, 13, IAC, 250, 24, 13, 10, IAC, 240, 10, 13, IAC, 244, 10, 0, 67);
		const expected = ["data 65 13 66 13 13 13 10 255 13", "command 241", "data 13", "subnegotiation 24 13 10", "data 13 3 10 0 67"];
		for (let a = 0; a <= text.length; a++) {
			for (let b = a; b <= text.length; b++)
				assert.deepEqual(events([text.subarray(0, a), text.subarray(a, b), text.subarray(b)], 1_000, false), expected, `split at ${a} and ${b}`);
		}
		for (const limit of [1, 2, 3])
			assert.deepEqual(events(Array.from(text, byte => bytes(byte)), limit, false), expected);
	});

	it("when noise comes then every byte is dealt with, however it is split", () => {
		const random = new Random(2217);
		for (let round = 0; round < 200; round++) {
			const noise = Uint8Array.from({ length: 200 }, () => random.below(3) ? random.below(256) : 240 + random.below(16));
			const at = random.below(200);
			for (const binary of [false, true])
				assert.deepEqual(events([noise.subarray(0, at), noise.subarray(at)], 1 + random.below(9), binary), events([noise], 1_000, binary));
		}
	});
});

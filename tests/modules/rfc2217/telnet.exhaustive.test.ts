import { strict as assert } from "node:assert";
import { Random } from "../../support/random";
import { EVENTS, STREAM, events } from "./stream";

describe("telnet: every split", () => {
	it("when the stream is split anywhere, at two places, then nothing changes", () => {
		for (let a = 0; a <= STREAM.length; a++) {
			for (let b = a; b <= STREAM.length; b++)
				assert.deepEqual(events([STREAM.subarray(0, a), STREAM.subarray(a, b), STREAM.subarray(b)]), EVENTS, `split at ${a} and ${b}`);
		}
	});

	it("when noise comes then every byte is dealt with, however it is split", () => {
		const random = new Random(2217);
		for (let round = 0; round < 200; round++) {
			const noise = Uint8Array.from({ length: 200 }, () => random.below(3) ? random.below(256) : 240 + random.below(16));
			const at = random.below(200);
			assert.deepEqual(events([noise.subarray(0, at), noise.subarray(at)], 1 + random.below(9)), events([noise]));
		}
	});
});

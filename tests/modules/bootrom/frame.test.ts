import { strict as assert } from "node:assert";
import { Frames } from "bootrom/frame";
import { BytesContent } from "store/content";

describe("bootrom: frames", () => {
	it("when a HEAD is built then it matches the known vector", () => {
		assert.equal(hex(new Frames().head(64, 0x0401_3000)), "fe00ff010000004004013000519c");
	});

	it("when a frame_for_start is built then it is an AA and the HEAD", () => {
		assert.equal(hex(new Frames().start(64, 0x0401_3000)), "aafe00ff010000004004013000519c");
	});

	it("when a DATA frame is built then it matches the known vector", () => {
		const frames = new Frames();
		const content = new BytesContent(Uint8Array.from([9, 9, 0, 1, 2, 3, 9]));
		assert.equal(hex(frames.seal(frames.data(1, content, 2, 4))), "da01fe00010203664f");
	});

	it("when a TAIL is built then it matches the known vector", () => {
		assert.equal(hex(new Frames().tail(2)), "ed02fdbab0");
	});

	it("when an address has its highest bit set then HEAD carries it unchanged", () => {
		assert.equal(hex(new Frames().head(0x0102_0304, 0xfffe_1000)).slice(8, 24), "01020304fffe1000");
	});

	it("when more than 255 DATA frames are counted then the sequence wraps to 0 and its complement follows", () => {
		const frames = new Frames();
		const content = new BytesContent(new Uint8Array(1));
		assert.equal(hex(frames.data(256, content, 0, 1)).slice(0, 6), "da00ff");
		assert.equal(hex(frames.data(257, content, 0, 1)).slice(0, 6), "da01fe");
		assert.equal(hex(frames.tail(256)).slice(0, 6), "ed00ff");
	});

	it("when a payload lies in several pieces then the frame has them in order", () => {
		const frames = new Frames();
		const bytes = new Uint8Array(2_000).map((_, i) => i * 7);
		const pieces = { size: bytes.length, span: (offset: number, limit: number) => bytes.subarray(offset, Math.min(offset + limit, offset + 300)) };
		const frame = frames.seal(frames.data(1, pieces, 500, 1_024));
		assert.equal(frame.length, 1_029);
		assert.equal(hex(frame.subarray(3, 1_027)), hex(bytes.subarray(500, 1_524)));
		const whole = new Frames();
		assert.equal(hex(whole.seal(whole.data(1, new BytesContent(bytes), 500, 1_024))), hex(frame));
	});

	it("when a short DATA frame follows a full one then its CRC covers only itself", () => {
		const frames = new Frames();
		frames.seal(frames.data(1, new BytesContent(new Uint8Array(1_024).fill(0xee)), 0, 1_024));
		assert.equal(hex(frames.seal(frames.data(1, new BytesContent(Uint8Array.from([0, 1, 2, 3])), 0, 4))), "da01fe00010203664f");
	});
});

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}

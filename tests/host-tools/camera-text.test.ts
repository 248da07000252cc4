import { strict as assert } from "node:assert";
import { LineSplitter, TextJoiner, type CameraLine } from "../../host-tools/cli/screen/camera-text.ts";

const SAID = Buffer.from("one\r\ntwo\nthree\r\r\n\r\n##\r###\r\nd\u00e9j\u00e0 \u20ac\r\nno end");

/** `SAID` in pieces of `size` bytes. */
function* pieces(size: number): Generator<[offset: number, bytes: Buffer]> {
	for (let at = 0; at < SAID.length; at += size)
		yield [100 + at, SAID.subarray(at, at + size)];
}

describe("a camera's output as text", () => {
	it("when it is cut anywhere then lines and their places are the same", () => {
		for (let size = 1; size <= SAID.length; size++) {
			const splitter = new LineSplitter();
			const lines: CameraLine[] = [];
			for (const [offset, bytes] of pieces(size))
				lines.push(...splitter.lines(offset, bytes));
			lines.push(...splitter.end());
			assert.deepEqual(lines, [
				{ offset: 100, text: "one" }, { offset: 105, text: "two" }, { offset: 109, text: "three" }, { offset: 117, text: "" }, { offset: 119, text: "##" },
				{ offset: 122, text: "###" }, { offset: 127, text: "d\u00e9j\u00e0 \u20ac" }, { offset: 139, text: "no end" }
			], `${size} bytes at a time`);
			assert.deepEqual([...splitter.end()], []);
		}
	});

	it("when it is cut anywhere then the text as it comes is the same, with one LF at every line's end", () => {
		for (let size = 1; size <= SAID.length; size++) {
			const joiner = new TextJoiner();
			let text = "";
			for (const [, bytes] of pieces(size))
				text += joiner.text(bytes);
			assert.equal(text + joiner.end(), "one\ntwo\nthree\n\n##\n###\nd\u00e9j\u00e0 \u20ac\nno end", `${size} bytes at a time`);
		}
	});

	it("when a line has no end then it is given out in pieces", () => {
		const splitter = new LineSplitter();
		const lines = [...splitter.lines(0, Buffer.alloc(10_000, "x")), ...splitter.end()];
		assert.deepEqual(lines.map(({ offset, text }) => [offset, text.length]), [[0, 4096], [4096, 4096], [8192, 1808]]);
	});
});

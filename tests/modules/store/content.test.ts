import { strict as assert } from "node:assert";
import { BytesContent, PartContent } from "store/content";
import { lab, stage } from "./support.ts";

describe("content", () => {
	it("when bytes are read by span then each span is in bounds and the end is empty", () => {
		const content = new BytesContent(new Uint8Array([1, 2, 3]));
		assert.equal(content.size, 3);
		assert.deepEqual([...content.span(1, 10)], [2, 3]);
		assert.deepEqual([...content.span(0, 2)], [1, 2]);
		assert.equal(content.span(3, 10).length, 0);
	});

	it("when a part of a file is read then it begins and ends where it should", () => {
		const { store } = lab(4);
		stage(store, "f", 40_000);
		const file = store.get("f")!;
		file.span(20_000, 1)[0] = 77;
		const part = new PartContent(file, 20_000, 5);
		assert.equal(part.size, 5);
		assert.equal(part.span(0, 1)[0], 77);
		assert.equal(part.span(0, 100).length, 5);
		assert.equal(part.span(4, 100).length, 1);
		assert.equal(part.span(5, 100).length, 0);
	});

	it("when a part lies outside then it is refused", () => {
		const content = new BytesContent(new Uint8Array(3));
		assert.throws(() => new PartContent(content, 2, 2), RangeError);
		assert.throws(() => new PartContent(content, -1, 2), RangeError);
		assert.throws(() => new PartContent(content, 0, -1), RangeError);
	});
});

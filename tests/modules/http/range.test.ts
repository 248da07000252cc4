import { strict as assert } from "node:assert";
import { parseRange } from "http/range";

describe("ranges", () => {
	it("when a range lies in the content then it is that part", () => {
		assert.deepEqual(parseRange("bytes=0-0", 100), { offset: 0, size: 1 });
		assert.deepEqual(parseRange("bytes=10-19", 100), { offset: 10, size: 10 });
		assert.deepEqual(parseRange("bytes=99-", 100), { offset: 99, size: 1 });
		assert.deepEqual(parseRange("bytes=0-", 100), { offset: 0, size: 100 });
		assert.deepEqual(parseRange("bytes=-1", 100), { offset: 99, size: 1 });
	});

	it("when a range reaches beyond the end then it is cut", () => {
		assert.deepEqual(parseRange("bytes=90-200", 100), { offset: 90, size: 10 });
		assert.deepEqual(parseRange("bytes=-200", 100), { offset: 0, size: 100 });
	});

	it("when nothing of it is there then it can't be satisfied", () => {
		for (const [header, size] of [["bytes=100-", 100], ["bytes=100-200", 100], ["bytes=-0", 100], ["bytes=0-", 0], ["bytes=-5", 0]] as const)
			assert.equal(parseRange(header, size), "unsatisfiable", header);
	});

	it("when the header is absent, malformed or asks for several then everything is meant", () => {
		for (const header of [undefined, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "lines=0-1", "bytes=0-1,5-6", "bytes= 0-1", "bytes=0-99999999999999999"])
			assert.equal(parseRange(header, 100), undefined, String(header));
	});
});

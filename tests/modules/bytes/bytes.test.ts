import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";

/** Bytes that repeat only after 251. */
function pattern(length: number): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let i = 0; i < length; i++)
		bytes[i] = i % 251;
	return bytes;
}

/** Bit by bit, from the definition. */
function slowly(bytes: Uint8Array): number {
	let crc = -1;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	}
	return ~crc >>> 0;
}

describe("bytes: crc32", function () {
	it("when the bytes are the standard's check string then the result is its check value", function () {
		assert.equal(Bytes.crc32(new Uint8Array([..."123456789"].map(digit => digit.charCodeAt(0))), 0), 0xcbf43926);
	});

	it("when there are no bytes then what came before is returned", function () {
		assert.equal(Bytes.crc32(new Uint8Array(0), 0), 0);
		assert.equal(Bytes.crc32(new Uint8Array(0), 0xfedcba98), 0xfedcba98);
	});

	it("when the length and the start of a view are any then the result is that of the definition", function () {
		const bytes = pattern(64);
		for (let start = 0; start < 9; start++) {
			for (let end = start; end < 40; end++)
				assert.equal(Bytes.crc32(bytes.subarray(start, end), 0), slowly(bytes.subarray(start, end)), `${start} to ${end}`);
		}
	});

	it("when each bit of eight bytes is set alone then all tables agree with the definition", function () {
		for (let bit = 0; bit < 64; bit++) {
			const bytes = new Uint8Array(8);
			bytes[bit >> 3] = 1 << (bit & 7);
			assert.equal(Bytes.crc32(bytes, 0), slowly(bytes), `bit ${bit}`);
		}
	});

	it("when bytes come in pieces then the result is that of the whole", function () {
		const bytes = pattern(1000);
		const whole = Bytes.crc32(bytes, 0);
		for (const size of [1, 7, 8, 9, 333, 999]) {
			let crc = 0;
			for (let start = 0; start < bytes.length; start += size)
				crc = Bytes.crc32(bytes.subarray(start, start + size), crc);
			assert.equal(crc, whole, `pieces of ${size}`);
		}
	});

	it("when the bytes are in a SharedArrayBuffer then they are read there", function () {
		const bytes = new Uint8Array(new SharedArrayBuffer(100));
		bytes.set(pattern(100));
		assert.equal(Bytes.crc32(bytes, 0), slowly(pattern(100)));
	});
});

describe("bytes: replaceRuns", function () {
	it("when runs are as long as the minimum then they are replaced, and shorter ones are not", function () {
		const bytes = new Uint8Array([255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 255]);
		assert.equal(Bytes.replaceRuns(bytes, 255, 3, 0), 2);
		assert.deepEqual([...bytes], [255, 255, 1, 0, 0, 0, 2, 0, 0, 0, 0]);
	});

	it("when there is no such byte then nothing changes", function () {
		const bytes = pattern(300);
		assert.equal(Bytes.replaceRuns(bytes, 255, 1, 7), 0);
		assert.deepEqual(bytes, pattern(300));
	});

	it("when every byte is of the run then it is one run", function () {
		const bytes = new Uint8Array(1000).fill(255);
		assert.equal(Bytes.replaceRuns(bytes, 255, 12, 0), 1);
		assert.deepEqual(bytes, new Uint8Array(1000));
	});

	it("when a view is part of a buffer then the runs' ends outside of it stay", function () {
		const whole = new Uint8Array(30).fill(255);
		assert.equal(Bytes.replaceRuns(whole.subarray(10, 20), 255, 10, 1), 1);
		assert.equal(whole.indexOf(1), 10);
		assert.equal(whole.lastIndexOf(1), 19);
		assert.equal(Bytes.replaceRuns(whole.subarray(0, 10), 255, 11, 1), 0);
	});

	it("when there are no bytes then there are no runs", function () {
		assert.equal(Bytes.replaceRuns(new Uint8Array(0), 255, 1, 0), 0);
	});

	it("when the replacement is the value itself then runs are counted and nothing changes", function () {
		const bytes = new Uint8Array([9, 9, 9]);
		assert.equal(Bytes.replaceRuns(bytes, 9, 2, 9), 1);
		assert.deepEqual([...bytes], [9, 9, 9]);
	});
});

describe("bytes: run", function () {
	it("when bytes begin with the value then their number is told, from the view's start to its end", function () {
		const bytes = new Uint8Array([1, 255, 255, 255, 2, 255]);
		assert.equal(Bytes.run(bytes, 255), 0);
		assert.equal(Bytes.run(bytes.subarray(1), 255), 3);
		assert.equal(Bytes.run(bytes.subarray(1, 3), 255), 2);
		assert.equal(Bytes.run(bytes.subarray(5), 255), 1);
		assert.equal(Bytes.run(bytes.subarray(6), 255), 0);
	});
});

describe("bytes: copy", function () {
	it("when the target is part of a buffer then its place counts from its start, and nothing else changes", function () {
		const whole = new Uint8Array(30);
		Bytes.copy(whole.subarray(10, 20), 2, pattern(50).buffer, 4, 5);
		assert.deepEqual([...whole], [...new Array(12).fill(0), 4, 5, 6, 7, 8, ...new Array(13).fill(0)]);
	});

	it("when all of it is copied, or nothing at an end, then that is no error", function () {
		const to = new Uint8Array(8);
		Bytes.copy(to, 0, pattern(8).buffer, 0, 8);
		Bytes.copy(to, 8, pattern(8).buffer, 8, 0);
		assert.deepEqual(to, pattern(8));
	});

	it("when the bytes are in a SharedArrayBuffer then they are read there", function () {
		const from = new SharedArrayBuffer(100);
		new Uint8Array(from).set(pattern(100));
		const to = new Uint8Array(40);
		Bytes.copy(to, 0, from, 60, 40);
		assert.deepEqual(to, pattern(100).subarray(60));
	});

	it("when the two overlap then the bytes arrive as they were", function () {
		const bytes = pattern(20);
		Bytes.copy(bytes, 1, bytes.buffer, 0, 19);
		assert.deepEqual([...bytes], [0, ...pattern(19)]);
	});

	it("when either has not so many bytes then it throws and copies nothing", function () {
		const [to, from] = [new Uint8Array(8), new Uint8Array(10).fill(1)];
		for (const [at, start, count] of [[1, 0, 8], [9, 0, 0], [-1, 0, 1], [0, 3, 8], [0, 11, 0], [0, -1, 1], [0, 0, -1], [0, 0, 11], [0x7fffffff, 0, 2], [0, 0x7fffffff, 2], [1, 1, -1]])
			assert.throws(() => Bytes.copy(to, at!, from.buffer, start!, count!), RangeError, `${at} ${start} ${count}`);
		assert.deepEqual(to, new Uint8Array(8));
	});
});

import { strict as assert } from "node:assert";
import { PageList, PagePool, pagesFor, pageSize } from "store/pages";

const bank = 262_144;

describe("page pool", () => {
	it("when bytes are no multiple of a page then the rest is left alone", () => {
		const asked: number[] = [];
		const pool = new PagePool({ bytes: bank * 2 + pageSize * 3 + 5, allocate: bytes => (asked.push(bytes), new Uint8Array(bytes)) });
		assert.deepEqual(asked, [bank, bank, pageSize * 3]);
		assert.equal(pool.totalPages, 35);
		assert.equal(pool.totalBytes, 35 * pageSize);
		assert.equal(pool.freeBytes, pool.totalBytes);
	});

	it("when there is no page or there are too many then it refuses", () => {
		const none = (bytes: number) => new Uint8Array(0 * bytes);
		for (const bytes of [0, -1, NaN, pageSize - 1, 65_537 * pageSize])
			assert.throws(() => new PagePool({ bytes, allocate: none }), RangeError);
	});

	it("when pages are taken and given then the lowest is next, and at the end there is -1", () => {
		const pool = new PagePool({ bytes: 4 * pageSize });
		assert.deepEqual([pool.take(), pool.take(), pool.take(), pool.take(), pool.take()], [0, 1, 2, 3, -1]);
		pool.give(2);
		pool.give(1);
		assert.equal(pool.freePages, 2);
		assert.deepEqual([pool.take(), pool.take(), pool.take()], [1, 2, -1]);
	});

	it("when a page is given back twice or never existed then it throws", () => {
		const pool = new PagePool({ bytes: 2 * pageSize });
		assert.throws(() => pool.give(0), /not taken/);
		pool.give(pool.take());
		assert.throws(() => pool.give(0), /not taken/);
		assert.throws(() => pool.give(2), /not taken/);
		assert.equal(pool.freePages, 2);
	});

	it("when bytes fill pages then pagesFor counts the last one too", () => {
		assert.deepEqual([0, 1, pageSize, pageSize + 1].map(pagesFor), [0, 1, 1, 2]);
	});
});

describe("page list", () => {
	it("when pages lie together then a span goes on to the end of the bank", () => {
		const pool = new PagePool({ bytes: 2 * bank });
		const list = new PageList(pool);
		list.extend(32);
		assert.equal(list.span(0, Infinity).length, bank);
		assert.equal(list.span(100, 5).length, 5);
		assert.equal(list.span(pageSize - 1, 10).length, 10);
		assert.equal(list.span(bank - 1, 10).length, 1);
		assert.equal(list.span(bank, Infinity).length, bank);
		assert.equal(list.span(2 * bank, 1).length, 0);
	});

	it("when pages are scattered then a span ends where the next byte lies elsewhere", () => {
		const pool = new PagePool({ bytes: 4 * pageSize });
		const first = new PageList(pool);
		const second = new PageList(pool);
		first.extend(1);
		second.extend(1);
		first.extend(2);
		assert.equal(first.span(10, Infinity).length, pageSize - 10);
		assert.equal(first.span(pageSize, Infinity).length, 2 * pageSize);
		first.span(0, 1)[0] = 7;
		second.span(0, 1)[0] = 8;
		assert.equal(first.span(0, 1)[0], 7);
	});

	it("when it is cut then pages behind go back and the rest stays", () => {
		const pool = new PagePool({ bytes: 8 * pageSize });
		const list = new PageList(pool);
		list.extend(8);
		list.truncate(2 * pageSize + 1);
		assert.equal(list.count, 3);
		assert.equal(pool.freePages, 5);
		assert.equal(list.span(0, Infinity).length, 3 * pageSize);
		list.truncate(0);
		assert.equal(pool.freePages, 8);
		assert.equal(list.span(0, Infinity).length, 0);
	});

	it("when more is asked for than is free then it throws and takes nothing", () => {
		const pool = new PagePool({ bytes: 2 * pageSize });
		const list = new PageList(pool);
		assert.throws(() => list.extend(3), /beyond/);
		assert.equal(pool.freePages, 2);
	});
});

import { strict as assert } from "node:assert";
import { PageList, PagePool, pagesFor, pageSize } from "store/pages";

const bank = 1_048_576;

describe("page pool", () => {
	it("when bytes are no multiple of a page then the rest is left alone, and the banks are few", () => {
		const asked: number[] = [];
		const pool = new PagePool({ bytes: bank * 2 + pageSize * 3 + 5, allocate: bytes => (asked.push(bytes), new Uint8Array(bytes)) });
		assert.deepEqual(asked, [bank, bank, pageSize * 3 + 2 * 131]);
		assert.equal(pool.totalPages, 131);
		assert.equal(pool.totalBytes, 131 * pageSize);
		assert.equal(pool.freeBytes, pool.totalBytes);
	});

	it("when it has the chip's size then it is 7.75 MiB in eight banks", () => {
		const asked: number[] = [];
		const pool = new PagePool({ bytes: 8_126_464, allocate: bytes => (asked.push(bytes), new Uint8Array(bytes)) });
		assert.deepEqual(asked, [...new Array<number>(7).fill(bank), 786_432 + 992]);
		assert.equal(pool.freeBytes, 8_126_464);
	});

	it("when the memory lies in smaller pieces then smaller banks are made of it, and no byte is lost", () => {
		for (const [first, then] of [[3, 262_144], [0, 524_288], [1, 786_432]] as const) {
			let large = first;
			const banks: number[] = [];
			const pool = new PagePool({
				bytes: 8_126_464,
				allocate: bytes => {
					if (bytes > then + 992 && large-- <= 0)
						throw new RangeError("no such piece");
					banks.push(bytes);
					return new Uint8Array(bytes);
				}
			});
			assert.equal(banks.reduce((sum, bytes) => sum + bytes, 0), 8_126_464 + 992, `${banks}`);
			const list = new PageList(pool);
			list.extend(496);
			const places = new Map<ArrayBufferLike, Set<number>>();
			for (let at = 0; at < 8_126_464; at += pageSize) {
				const view = list.view(at, pageSize);
				assert.equal(view.length, pageSize);
				places.set(view.buffer, (places.get(view.buffer) ?? new Set()).add(view.byteOffset));
			}
			assert.equal([...places.values()].reduce((sum, { size }) => sum + size, 0), 496, "each page has a place of its own");
		}
	});

	it("when not even small pieces are left then it refuses", () => {
		let left = 3;
		assert.throws(() => new PagePool({
			bytes: 8_126_464,
			allocate: bytes => {
				if (left-- <= 0)
					throw new RangeError("no memory");
				return new Uint8Array(bytes);
			}
		}), /no memory/);
	});

	it("when it is large then its banks are no more than seventeen", () => {
		const banks: number[] = [];
		// only the last one, with the table, is really there
		const pool = new PagePool({ bytes: 1000 << 20, allocate: bytes => (banks.push(bytes), bytes === 1 << 26 ? { length: bytes } as Uint8Array : new Uint8Array(bytes)) });
		assert.equal(pool.totalPages, 64_000);
		assert.ok(banks.length <= 17, `${banks}`);
	});

	it("when there is no page or there are too many then it refuses", () => {
		const none = (bytes: number) => new Uint8Array(0 * bytes);
		for (const bytes of [0, -1, NaN, pageSize - 1, 65_535 * pageSize])
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
	it("when pages lie together then a span goes on for 256 KiB, or to the end of the bank", () => {
		const pool = new PagePool({ bytes: 2 * bank });
		const list = new PageList(pool);
		list.extend(128);
		assert.equal(list.view(0, Infinity).length, bank / 4);
		assert.equal(list.view(bank / 2 + 100, Infinity).length, bank / 4);
		assert.equal(list.view(bank - 2 * pageSize, Infinity).length, 2 * pageSize);
		assert.equal(list.view(100, 5).length, 5);
		assert.equal(list.view(pageSize - 1, 10).length, 10);
		assert.equal(list.view(bank - 1, 10).length, 1);
		assert.equal(list.view(bank, Infinity).length, bank / 4);
		assert.equal(list.view(2 * bank, 1).length, 0);
	});

	it("when pages are scattered then a span ends where the next byte lies elsewhere", () => {
		const pool = new PagePool({ bytes: 4 * pageSize });
		const first = new PageList(pool);
		const second = new PageList(pool);
		first.extend(1);
		second.extend(1);
		first.extend(2);
		assert.equal(first.view(10, Infinity).length, pageSize - 10);
		assert.equal(first.view(pageSize, Infinity).length, 2 * pageSize);
		first.view(0, 1)[0] = 7;
		second.view(0, 1)[0] = 8;
		assert.equal(first.view(0, 1)[0], 7);
	});

	it("when it is cut then pages behind go back and the rest stays", () => {
		const pool = new PagePool({ bytes: 8 * pageSize });
		const list = new PageList(pool);
		list.extend(8);
		list.truncate(2 * pageSize + 1);
		assert.equal(list.count, 3);
		assert.equal(pool.freePages, 5);
		assert.equal(list.view(0, Infinity).length, 3 * pageSize);
		list.truncate(0);
		assert.equal(pool.freePages, 8);
		assert.equal(list.view(0, Infinity).length, 0);
	});

	it("when lists grow in turn, are cut and grow again, and are looked at anywhere, then each finds its own pages", () => {
		const pool = new PagePool({ bytes: 64 * pageSize });
		const lists = [new PageList(pool), new PageList(pool), new PageList(pool)];
		const marks = lists.map((): number[] => []);
		const grow = (which: number, mark: number): void => {
			const list = lists[which]!;
			list.extend(1);
			list.view((list.count - 1) * pageSize, 1)[0] = mark;
			marks[which]!.push(mark);
		};
		const look = (): void => lists.forEach((list, which) => {
			const places = marks[which]!.map((_, index) => index);
			for (const index of [...places, ...places.reverse(), 0, list.count - 1].filter(index => index >= 0 && index < list.count))
				assert.equal(list.view(index * pageSize, 1)[0], marks[which]![index], `list ${which}, page ${index}`);
		});
		for (let mark = 1; mark <= 60; mark++)
			grow(mark % 3, mark);
		look();
		for (const [which, keep] of [[0, 7], [1, 0], [2, 1]] as const) {
			lists[which]!.truncate(keep * pageSize);
			marks[which]!.length = keep;
			look();
		}
		for (let mark = 61; mark <= 110; mark++)
			grow(mark % 3, mark);
		look();
		const heir = new PageList(pool);
		heir.adopt(lists[1]!);
		assert.deepEqual([lists[1]!.count, heir.count], [0, marks[1]!.length]);
		lists[1] = heir;
		look();
		lists.forEach(list => list.truncate(0));
		assert.equal(pool.freePages, 64);
	});

	it("when more is asked for than is free then it throws and takes nothing", () => {
		const pool = new PagePool({ bytes: 2 * pageSize });
		const list = new PageList(pool);
		assert.throws(() => list.extend(3), /beyond/);
		assert.equal(pool.freePages, 2);
	});
});

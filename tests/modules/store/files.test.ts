import { strict as assert } from "node:assert";
import type { StoredFile } from "store/file";
import { contents, faultCode, faultDetail, lab, page, pour, stage } from "./support.ts";

const KB = 1_024;

describe("file store", () => {
	it("when 7,664 KB in four files and five small ones come then they fit in 8 MiB less 256 KiB", () => {
		const { store } = lab(496);
		const big = [256 * KB, 64 * KB, 3_072 * KB, 4_272 * KB];
		assert.equal(big.reduce((sum, size) => sum + size) / KB, 7_664);
		big.forEach((size, index) => stage(store, "big" + index, size, index));
		for (let index = 0; index < 5; index++)
			stage(store, "small" + index, 1 + index * 4_000, 10 + index);
		assert.equal(store.list().length, 9);
		store.list().forEach(file => assert.equal(contents(file).length, file.size));
		assert.equal(store.get("big3")!.span(4_272 * KB - 1, 9)[0], 3);
		assert.equal(store.evictions, 0);
	});

	it("when every second file is removed then one as large as the free total fits", () => {
		const { store } = lab(64);
		for (let index = 0; index < 32; index++)
			stage(store, "f" + index, 2 * page, index);
		assert.equal(store.freeBytes, 0);
		for (let index = 0; index < 32; index += 2)
			store.remove("f" + index);
		assert.equal(store.freeBytes, 32 * page);
		stage(store, "large", store.freeBytes, 99);
		assert.equal(store.freeBytes, 0);
		const bytes = contents(store.get("large")!, 1_468);
		assert.ok(bytes.indexOf(99) === 0 && bytes.findIndex(byte => byte !== 99) < 0);
		for (let index = 1; index < 32; index += 2)
			assert.equal(contents(store.get("f" + index)!).findIndex(byte => byte !== index), -1);
	});

	it("when there are 32 names then one more is refused, but a known name is replaced", () => {
		const { store } = lab(100);
		assert.equal(store.slots, 32);
		for (let index = 0; index < 32; index++)
			stage(store, "f" + index, 1);
		assert.deepEqual(faultDetail(() => store.create("g", 1)), { max_slots: 32 });
		assert.equal(faultCode(() => store.arm("g", 1)), "no_slots");
		stage(store, "f3", 2);
		assert.equal(store.usedSlots, 32);
		store.remove("f0");
		stage(store, "g", 1);
	});

	it("when an upload of a new name is under way then it has a slot already, two of one name have one", () => {
		const { store } = lab(10, { slots: 2 });
		stage(store, "f", 1);
		const first = store.create("g", 1);
		const second = store.create("g", 1);
		assert.equal(store.usedSlots, 2);
		assert.equal(faultCode(() => store.create("h", 1)), "no_slots");
		first.abort();
		assert.equal(faultCode(() => store.create("h", 1)), "no_slots");
		second.abort();
		assert.equal(store.usedSlots, 1);
		store.create("h", 1).abort();
	});

	it("when a file is empty then it takes a slot and no page", () => {
		const { store, pool } = lab(1);
		stage(store, "full", page);
		stage(store, "empty", 0);
		assert.equal(store.get("empty")!.size, 0);
		assert.equal(store.get("empty")!.crc32, 0);
		assert.equal(store.get("empty")!.span(0, 100).length, 0);
		assert.equal(pool.freePages, 0);
	});

	it("when sizes or names are impossible then nothing changes", () => {
		const { store, pool } = lab(4);
		for (const size of [-1, 0.5, NaN, Infinity])
			assert.equal(faultCode(() => store.create("f", size)), "bad_size");
		for (const name of ["", "a//b", "..", "x".repeat(128)]) {
			assert.equal(faultCode(() => store.create(name, 1)), "bad_name");
			assert.equal(faultCode(() => store.arm(name, 1)), "bad_name");
		}
		assert.deepEqual(faultDetail(() => store.create("f", 4 * page + 1)), { requested: 4 * page + 1, psram_largest_free: 4 * page });
		assert.equal(pool.freePages, 4);
		assert.equal(store.usedSlots, 0);
	});

	it("when two uploads announce their sizes then the same room is not promised to both", () => {
		const { store } = lab(4);
		const first = store.create("f", 3 * page);
		assert.equal(faultCode(() => store.create("g", 2 * page)), "oom");
		const second = store.create("g", page);
		pour(first, 3 * page, 1);
		pour(second, page, 2);
		first.commit();
		second.commit();
		assert.equal(contents(store.get("f")!).indexOf(2), -1);
	});

	it("when files are listed then the oldest is first, and a replaced one is new", () => {
		const { store } = lab(10);
		for (const name of ["a", "b", "c", "a"])
			stage(store, name, 1);
		assert.deepEqual(store.list().map(file => file.name), ["b", "c", "a"]);
	});

	it("when something is removed then it says whether it was there, and clear says how many", () => {
		const { store, pool } = lab(10);
		assert.equal(store.clear(), 0);
		assert.equal(store.remove("a"), false);
		stage(store, "a", 1);
		stage(store, "b", 1);
		assert.equal(store.remove("a"), true);
		assert.equal(store.get("a"), undefined);
		assert.equal(store.clear(), 1);
		assert.equal(pool.freePages, 10);
	});
});

describe("replacing a file", () => {
	it("when old and new both fit then the old stays until commit, and stays when the upload breaks off", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 2 * page, 1);
		const broken = store.create("f", 2 * page);
		pour(broken, page, 2);
		assert.equal(store.get("f")!.span(0, 1)[0], 1);
		broken.abort();
		assert.equal(contents(store.get("f")!).findIndex(byte => byte !== 1), -1);
		stage(store, "f", 2 * page, 3);
		assert.equal(store.get("f")!.span(0, 1)[0], 3);
		assert.equal(pool.freePages, 2);
	});

	it("when they do not both fit then the old goes first", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 3 * page);
		assert.equal(store.freeBytes, page);
		assert.equal(store.roomFor("f"), 4 * page);
		const upload = store.create("f", 4 * page);
		assert.equal(store.get("f"), undefined);
		upload.abort();
		assert.equal(pool.freePages, 4);
		assert.equal(store.usedSlots, 0);
	});

	it("when the new one fits in no way then the old stays", () => {
		const { store } = lab(4);
		stage(store, "f", 3 * page);
		assert.deepEqual(faultDetail(() => store.create("f", 5 * page)), { requested: 5 * page, psram_largest_free: 4 * page });
		assert.ok(store.get("f"));
	});

	it("when a growing upload needs the old one's pages then it gets them last", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 2 * page);
		const upload = store.create("f");
		pour(upload, 2 * page, 2);
		assert.ok(store.get("f"));
		pour(upload, 2 * page, 2);
		assert.equal(store.get("f"), undefined);
		assert.equal(faultCode(() => upload.space()), "oom");
		upload.abort();
		assert.equal(pool.freePages, 4);
	});

	it("when the old one is being read then its pages live until the last reader is done", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 2 * page, 1);
		const old = store.get("f")!;
		old.begin();
		old.retain();
		assert.equal(faultCode(() => store.create("f", 3 * page)), "oom");
		stage(store, "f", 2 * page, 2);
		assert.equal(old.listed, false);
		assert.equal(contents(old).findIndex(byte => byte !== 1), -1);
		assert.equal(store.freeBytes, 0);
		old.end();
		assert.equal(pool.freePages, 0);
		old.release();
		assert.equal(pool.freePages, 2);
		assert.equal(store.get("f")!.span(0, 1)[0], 2);
	});

	it("when a file is removed during a transfer then the transfer reads on and the name is free", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 2 * page, 1);
		const old = store.get("f")!;
		old.begin();
		store.remove("f");
		stage(store, "f", 2 * page, 2);
		assert.equal(contents(old).findIndex(byte => byte !== 1), -1);
		old.end("client gone");
		assert.equal(pool.freePages, 2);
	});

	describe("with transfers that can be ended", () => {
		const stoppable = (pages: number): ReturnType<typeof lab> & { stopped: string[]; read(name: string): void } => {
			const reading: StoredFile[] = [];
			const stopped: string[] = [];
			const world = lab(pages, {
				stopTransfers: (file, reason) => {
					stopped.push(`${file.name}: ${reason}`);
					for (const each of reading.filter(other => other === file))
						each.end(reason);
				}
			});
			const read = (name: string): void => {
				const file = world.store.get(name)!;
				file.begin();
				reading.push(file);
			};
			return { ...world, stopped, read };
		};

		it("when old and new both fit then they read on, when not they end and their pages are the new one's", () => {
			const { store, pool, stopped, read } = stoppable(4);
			stage(store, "f", 2 * page);
			read("f");
			store.create("f", 2 * page).abort();
			assert.deepEqual(stopped, []);
			const upload = store.create("f", 4 * page);
			assert.deepEqual(stopped, ["f: the file is replaced"]);
			pour(upload, 4 * page, 2);
			upload.commit();
			assert.equal(pool.freePages, 0);
		});

		it("when a growing upload needs the old one's pages then they end", () => {
			const { store, stopped, read } = stoppable(4);
			stage(store, "f", 2 * page);
			read("f");
			const upload = store.create("f");
			pour(upload, 2 * page, 2);
			assert.deepEqual(stopped, []);
			pour(upload, 2 * page, 2);
			assert.equal(stopped.length, 1);
			upload.commit();
		});

		it("when somebody reads it who can't be made to end then its room is not counted, and nobody is ended", () => {
			const { store, stopped, read } = stoppable(4);
			stage(store, "f", 2 * page);
			read("f");
			const file = store.get("f")!;
			file.retain();
			assert.equal(faultCode(() => store.create("f", 3 * page)), "oom");
			assert.equal(faultCode(() => store.arm("f", 3 * page)), "oom");
			assert.deepEqual(stopped, []);
			file.release();
		});

		it("when a file is removed, by name or with all others, then they end and its pages are free", () => {
			const { store, pool, stopped, read } = stoppable(4);
			for (const remove of [() => store.remove("f"), () => store.clear()]) {
				stage(store, "f", 2 * page);
				read("f");
				read("f");
				remove();
				assert.equal(pool.freePages, 4);
			}
			assert.deepEqual(stopped, ["f: the file was removed", "f: the file was removed"]);
			stage(store, "g", page);
			store.remove("g");
			assert.equal(stopped.length, 2, "nobody read that");
		});
	});

	it("when several uploads of one name run at once then the last to commit wins and nothing leaks", () => {
		const { store, pool } = lab(8);
		const uploads = [1, 2, 3].map(() => store.create("f", page));
		[1, 0, 2].forEach(index => pour(uploads[index]!, page, index));
		uploads[2]!.commit();
		uploads[0]!.commit();
		assert.equal(store.get("f")!.span(0, 1)[0], 0);
		uploads[1]!.commit();
		assert.equal(store.get("f")!.span(0, 1)[0], 1);
		assert.equal(pool.freePages, 7);
		assert.equal(store.uploads.length, 0);
	});

	it("when the name is removed while its replacement comes then the replacement appears", () => {
		const { store, pool } = lab(4);
		stage(store, "f", page, 1);
		const upload = store.create("f", page);
		store.clear();
		pour(upload, page, 2);
		upload.commit();
		assert.equal(store.get("f")!.span(0, 1)[0], 2);
		assert.equal(pool.freePages, 3);
	});
});

describe("what transfers leave behind on a file", () => {
	it("when transfers begin and end then reads, completed and the last error tell", () => {
		const { store } = lab(1);
		stage(store, "f", 5);
		const file = store.get("f")!;
		assert.deepEqual([file.reads, file.completed, file.lastError, file.busy], [0, 0, undefined, false]);
		file.begin();
		file.begin();
		assert.deepEqual([file.reads, file.completed, file.busy], [2, 0, true]);
		file.end();
		file.end("timeout after block 7");
		assert.deepEqual([file.reads, file.completed, file.lastError, file.busy], [2, 1, "timeout after block 7", false]);
		file.begin();
		file.end();
		assert.deepEqual([file.reads, file.completed, file.lastError], [3, 2, undefined]);
	});
});

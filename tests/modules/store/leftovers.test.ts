import { strict as assert } from "node:assert";
import { faultCode, faultDetail, lab, page, pour, stage } from "./support.ts";

const KB = 1_024;
const hour = 3_600_000;

describe("files left behind", () => {
	it("when a session begins then what was staged before counts as free, but stays while there is room", () => {
		const { store, pool, evicted } = lab(8);
		stage(store, "old1", 3 * page);
		stage(store, "old2", 3 * page);
		assert.equal(store.freeBytes, 2 * page);
		store.newSession();
		assert.equal(store.freeBytes, 8 * page);
		assert.equal(pool.freePages, 2);
		stage(store, "new1", 2 * page);
		assert.equal(store.freeBytes, 6 * page);
		assert.deepEqual(evicted, []);
		stage(store, "new2", page);
		assert.deepEqual(evicted, ["old1"]);
		assert.equal(store.get("old2")!.size, 3 * page);
		assert.equal(store.evictions, 1);
	});

	it("when a run was killed with 7 MB staged then the next one finds all its room", () => {
		const { store } = lab(496);
		const sizes = [256, 64, 3_072, 4_272].map(size => size * KB);
		sizes.forEach((size, index) => stage(store, "mtd" + index, size, index));
		store.newSession();
		assert.equal(store.freeBytes, store.totalBytes);
		sizes.forEach((size, index) => stage(store, "mtd" + index, size, 100 + index));
		assert.deepEqual(store.list().map(file => [file.name, file.span(0, 1)[0]]), [["mtd0", 100], ["mtd1", 101], ["mtd2", 102], ["mtd3", 103]]);
	});

	it("when a file of the session before is read again then it belongs to this one", () => {
		const { store } = lab(4);
		stage(store, "f", 3 * page);
		store.newSession();
		store.get("f")!.begin();
		store.get("f")!.end();
		assert.equal(store.freeBytes, page);
		store.newSession();
		store.get("f")!.touch();
		assert.equal(store.freeBytes, page);
	});

	it("when a transfer of the session before ends in this one then its file still belongs to that one", () => {
		const { store, time } = lab(4);
		for (const end of ["failed", "completed", "superseded", "released"]) {
			stage(store, "f", 3 * page);
			const file = store.get("f")!;
			if (end === "released")
				file.retain();
			else
				file.begin();
			store.newSession();
			assert.equal(store.freeBytes, page);
			time.advance(1);
			if (end === "released")
				file.release();
			else if (end === "superseded")
				file.leave();
			else
				file.end(end === "failed" ? "the camera was switched off" : undefined);
			assert.equal(store.freeBytes, 4 * page, end);
			assert.equal(file.touched, time.now());
		}
	});

	it("when a file left behind is being read then it is neither free nor evicted", () => {
		const { store, evicted } = lab(4);
		stage(store, "f", 2 * page);
		stage(store, "g", 2 * page);
		const file = store.get("f")!;
		file.retain();
		store.newSession();
		assert.equal(store.freeBytes, 2 * page);
		assert.equal(faultCode(() => store.create("h", 3 * page)), "oom");
		assert.ok(store.get("g"));
		stage(store, "h", 2 * page);
		assert.deepEqual(evicted, ["g"]);
		file.release();
	});

	it("when nobody touches a file for the idle limit then it is left behind, a moment earlier not", () => {
		const { store, time } = lab(4);
		stage(store, "f", page);
		time.advance(hour);
		assert.equal(store.freeBytes, 3 * page);
		time.advance(1);
		assert.equal(store.freeBytes, 4 * page);
		store.get("f")!.begin();
		store.get("f")!.end();
		assert.equal(store.freeBytes, 3 * page);
		const short = lab(4, { idleLimit: 10 });
		stage(short.store, "f", page);
		short.time.advance(11);
		assert.equal(short.store.freeBytes, 4 * page);
	});

	it("when room is needed then no more go than needed, oldest first", () => {
		const { store, evicted } = lab(8);
		for (const name of ["a", "b", "c", "d"])
			stage(store, name, 2 * page);
		store.newSession();
		stage(store, "new", 3 * page);
		assert.deepEqual(evicted, ["a", "b"]);
	});

	it("when even all of them are too little then none goes", () => {
		const { store, evicted } = lab(8);
		stage(store, "kept", 0);
		stage(store, "a", 4 * page);
		store.newSession();
		stage(store, "b", page);
		assert.deepEqual(faultDetail(() => store.create("new", 8 * page)), { requested: 8 * page, psram_largest_free: 7 * page });
		assert.deepEqual(evicted, []);
		assert.ok(store.get("a"));
	});

	it("when slots are full then the oldest left behind makes room for a name", () => {
		const { store, evicted } = lab(8, { slots: 3 });
		for (const name of ["a", "b", "c"])
			stage(store, name, 1);
		store.newSession();
		stage(store, "d", 1);
		assert.deepEqual(evicted, ["a"]);
		store.get("b")!.touch();
		stage(store, "e", 1);
		assert.deepEqual(evicted, ["a", "c"]);
		assert.equal(faultCode(() => store.create("f", 1)), "no_slots");
	});

	it("when slots are full and room is short too then nothing goes unless both can be had", () => {
		const { store, evicted } = lab(4, { slots: 2 });
		stage(store, "a", page);
		store.newSession();
		stage(store, "b", page);
		assert.equal(faultCode(() => store.create("c", 4 * page)), "oom");
		assert.deepEqual(evicted, []);
		stage(store, "c", 3 * page);
		assert.deepEqual(evicted, ["a"]);
	});

	it("when the copy to be replaced is left behind then it goes before other files do", () => {
		const { store, evicted } = lab(4);
		stage(store, "a", 2 * page);
		stage(store, "f", 2 * page);
		store.newSession();
		stage(store, "f", 2 * page);
		assert.deepEqual(evicted, []);
		assert.deepEqual(store.list().map(file => file.name), ["a", "f"]);
	});

	it("when the copy to be replaced is still wanted then others left behind go before it", () => {
		const { store, evicted } = lab(4);
		stage(store, "a", 2 * page);
		store.newSession();
		stage(store, "f", 2 * page);
		const upload = store.create("f", 2 * page);
		assert.deepEqual(evicted, ["a"]);
		assert.ok(store.get("f"));
		upload.abort();
	});

	it("when a growing upload needs pages then files left behind go one by one", () => {
		const { store, evicted } = lab(3);
		stage(store, "a", page);
		stage(store, "b", page);
		store.newSession();
		const upload = store.create("f");
		pour(upload, page, 1);
		assert.deepEqual(evicted, []);
		pour(upload, page, 1);
		assert.deepEqual(evicted, ["a"]);
		pour(upload, page, 1);
		assert.deepEqual(evicted, ["a", "b"]);
		upload.commit();
	});
});

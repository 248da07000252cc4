import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import { contents, faultCode, faultDetail, lab, page, pour, stage } from "./support.ts";

describe("upload", () => {
	it("when all announced bytes came then the file has them, their size and CRC-32", () => {
		const { store, time } = lab(4);
		time.advance(1_234);
		const upload = store.create("f", 40_000);
		for (let value = 1; upload.received < 40_000; value++)
			pour(upload, Math.min(7_001, 40_000 - upload.received), value);
		assert.equal(store.get("f"), undefined);
		const file = upload.commit();
		assert.equal(store.get("f"), file);
		assert.equal(file.size, 40_000);
		assert.equal(file.created, 1_234);
		const bytes = contents(file, 1_468);
		assert.deepEqual([bytes[0], bytes[7_000], bytes[7_001], bytes[39_999]], [1, 1, 2, 6]);
		assert.equal(file.crc32, Bytes.crc32(bytes, 0));
		assert.equal(upload.state, "committed");
	});

	it("when the CRC-32 of 123456789 is taken then it is the well-known one", () => {
		const upload = lab(1).store.create("f", 9);
		upload.write(new Uint8Array([49, 50, 51, 52, 53, 54, 55, 56, 57]));
		assert.equal(upload.crc32, 0xcbf43926);
		upload.commit(0xcbf43926);
	});

	it("when space is asked for then it is never more than may come, nor than was asked for", () => {
		const { store } = lab(20);
		const upload = store.create("f", 300_000);
		assert.equal(upload.space(10).length, 10);
		assert.equal(upload.space().length, 262_144);
		upload.advance(262_144);
		assert.equal(upload.space().length, 37_856);
		upload.advance(37_855);
		assert.equal(upload.space().length, 1);
	});

	it("when more bytes come than announced then it throws and keeps what it has", () => {
		const { store } = lab(2);
		const upload = store.create("f", 5);
		pour(upload, 5, 1);
		assert.equal(faultCode(() => upload.space()), "size_exceeded");
		assert.deepEqual(faultDetail(() => upload.space()), { limit: 5 });
		upload.commit();
		const other = store.create("g", 5);
		assert.equal(faultCode(() => other.write(new Uint8Array(6))), "size_exceeded");
		other.abort();
	});

	it("when it is advanced beyond the space or twice then that is an error", () => {
		const upload = lab(1).store.create("f", 5);
		assert.throws(() => upload.advance(1), /beyond/);
		upload.space(3);
		assert.throws(() => upload.advance(4), /beyond/);
		upload.space(3);
		upload.advance(3);
		assert.throws(() => upload.advance(1), /beyond/);
	});

	it("when fewer bytes came than announced then commit refuses, frees the pages and leaves the old file", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 100);
		const upload = store.create("f", 100);
		pour(upload, 99, 2);
		assert.deepEqual(faultDetail(() => upload.commit()), { announced: 100, received: 99 });
		assert.equal(upload.state, "aborted");
		assert.equal(store.get("f")!.span(0, 1)[0], 1);
		assert.equal(pool.freePages, 3);
	});

	it("when the CRC-32 is another then commit refuses and leaves the old file", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 9);
		const upload = store.create("f", 9);
		upload.write(new Uint8Array([49, 50, 51, 52, 53, 54, 55, 56, 57]));
		assert.deepEqual(faultDetail(() => upload.commit(1)), { expected: "00000001", actual: "cbf43926" });
		assert.equal(store.get("f")!.span(0, 1)[0], 1);
		assert.equal(pool.freePages, 3);
		const again = store.create("f", 9);
		again.write(new Uint8Array([49, 50, 51, 52, 53, 54, 55, 56, 57]));
		again.commit(0xcbf43926 | 0);
	});

	it("when it has ended then nothing more can be done to it, but abort is harmless", () => {
		const { store, pool } = lab(2);
		const upload = store.create("f", 3);
		pour(upload, 1, 1);
		upload.abort();
		upload.abort();
		assert.equal(pool.freePages, 2);
		assert.equal(faultCode(() => upload.space()), "upload_aborted");
		assert.equal(faultCode(() => upload.commit()), "upload_aborted");
		const other = store.create("f", 0);
		other.commit();
		other.abort();
		assert.equal(faultCode(() => other.commit()), "upload_aborted");
		assert.ok(store.get("f"));
	});

	it("when the size is unknown then it grows page by page and gives back what it did not use", () => {
		const { store, pool } = lab(4);
		const upload = store.create("f");
		assert.equal(pool.freePages, 4);
		pour(upload, page, 1);
		assert.equal(pool.freePages, 3);
		pour(upload, 1, 2);
		assert.equal(pool.freePages, 2);
		assert.equal(upload.commit().size, page + 1);
		assert.equal(pool.freePages, 2);
		assert.equal(store.create("g").commit().size, 0);
		assert.equal(pool.freePages, 2);
	});

	it("when a growing upload finds no page then it says what it needed, and abort frees all of it", () => {
		const { store, pool } = lab(3);
		stage(store, "other", page);
		const upload = store.create("f");
		pour(upload, 2 * page, 1);
		assert.deepEqual(faultDetail(() => upload.space()), { requested: 2 * page + 1, psram_largest_free: 2 * page });
		assert.equal(faultCode(() => upload.space()), "oom");
		upload.abort();
		assert.equal(pool.freePages, 2);
		assert.ok(store.get("other"));
	});

	it("when the body is unnamed then it takes no slot, is listed nowhere and lives until released", () => {
		const { store, pool } = lab(4, { slots: 1 });
		stage(store, "f", 10);
		const upload = store.scratch(40_000);
		assert.equal(store.usedSlots, 1);
		pour(upload, 40_000, 3);
		const file = upload.commit();
		assert.equal(file.listed, false);
		assert.equal(store.list().length, 1);
		store.clear();
		assert.equal(file.span(39_999, 5)[0], 3);
		assert.equal(pool.freePages, 1);
		file.release();
		assert.equal(pool.freePages, 4);
		assert.throws(() => file.release(), /too often/);
		store.scratch().abort();
		assert.equal(faultCode(() => store.scratch(5 * page)), "oom");
	});
});

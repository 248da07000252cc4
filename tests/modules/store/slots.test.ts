import { strict as assert } from "node:assert";
import { faultCode, lab, page, pour, stage } from "./support.ts";

describe("slots armed for a camera", () => {
	it("when one is armed then its room is reserved, it is listed, and nothing can be read", () => {
		const { store, pool } = lab(8);
		const armed = store.arm("dump", 3 * page);
		assert.deepEqual([armed.armed, armed.size, armed.busy], [3 * page, 0, false]);
		assert.equal(pool.freePages, 5);
		assert.deepEqual(store.list().map(file => [file.name, file.armed]), [["dump", 3 * page]]);
		assert.equal(store.get("dump"), undefined);
		assert.equal(armed.span(0, 100).length, 0);
	});

	it("when the camera uploads then the file takes the slot's place and unused pages are free", () => {
		const { store, pool } = lab(8);
		store.arm("dump", 3 * page);
		const upload = store.accept("dump", page + 1);
		assert.equal(store.list()[0]!.upload, upload);
		assert.equal(store.list()[0]!.busy, true);
		pour(upload, page + 1, 5);
		upload.commit();
		assert.equal(pool.freePages, 6);
		assert.deepEqual(store.list().map(file => [file.name, file.armed, file.size]), [["dump", undefined, page + 1]]);
		assert.equal(faultCode(() => store.accept("dump")), "not_armed");
	});

	it("when nothing is armed or more is announced or sent than armed then it is refused", () => {
		const { store } = lab(8);
		assert.equal(faultCode(() => store.accept("dump")), "not_armed");
		stage(store, "file", 1);
		assert.equal(faultCode(() => store.accept("file")), "not_armed");
		store.arm("dump", 10);
		assert.equal(faultCode(() => store.accept("dump", 11)), "size_exceeded");
		const upload = store.accept("dump");
		pour(upload, 10, 1);
		assert.equal(faultCode(() => upload.space()), "size_exceeded");
		upload.abort("too long");
		assert.equal(store.list()[1]!.lastError, "too long");
	});

	it("when another upload wants into a slot that is being filled then it is refused and the first goes on", () => {
		const { store } = lab(8);
		store.arm("dump", 3 * page);
		const first = store.accept("dump");
		pour(first, page, 1);
		assert.equal(faultCode(() => store.accept("dump")), "slot_taken");
		pour(first, page, 2);
		assert.equal(first.commit().size, 2 * page);
	});

	it("when the upload breaks off and another one begins then the slot stays armed and keeps its room", () => {
		const { store, pool } = lab(8);
		store.arm("dump", 3 * page);
		const first = store.accept("dump");
		pour(first, page, 1);
		first.abort("silent");
		assert.equal(store.list()[0]!.lastError, "silent");
		const second = store.accept("dump");
		pour(second, page, 2);
		second.abort();
		assert.equal(store.list()[0]!.lastError, "aborted");
		assert.equal(pool.freePages, 5);
		const third = store.accept("dump", 2);
		pour(third, 2, 3);
		assert.equal(third.commit().span(0, 1)[0], 3);
		assert.equal(pool.freePages, 7);
	});

	it("when a name with a file is armed then the file goes at once, unless the room is not there", () => {
		const { store, pool } = lab(4);
		stage(store, "f", 3 * page);
		assert.equal(faultCode(() => store.arm("f", 5 * page)), "oom");
		assert.ok(store.get("f"));
		store.arm("f", 4 * page);
		assert.equal(store.get("f"), undefined);
		assert.equal(pool.freePages, 0);
		assert.equal(store.usedSlots, 1);
	});

	it("when a slot whose upload stopped coming is armed again, or a host stages its name, then its room counts as its own", () => {
		const { store, pool } = lab(4);
		store.arm("dump", 3 * page);
		const first = store.accept("dump");
		pour(first, page, 1);
		store.arm("dump", 4 * page);
		assert.equal(first.state, "aborted");
		const second = store.accept("dump");
		pour(second, page, 1);
		const upload = store.create("dump", 4 * page);
		assert.equal(second.state, "aborted");
		upload.abort();
		assert.equal(pool.freePages, 4);
	});

	it("when the slot is removed during the upload then the upload ends and everything is free", () => {
		const { store, pool } = lab(4);
		store.arm("dump", 2 * page);
		const upload = store.accept("dump");
		pour(upload, page, 1);
		assert.equal(store.remove("dump"), true);
		assert.equal(upload.state, "aborted");
		assert.equal(faultCode(() => upload.write(new Uint8Array(1))), "upload_aborted");
		upload.abort();
		assert.equal(pool.freePages, 4);
		assert.equal(store.uploads.length, 0);
	});

	it("when a host stages a file under an armed name then the file takes its place", () => {
		const { store, pool } = lab(4);
		store.arm("dump", 2 * page);
		const camera = store.accept("dump");
		stage(store, "dump", page, 9);
		assert.equal(camera.state, "aborted");
		assert.equal(store.get("dump")!.span(0, 1)[0], 9);
		assert.equal(pool.freePages, 3);
	});

	it("when an armed slot is left behind then it counts as free, but not while it is filled", () => {
		const { store, evicted } = lab(4);
		store.arm("dump", 4 * page);
		store.newSession();
		assert.equal(store.freeBytes, 4 * page);
		const upload = store.accept("dump");
		assert.equal(store.freeBytes, 0);
		upload.abort();
		assert.equal(store.freeBytes, 0);
		store.newSession();
		stage(store, "f", 1);
		assert.deepEqual(evicted, ["dump"]);
	});
});

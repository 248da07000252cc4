/** What the store keeps of a camera's transfers. */
import { strict as assert } from "node:assert";
import { Staging } from "staging";
import { FileStore } from "store/files";
import type { StoredFile } from "store/file";
import { PagePool } from "store/pages";
import type { Outcome } from "tftp/server";
import { VirtualTime } from "../support/clock.ts";

const outcome = (result: Outcome["result"], reason = ""): Outcome => ({ result, reason, confirmed: true, bytes: 0, repeated: 0, milliseconds: 0 });

describe("staged files as the TFTP server sees them", () => {
	let store: FileStore;
	let staging: Staging;
	let file: StoredFile;

	beforeEach(() => {
		store = new FileStore({ pool: new PagePool({ bytes: 1 << 20 }), time: new VirtualTime() });
		staging = new Staging(store, { check() {} });
		const upload = store.create("uImage", 3);
		upload.write(new Uint8Array([1, 2, 3]));
		file = upload.commit();
	});

	const read = (end: Outcome): (number | string | undefined)[] => {
		staging.open("uImage")!.ended(end);
		return [file.reads, file.completed, file.lastError];
	};

	it("when a transfer completes then it counts as completed", () => {
		assert.deepEqual(read(outcome("completed")), [1, 1, undefined]);
	});

	it("when a transfer fails then its reason is kept until the next one", () => {
		assert.deepEqual(read(outcome("failed", "the client was silent")), [1, 0, "the client was silent"]);
		assert.deepEqual(read(outcome("completed")), [2, 1, undefined]);
	});

	it("when a client asks again then its first transfer is neither a success nor a failure", () => {
		assert.deepEqual(read(outcome("superseded", "the client asked again")), [1, 0, undefined]);
	});

	it("when the transfer ends after the file was removed then its pages are free", () => {
		const source = staging.open("uImage")!;
		const free = store.freeBytes;
		store.remove("uImage");
		assert.equal(store.freeBytes, free);
		source.ended(outcome("failed", "x"));
		assert.equal(store.freeBytes, store.totalBytes);
	});

	it("when no slot is armed then nothing can be written, over a staged file neither", () => {
		assert.equal(staging.create("new", undefined), undefined);
		assert.equal(staging.create("uImage", undefined), undefined);
	});

	it("when U-Boot 2010.06 announces 0 bytes then what it sends is taken all the same", () => {
		store.arm("backup", 10);
		const sink = staging.create("backup", 0)!;
		sink.space().set([7, 8]);
		sink.advance(2);
		sink.commit();
		sink.ended(outcome("completed"));
		assert.equal(store.get("backup")!.size, 2);
	});
});

import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { SHA256 } from "sha256/sha256";
import { ESP32S3 } from "update/image";
import { Update } from "update/update";
import { CUT_POINTS, NorFlash, PowerCut } from "../../support/flash";

const BLOCK = 256;

interface Damage {
	at: number;
	value: number;
}

/** An image of `size` bytes as the SDK's build makes them, by the rules in update/image. */
function image(size: number, damage?: Damage): Uint8Array {
	const bytes = new Uint8Array(size);
	for (let at = 0; at < size; at++)
		bytes[at] = (at * 31 + (at >> 8)) & 0xff;
	bytes.set([0xe9, 5, 2, 0x4f]);
	bytes.set([9, 0], 12);
	bytes[23] = 1;
	bytes.set([0x32, 0x54, 0xcd, 0xab], 32);
	bytes.fill(0, 48, 112);
	bytes.set(new Uint8Array(ArrayBuffer.fromString("1.2.3")), 48);
	bytes.set(new Uint8Array(ArrayBuffer.fromString("xs_esp32")), 80);
	if (damage)
		bytes[damage.at] = damage.value;
	const hash = new SHA256();
	hash.update(bytes.subarray(0, size - 32));
	hash.digest(bytes.subarray(size - 32));
	return bytes;
}

class Slot {
	flash = new NorFlash(16, BLOCK);
	activated = 0;

	begin(size: number): Update {
		return new Update({ flash: this.flash, size, firmware: { chip: ESP32S3, activate: () => { this.activated++; } } });
	}

	/** Feeds `bytes` in pieces of at most `piece` bytes. */
	feed(update: Update, bytes: Uint8Array, piece = 100): void {
		for (let at = 0; at < bytes.length;) {
			const space = update.space();
			const count = Math.min(space.length, piece, bytes.length - at);
			space.set(bytes.subarray(at, at + count));
			update.advance(count);
			at += count;
		}
	}

	holds(bytes: Uint8Array): boolean {
		return bytes.every((byte, at) => this.flash.bytes[at] === byte);
	}
}

function faultOf(action: () => void): Refusal {
	try {
		action();
	}
	catch (error) {
		assert.ok(error instanceof Refusal, String(error));
		return error;
	}
	throw new Error("nothing was thrown");
}

describe("update", function () {
	let slot: Slot;

	beforeEach(function () {
		slot = new Slot();
		slot.flash.bytes.fill(0x11);
	});

	it("when an image came whole then flash holds it and it is activated once", function () {
		for (const size of [144, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 1000, 16 * BLOCK]) {
			for (const piece of [1, 100, 5000]) {
				slot = new Slot();
				const bytes = image(size);
				const update = slot.begin(size);
				slot.feed(update, bytes, piece);
				assert.equal(update.received, size);
				assert.equal(update.space().length, 0);
				assert.equal(slot.activated, 0);
				const installed = update.done();
				assert.equal(slot.activated, 1);
				assert.ok(slot.holds(bytes), `${size} in ${piece}`);
				assert.equal(installed.version, "1.2.3");
				assert.equal(installed.project, "xs_esp32");
				assert.match(installed.sha256, /^[0-9a-f]{64}$/);
			}
		}
	});

	it("when the size can't be then nothing is erased", function () {
		for (const size of [0, -1, 143, 16 * BLOCK + 1, 1.5, NaN]) {
			const fault = faultOf(() => slot.begin(size));
			assert.equal(fault.code, "bad_image_size");
			assert.equal(fault.detail.maximum, 16 * BLOCK);
		}
		assert.equal(slot.flash.operations, 0);
	});

	it("when the head is not that of an image for this chip then the reason is told and no block but the first was touched", function () {
		const cases: [Damage, string][] = [
			[{ at: 0, value: 0x7f }, "magic"],
			[{ at: 1, value: 0 }, "segments"],
			[{ at: 1, value: 17 }, "segments"],
			[{ at: 12, value: 0 }, "chip"],
			[{ at: 13, value: 1 }, "chip"],
			[{ at: 23, value: 0 }, "hash_missing"],
			[{ at: 32, value: 0 }, "application"],
			[{ at: 49, value: 0x07 }, "application"]
		];
		for (const [damage, reason] of cases) {
			slot = new Slot();
			const update = slot.begin(1000);
			const fault = faultOf(() => slot.feed(update, image(1000, damage)));
			assert.equal(fault.code, "bad_image");
			assert.equal(fault.detail.reason, reason);
			assert.equal(slot.flash.operations, 1);
			assert.equal(faultOf(() => update.done()).code, "update_over");
			assert.equal(slot.activated, 0);
		}
	});

	it("when any byte was changed on the way then the image is refused and not bootable", function () {
		for (const at of [2, 24, 50, 200, BLOCK, 700, 999 - 32, 1000 - 32, 999]) {
			slot = new Slot();
			const bytes = image(1000);
			bytes[at] = bytes[at]! ^ 1;
			const update = slot.begin(1000);
			let fault: Refusal | undefined;
			try {
				slot.feed(update, bytes);
				update.done();
			}
			catch (error) {
				fault = error as Refusal;
			}
			assert.equal(fault?.code, "bad_image", `byte ${at}`);
			assert.equal(slot.activated, 0);
			assert.notEqual(slot.flash.bytes[0], 0xe9);
		}
	});

	it("when the transfer breaks off then the slot is not bootable and nothing is activated", function () {
		const update = slot.begin(1000);
		slot.feed(update, image(1000).subarray(0, 600));
		update.aborted();
		assert.equal(faultOf(() => update.done()).code, "update_over");
		assert.equal(faultOf(() => update.advance(1)).code, "update_over");
		assert.notEqual(slot.flash.bytes[0], 0xe9);
		assert.equal(slot.activated, 0);
	});

	it("when done is said too early then the image counts as truncated", function () {
		const update = slot.begin(1000);
		slot.feed(update, image(1000).subarray(0, 999));
		const fault = faultOf(() => update.done());
		assert.equal(fault.detail.reason, "truncated");
		assert.equal(slot.activated, 0);
	});

	it("when the power is cut at any operation then the slot holds the whole image or nothing bootable, and only a finished one is activated", function () {
		const bytes = image(1000);
		const old = image(1200);
		let cuts = 0;
		let completed = false;
		for (let cutAt = 1; !completed; cutAt++) {
			for (const cutAfter of CUT_POINTS) {
				slot = new Slot();
				slot.flash.bytes.set(old);
				slot.flash.cutAt = cutAt;
				slot.flash.cutAfter = cutAfter;
				completed = true;
				try {
					const update = slot.begin(bytes.length);
					slot.feed(update, bytes);
					update.done();
				}
				catch (error) {
					assert.equal((error as Refusal).code, "update_flash");
					completed = false;
					cuts++;
				}
				assert.equal(slot.activated, completed ? 1 : 0);
				const untouched = cutAt === 1 && slot.holds(old);
				assert.ok(untouched || !wholeHead(slot.flash.bytes) || slot.holds(bytes), `cut ${cutAt} after ${cutAfter}`);
				slot.flash.restore();
				const again = slot.begin(bytes.length);
				slot.feed(again, bytes);
				again.done();
				assert.ok(slot.holds(bytes));
			}
		}
		assert.equal(cuts, (1 + 2 * 3 + 1) * CUT_POINTS.length);
	});

	it("when flash refuses or holds something else then the update ends and nothing is activated", function () {
		slot.flash.worn = [BLOCK + 3];
		const worn = slot.begin(1000);
		const fault = faultOf(() => slot.feed(worn, image(1000)));
		assert.equal(fault.code, "update_flash");
		assert.deepEqual([fault.detail.operation, fault.detail.block], ["verify", 1]);
		slot.flash.worn = [];
		slot.flash.operations = 0;
		slot.flash.failAt = 3;
		const failing = slot.begin(1000);
		assert.equal(faultOf(() => slot.feed(failing, image(1000))).detail.operation, "write");
		assert.equal(slot.activated, 0);
	});

	it("when the image can't be activated then that is told", function () {
		const bytes = image(1000);
		const update = new Update({ flash: slot.flash, size: 1000, firmware: { chip: ESP32S3, activate: () => { throw new PowerCut("otadata"); } } });
		slot.feed(update, bytes);
		assert.equal(faultOf(() => update.done()).code, "update_not_activated");
		assert.equal(faultOf(() => update.done()).code, "update_over");
	});
});

/** Whether the first block is complete: without it the chip's loader, which checks the hash, refuses the slot. */
function wholeHead(bytes: Uint8Array): boolean {
	const head = image(1000).subarray(0, BLOCK);
	return head.every((byte, at) => bytes[at] === byte);
}

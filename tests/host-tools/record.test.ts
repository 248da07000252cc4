import { strict as assert } from "node:assert";
import { FlashRecord } from "../../host-tools/jobs/record.ts";

describe("the state of the flash in words", () => {
	const piece = (partition: string, boot = false) => ({ partition, name: partition, path: "", start: 0, offset: 0, length: 1, crc32: "", boot });
	const pieces = [piece("env"), piece("kernel"), piece("boot", true)] as const;
	const words = (...states: ("untouched" | "equal" | "open" | "verified")[]): string => {
		const record = new FlashRecord(pieces);
		states.forEach((state, index) => record.set(pieces[index]!, state));
		return record.describe();
	};

	const cases: [string, string, RegExp][] = [
		["nothing was done", words(), /^Nothing was erased/],
		["everything was right already", words("equal", "equal", "equal"), /^Nothing was erased/],
		["kernel is open", words("verified", "open"), /^env is written and verified. kernel is erased and not completely written: Linux probably does not start. The boot loader was not touched/],
		["boot is open", words("verified", "verified", "open"), /boot loader \(boot\).*does NOT start/],
		["some are left", words("verified"), /Not yet written: kernel, boot. The flash is a mixture of old and new. The boot loader was not touched/],
		["all is done", words("verified", "equal", "verified"), /env, boot are written and verified. The flash is complete/]
	];
	for (const [when, text, expected] of cases) {
		it(`when ${when} then it says so`, () => {
			assert.match(text, expected);
		});
	}

	it("when only a part of the boot loader is written then it is not called in order", () => {
		const parts = [piece("boot", true), piece("boot", true)];
		const record = new FlashRecord(parts);
		record.set(parts[0]!, "verified");
		assert.match(record.describe(), /^a part of boot is written and verified\. Not yet written: boot\. The flash is a mixture of old and new\. The boot loader is only partly new: the camera probably does NOT start/);
	});

	it("when writing one partition has changed another then that one is not right any more", () => {
		const record = new FlashRecord(pieces);
		pieces.forEach(each => record.set(each, "verified"));
		record.spoil(pieces[0]);
		assert.equal(record.get(pieces[0]), "open");
		assert.equal(record.describe(), "kernel, boot are written and verified. env is not right any more: Linux probably does not start. The boot loader is in order. Run the same restore again.");
	});

	it("when a part of the flash was not dealt with then it is named, and nothing is called complete", () => {
		const record = new FlashRecord(pieces);
		pieces.forEach(each => record.set(each, "verified"));
		record.leave([{ offset: 0x10000, length: 0x10000 }]);
		assert.match(record.describe(), /verified\. Not touched, since nothing was given for it: 0x10000 to 0x1ffff \(64 KB\)\.$/);
	});
});

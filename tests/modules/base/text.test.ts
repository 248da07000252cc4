import { strict as assert } from "node:assert";
import { isHarmless, printable } from "base/text";

describe("base/text", function () {
	const HARMFUL = [0, 0x0a, 0x1b, 0x1f, 0x7f, 0x85, 0x9b, 0x9f, 0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfeff, 0xfff9, 0xe0001, 0xe007f];
	const HARMLESS = [0x20, 0x41, 0x7e, 0xa0, 0xe4, 0x2027, 0x202f, 0x4e2d, 0xe000, 0xfffd, 0x1f600, 0x10ffff];

	it("when text has controls, directions, hidden characters or half a pair of surrogates then it is not harmless, and each becomes a question mark", function () {
		for (const code of HARMFUL) {
			const text = `a${String.fromCodePoint(code)}b`;
			assert.equal(isHarmless(text), false, code.toString(16));
			assert.equal(printable(text, 10), "a?b", code.toString(16));
		}
	});

	it("when text has letters of any script, or whole pairs, then it stays as it is", function () {
		for (const code of HARMLESS) {
			const text = `a${String.fromCodePoint(code)}b`;
			assert.equal(isHarmless(text), true, code.toString(16));
			assert.equal(printable(text, 10), text, code.toString(16));
		}
	});

	it("when text is long then it is cut between characters", function () {
		assert.equal(printable("\u{1f600}".repeat(10), 3), "\u{1f600}".repeat(3));
		assert.equal(printable("", 3), "");
	});
});

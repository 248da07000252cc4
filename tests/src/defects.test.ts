/** What is kept of exceptions nobody expected. */
import { strict as assert } from "node:assert";
import { Defects } from "defects";
import { VirtualTime } from "../support/clock.ts";

describe("defects", () => {
	it("when more come than are kept then the last 16 stay, with their times, and all are counted", () => {
		const time = new VirtualTime();
		const defects = new Defects(time, () => {});
		assert.deepEqual([defects.count, defects.last, defects.kept], [0, undefined, []]);
		for (let i = 0; i < 20; i++) {
			time.advance(1000);
			defects.report(`place ${i}`, new Error("on purpose"));
		}
		assert.equal(defects.count, 20);
		assert.deepEqual(defects.kept.map(({ seconds, times }) => [seconds, times]), Array.from({ length: 16 }, (_, i) => [i + 5, 1]));
		assert.match(defects.kept[0]!.text, /^place 4: on purpose /);
		assert.equal(defects.last, defects.kept[15]!.text);
	});

	it("when the same one comes again and again then it is one entry with a number", () => {
		const time = new VirtualTime();
		const defects = new Defects(time, () => {});
		defects.report("first", "x");
		for (let i = 0; i < 1000; i++)
			defects.report("second", "y");
		time.advance(7000);
		defects.report("second", "y");
		assert.deepEqual(defects.kept, [{ seconds: 0, times: 1, text: "first: x" }, { seconds: 7, times: 1001, text: "second: y" }]);
	});

	it("when one is long, or says what would obey on a terminal, then it is cut and harmless", () => {
		const defects = new Defects(new VirtualTime(), () => {});
		defects.report("here", `\x1b[2J\n\u202e${"x".repeat(1000)}`);
		assert.match(defects.last!, /^here: \?\[2J \?x+$/);
		assert.equal(defects.last!.length, 160);
	});
});

/** The pod's clock on a chip whose ticks wrap. */
import { strict as assert } from "node:assert";
import { Clock } from "clock";
import { chip } from "../node/chip-time.ts";

const DAY = 86_400_000;

describe("the pod's clock", () => {
	it("when nobody asks it for weeks, months or years then it goes on all the same", () => {
		const clock = new Clock();
		const start = clock.now();
		let days = 0;
		for (const more of [1, 25, 30, 40, 49, 50, 100, 1000]) {
			days += more;
			chip.advance(more * DAY);
			assert.equal(clock.now() - start, days * DAY, `after ${days} days`);
		}
	});

	it("when it begins shortly before the ticks wrap then it never goes back", () => {
		chip.advance(0x7fffffff - (chip.now() | 0));
		const clock = new Clock();
		let last = clock.now();
		for (const step of [1, 1, 10, DAY, 40 * DAY]) {
			chip.advance(step);
			assert.equal(clock.now(), last + step);
			last += step;
		}
	});

	it("when alarms are set then they ring, once or again and again, until they are cancelled", () => {
		const clock = new Clock();
		const rung: string[] = [];
		clock.after(10, () => rung.push("once"));
		const again = clock.every(4, (name: string) => rung.push(name), "again");
		chip.advance(9);
		clock.cancel(again);
		clock.cancel(undefined);
		chip.advance(9);
		assert.deepEqual(rung, ["again", "again", "once"]);
	});
});

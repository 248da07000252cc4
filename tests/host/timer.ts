import { strict as assert } from "node:assert";
import SDKTime from "time";
import Timer from "timer";
import { pass, until } from "./support.ts";

const Time = SDKTime as typeof SDKTime & { readonly microseconds: number };

describe("timer", function () {
	it("when timers are set in any order then they ring in order of time, and of setting when that is equal", async function () {
		const order: string[] = [];
		Timer.set(() => order.push("late"), 300);
		Timer.set(() => order.push("a"), 3);
		Timer.set(() => order.push("b"), 3);
		Timer.set(() => order.push("now"), 0);
		Timer.set(() => order.push("c"), 3);
		Timer.delay(5);
		await until(() => order.length === 5);
		assert.equal(order.join(" "), "now a b c late");
	});

	it("when a timer is cleared before it rings then it doesn't", async function () {
		let rang = 0;
		const timer = Timer.set(() => rang++, 1);
		Timer.clear(timer);
		Timer.clear(timer);
		Timer.clear(undefined);
		await pass(10);
		assert.equal(rang, 0);
	});

	it("when a callback clears another timer that is due too then that one stays silent", async function () {
		let rang = 0;
		const first = Timer.set(() => Timer.clear(second), 1);
		const second = Timer.set(() => rang++, 1);
		Timer.delay(4);
		await pass(5);
		assert.equal(rang, 0);
		Timer.clear(first);
	});

	it("when a repeating timer clears itself in its callback then it has rung for the last time", async function () {
		let rang = 0;
		Timer.repeat(timer => {
			if (++rang === 3)
				Timer.clear(timer);
		}, 1);
		await until(() => rang === 3);
		await pass(5);
		assert.equal(rang, 3);
	});

	it("when a one-shot timer rings then it is dead in its own callback", async function () {
		let thrown = "";
		Timer.set(timer => {
			Timer.clear(timer);
			try {
				Timer.schedule(timer, 1);
			}
			catch (error) {
				thrown = (error as Error).message;
			}
		}, 1);
		await until(() => thrown !== "");
		assert.match(thrown, /dead/);
	});

	it("when a timer has a first delay and another to repeat then both are kept", async function () {
		const start = Time.microseconds;
		const times: number[] = [];
		const timer = Timer.set(() => times.push((Time.microseconds - start) / 1000), 5, 20);
		await until(() => times.length === 3);
		Timer.clear(timer);
		assert.ok(times[0]! >= 5, String(times));
		assert.ok(times[1]! >= 25 && times[2]! >= 45, String(times));
	});

	it("when a repeating timer's callback is slow then it keeps its grid and rings once for what it missed", async function () {
		const start = Time.microseconds;
		const times: number[] = [];
		const timer = Timer.repeat(() => {
			times.push((Time.microseconds - start) / 1000);
			if (times.length === 1)
				Timer.delay(35);
		}, 10);
		await until(() => times.length === 3);
		Timer.clear(timer);
		// one for the three that were missed, then the grid's next
		assert.ok(times[1]! >= times[0]! + 35 && times[2]! >= 50, String(times));
	});

	it("when a timer is rescheduled then only the new time counts, and without one it pauses", async function () {
		let rang = 0;
		const timer = Timer.set(() => rang++, 1, 1000);
		Timer.schedule(timer, 30, 1000);
		await pass(10);
		assert.equal(rang, 0);
		Timer.schedule(timer);
		await pass(40);
		assert.equal(rang, 0);
		Timer.schedule(timer, 1);
		await until(() => rang === 1);
	});

	it("when timers with no delay set each other then the loop still serves the rest", async function () {
		let turns = 0;
		const again = (): void => {
			turns++;
			if (turns < 10_000)
				Timer.set(again, 0);
		};
		again();
		await pass(2);
		assert.ok(turns > 1);
		turns = 10_000;
	});

	it("when a thousand timers are set, moved and cleared in a random order then each rings once, in order", async function () {
		const due: { at: number; timer: ReturnType<typeof Timer.set> }[] = [];
		const rung: number[] = [];
		let seed = 1;
		const random = (below: number): number => (seed = (seed * 48271) % 0x7fffffff) % below;
		const start = Time.ticks;
		for (let i = 0; i < 1000; i++) {
			const entry = { at: random(40), timer: undefined as never as ReturnType<typeof Timer.set> };
			entry.timer = Timer.set(() => rung.push(entry.at), entry.at + 200 - Time.delta(start), 0);
			due.push(entry);
		}
		let cleared = 0;
		for (let i = 0; i < 300; i++) {
			const entry = due[random(due.length)]!;
			if (entry.at >= 0)
				cleared++;
			entry.at = -1;
			Timer.clear(entry.timer);
		}
		await until(() => rung.length === 1000 - cleared);
		await pass(5);
		assert.equal(rung.length, 1000 - cleared);
		assert.equal(rung.includes(-1), false);
	});

	it("when a timer is given no function then it throws", function () {
		assert.throws(() => Timer.set(undefined as never, 1), TypeError);
	});
});

describe("time", function () {
	it("when ticks wrap between two moments then their difference is still right", function () {
		assert.equal(Time.delta(0x7fffffff, -0x80000000), 1);
		assert.equal(Time.delta(-1, 1), 2);
		assert.equal(Time.delta(5, 3), -2);
	});

	it("when time passes then ticks and microseconds say so", function () {
		const ticks = Time.ticks;
		const microseconds = Time.microseconds;
		Timer.delay(5);
		assert.ok(Time.delta(ticks) >= 4);
		assert.ok(Time.microseconds - microseconds >= 5000);
	});
});

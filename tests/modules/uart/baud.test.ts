import { strict as assert } from "node:assert";
import type { Refusal } from "base/refusal";
import { bytes, cable, defects, heard, say, setUp, time, uart, user } from "./support";

function change(rate: unknown): { refusal: Refusal | undefined; over: boolean } {
	const outcome: { refusal: Refusal | undefined; over: boolean } = { refusal: undefined, over: false };
	uart.setBaud(rate, refusal => {
		outcome.refusal = refusal;
		outcome.over = true;
	});
	return outcome;
}

describe("uart: the baud rate", () => {
	beforeEach(() => setUp());

	it("when it is changed then what is queued leaves at the old rate first", () => {
		const line = uart.join(user("bridge"));
		line.write(new Uint8Array(500).fill(0x55));
		const outcome = change(921_600);
		assert.equal(line.room, 0);
		time.advance(40);
		assert.equal(outcome.over, false);
		assert.equal(cable.serial!.baud, 115_200);
		time.advance(10);
		assert.equal(outcome.over, true);
		assert.equal(outcome.refusal, undefined);
		assert.equal(uart.baud, 921_600);
		assert.deepEqual(cable.recorded, new Array<number>(500).fill(0x55));
		assert.equal(line.room, 4_096);
		assert.ok(heard.includes("bridge writable"));
	});

	it("when bytes arrive during the switch then neither they nor garbage reach anybody, and what came before does", () => {
		const line = uart.join(user("bridge"));
		cable.options.grain = 1;
		say("before");
		time.advance(1);
		say("garbage garbage garbage garbage");
		time.advance(0);
		const outcome = change(921_600);
		while (!outcome.over)
			time.advance(0.1);
		const got = bytes(line);
		assert.match(got, /^before/);
		assert.ok("beforegarbage garbage garbage garbage".startsWith(got), got);
		time.advance(20);
		bytes(line);
		cable.far!.baud = 921_600;
		say("after");
		time.advance(10);
		assert.equal(bytes(line), "after");
	});

	it("when the last byte is just leaving then the rate waits for it", () => {
		setUp({ shiftRegister: true, grain: 1 });
		const line = uart.join(user("bridge"));
		for (const rate of [9_600, 921_600, 115_200]) {
			line.write(new Uint8Array(20));
			const outcome = change(rate);
			time.advance(100);
			assert.equal(outcome.refusal, undefined);
		}
		assert.equal(cable.cutShort, false);
	});

	it("when the driver has bytes at the moment of the switch then they are kept", () => {
		const line = uart.join(user("bridge"));
		time.after(1, () => cable.serial!.arrive(Uint8Array.of(0x78), 115_200));
		const outcome = change(921_600);
		time.advance(10);
		assert.equal(outcome.refusal, undefined);
		assert.equal(bytes(line), "x");
	});

	it("when the rate is no baud rate then it is refused with the limits", () => {
		for (const rate of [0, -1, 1, 1_199, 3_000_001, 1e9, 115_200.5, NaN, Infinity, "115200", null, undefined, {}, [115_200], true]) {
			assert.throws(() => uart.setBaud(rate, () => assert.fail("answered")), (error: Refusal) => error.code === "bad_rate" && error.detail.field === "rate" && error.detail.minimum === 1_200 && error.detail.maximum === 3_000_000);
			assert.equal(uart.baud, 115_200);
		}
		time.advance(100);
	});

	it("when the limits themselves are asked for then they are set", () => {
		for (const rate of [1_200, 3_000_000]) {
			const outcome = change(rate);
			time.advance(100);
			assert.equal(outcome.refusal, undefined);
			assert.equal(uart.baud, rate);
		}
	});

	it("when the hardware refuses the rate then the old one stays", () => {
		setUp({ refuses: rate => rate === 921_600 });
		const outcome = change(921_600);
		time.advance(100);
		assert.equal(outcome.refusal!.code, "uart_set_baud_failed");
		assert.equal(uart.baud, 115_200);
		assert.equal(cable.serial!.baud, 115_200);
	});

	it("when the rate read back is more than 2 % off then the old one stays, and a small error is accepted", () => {
		let factor = 1.03;
		setUp({ actual: rate => rate === 115_200 ? rate : Math.round(rate * factor) });
		const outcome = change(921_600);
		time.advance(100);
		assert.equal(outcome.refusal!.code, "uart_set_baud_failed");
		assert.equal(outcome.refusal!.detail.actual, 949_248);
		assert.equal(uart.baud, 115_200);
		factor = 1.01;
		const second = change(921_600);
		time.advance(100);
		assert.equal(second.refusal, undefined);
	});

	it("when the queue does not drain then it fails within 5 s and the old rate stays", () => {
		const line = uart.join(user("bridge"));
		cable.stuck = true;
		line.write(new Uint8Array(100));
		const outcome = change(921_600);
		time.advance(5_000);
		assert.equal(outcome.refusal!.code, "uart_set_baud_failed");
		assert.match(outcome.refusal!.message, /did not drain/);
		assert.equal(uart.baud, 115_200);
	});

	it("when a change is under way then another is refused", () => {
		uart.join(user("bridge")).write(new Uint8Array(500));
		const first = change(921_600);
		assert.throws(() => uart.setBaud(460_800, () => {}), (error: Refusal) => error.code === "uart_busy");
		time.advance(100);
		assert.equal(first.refusal, undefined);
		assert.equal(uart.baud, 921_600);
	});

	it("when the port is claimed then its rate can't be changed from outside", () => {
		uart.claim(user("fastboot"));
		assert.throws(() => uart.setBaud(921_600, () => {}), (error: Refusal) => error.code === "uart_busy" && error.detail.owner === "fastboot");
	});

	it("when it is reset then it is 115200, also in the middle of a change, at whatever moment", () => {
		for (let at = 0; at < 50; at++) {
			setUp();
			uart.join(user("bridge")).write(new Uint8Array(500));
			const first = change(921_600);
			time.advance(at);
			uart.resetBaud();
			time.advance(100);
			assert.equal(first.over, true);
			assert.equal(uart.baud, 115_200);
			assert.equal(cable.serial!.baud, 115_200);
			assert.deepEqual(defects, []);
		}
	});

	it("when it is reset then changes that wait for the present one are given up", () => {
		for (const rate of [57_600, 115_200]) {
			for (let at = 0; at < 70; at++) {
				setUp();
				change(9_600);
				time.advance(100);
				const line = uart.join(user("bridge"));
				line.write(new Uint8Array(50));
				const outcomes: string[] = [];
				line.setBaud(rate, refusal => void outcomes.push(`first ${refusal?.message ?? uart.baud}`));
				line.setBaud(921_600, refusal => void outcomes.push(`second ${refusal?.message ?? uart.baud}`));
				line.setBaud(230_400, refusal => void outcomes.push(`third ${refusal?.message ?? uart.baud}`));
				time.advance(at < 60 ? at : 52 + (at - 60) / 2);
				if (outcomes.length > 0)
					continue;
				uart.resetBaud(refusal => void outcomes.push(`reset ${refusal?.message ?? uart.baud}`));
				time.advance(200);
				assert.equal(uart.baud, 115_200, `at ${at}`);
				assert.equal(cable.serial!.baud, 115_200);
				assert.equal(outcomes.length, 4, outcomes.join());
				assert.equal(outcomes.filter(outcome => /^(second|third) another change of the baud rate came first$/.test(outcome)).length, 2, outcomes.join());
				assert.ok(outcomes.includes("reset 115200"), outcomes.join());
				assert.deepEqual(defects, []);
			}
		}
	});

	it("when it is closed in the middle of a change then nothing that waits is begun", () => {
		const line = uart.join(user("bridge"));
		line.write(new Uint8Array(50));
		line.setBaud(9_600, () => {});
		line.setBaud(57_600, () => assert.fail("begun"));
		uart.close();
		time.advance(1_000);
		assert.equal(time.pending, 0);
		assert.deepEqual(defects, []);
	});

	it("when a user's callback throws at the moment of the switch, or one who waits does, then the change goes on", () => {
		uart.join({ name: "bad", onReceive: () => { throw new Error("oops"); }, onWritable: () => { throw new Error("ouch"); } });
		time.after(1, () => cable.serial!.arrive(Uint8Array.of(0x78), 115_200));
		uart.setBaud(921_600, () => {
			throw new Error("help");
		});
		time.advance(100);
		assert.deepEqual(defects, ["uart.user: Error: oops", "uart.user: Error: ouch", "uart.baud: Error: help"]);
		assert.equal(uart.baud, 921_600);
		let told = false;
		uart.resetBaud(() => {
			throw new Error("hear");
		});
		uart.resetBaud(() => told = true);
		time.advance(100);
		assert.deepEqual([told, uart.baud, defects.at(-1)], [true, 115_200, "uart.baud: Error: hear"]);
	});

	it("when several reset it at once then all of them hear of the end", () => {
		change(921_600);
		time.advance(100);
		let answers = 0;
		uart.resetBaud(refusal => answers += refusal ? 100 : 1);
		uart.resetBaud(refusal => answers += refusal ? 100 : 1);
		time.advance(100);
		uart.resetBaud(refusal => answers += refusal ? 100 : 1);
		time.advance(100);
		assert.equal(answers, 3);
	});

	it("when it is reset while the queue is stuck then the rate is 115200 all the same", () => {
		const line = uart.join(user("bridge"));
		change(921_600);
		time.advance(100);
		cable.stuck = true;
		line.write(new Uint8Array(100));
		uart.resetBaud();
		time.advance(5_000);
		assert.equal(uart.baud, 115_200);
		assert.equal(line.pending < 100, true);
	});
});

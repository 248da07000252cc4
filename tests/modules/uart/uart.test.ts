import { strict as assert } from "node:assert";
import type { Refusal } from "base/refusal";
import { bytes, cable, defects, heard, say, setUp, time, uart, user } from "./support";

describe("uart: the port and its owner", () => {
	beforeEach(() => setUp());

	it("when the camera speaks and nobody listens then the log has it and it is counted", () => {
		say("hello");
		time.advance(10);
		assert.equal(uart.counters.rx, 5);
		assert.equal(uart.log.read().size, 5);
		assert.equal(uart.owner, undefined);
	});

	it("when more comes than the ring's end has room for then it is read in one go", () => {
		setUp({}, 16);
		cable.options.grain = 12;
		say("abcdefghijkl");
		time.advance(10);
		say("mnopqrstuvwx");
		time.advance(10);
		assert.equal(uart.counters.rx, 24);
		const excerpt = uart.log.read();
		assert.equal(String.fromCharCode(...excerpt.span(0, 100)) + String.fromCharCode(...excerpt.span(8, 100)), "ijklmnopqrstuvwx");
	});

	it("when the port is claimed then nobody else can claim it until it is released", () => {
		const line = uart.claim(user("fastboot"));
		assert.equal(uart.owner, "fastboot");
		assert.throws(() => uart.claim(user("other")), (error: Refusal) => error.code === "uart_busy" && error.detail.owner === "fastboot");
		line.release();
		line.release();
		assert.equal(uart.owner, undefined);
		uart.claim(user("other"));
		line.release();
		assert.equal(uart.owner, "other");
	});

	it("when a console is joined then another reads along until it takes over, and then the first does", () => {
		const first = uart.join(user("first"));
		const second = uart.join(user("second"));
		assert.deepEqual([uart.owner, first.held, second.held, second.room, second.write(new Uint8Array(3))], ["first", true, false, 0, 0]);
		say("x");
		time.advance(10);
		assert.deepEqual([bytes(first), bytes(second)], ["x", "x"]);
		second.takeOver();
		assert.deepEqual([uart.owner, first.held, second.held, first.room, second.write(new Uint8Array(3))], ["second", false, true, 0, 3]);
		second.release();
		assert.equal(uart.owner, undefined);
		first.takeOver();
		assert.equal(uart.owner, "first");
	});

	it("when somebody else has the line then the refusal says how to read along without it", () => {
		uart.claim(user("fastboot"));
		say("12345");
		time.advance(10);
		const outcome: (Refusal | undefined)[] = [];
		const line = uart.join(user("bridge"));
		line.setBaud(9_600, refusal => void outcome.push(refusal));
		time.advance(10);
		for (const attempt of [() => uart.claim(user("other")), () => uart.setBaud(9_600, () => {}), () => line.sendBreak(1, () => {}), () => { throw outcome[0]!; }])
			assert.throws(attempt, (error: Refusal) => error.code === "uart_busy" && error.detail.owner === "fastboot" && /GET \/uart\/log\?since=5 .* rackpod log -f /.test(error.message));
	});

	it("when fastboot claims the port from the console then the console watches and gets it back", () => {
		const console = uart.join(user("bridge"));
		assert.equal(console.held, true);
		const fastboot = uart.claim(user("fastboot"));
		assert.equal(console.held, false);
		assert.equal(console.room, 0);
		assert.equal(console.write(new Uint8Array(3)), 0);
		assert.equal(fastboot.write(new Uint8Array(2)), 2);
		say("x");
		time.advance(10);
		assert.ok(heard.includes("fastboot receive") && heard.includes("bridge receive"));
		assert.equal(bytes(console), "x");
		assert.ok(!heard.includes("bridge writable"));
		fastboot.release();
		assert.ok(heard.includes("bridge writable"));
		assert.equal(console.write(new Uint8Array(3)), 3);
		assert.equal(fastboot.write(new Uint8Array(3)), 0);
		assert.equal(uart.counters.tx, 5);
	});

	it("when a console joins while fastboot has the port then it watches at once", () => {
		const fastboot = uart.claim(user("fastboot"));
		const console = uart.join(user("bridge"));
		assert.equal(console.held, false);
		fastboot.release();
		assert.equal(console.held, true);
	});

	it("when a line is given out then what was received before is not for it, even if the driver still has it", () => {
		const inDriver = (text: string): void => cable.serial!.arrive(Uint8Array.from(Array.from(text, c => c.charCodeAt(0))), 115_200);
		inDriver("old");
		const line = uart.join(user("bridge"));
		time.advance(10);
		assert.equal(bytes(line), "");
		inDriver("older");
		line.flush();
		time.advance(10);
		assert.equal(bytes(line), "");
		say("new");
		time.advance(10);
		assert.equal(bytes(line), "new");
		assert.equal(uart.counters.rx, 11);
	});

	it("when more is written than fits then what fits is taken, and room is announced when it comes", () => {
		setUp({ transmitQueue: 100 });
		const line = uart.join(user("bridge"));
		assert.equal(line.room, 100);
		assert.equal(line.write(new Uint8Array(70).fill(1)), 70);
		assert.equal(line.write(new Uint8Array(70).fill(2)), 30);
		assert.equal(line.write(new Uint8Array(70)), 0);
		time.advance(20);
		assert.ok(heard.includes("bridge writable"));
		assert.equal(line.room, 100);
		assert.deepEqual(cable.recorded, [...new Array<number>(70).fill(1), ...new Array<number>(30).fill(2)]);
	});

	it("when the driver loses bytes then overruns are counted", () => {
		setUp({ receiveBuffer: 4, grain: 10 });
		say("0123456789");
		time.advance(10);
		assert.equal(uart.counters.overruns, 6);
		assert.equal(uart.counters.rx, 4);
	});

	it("when a user's callback throws then it is reported and the port works on", () => {
		const line = uart.join({ name: "bad", onReceive: () => { throw new Error("oops"); }, onWritable() {} });
		say("x");
		time.advance(10);
		assert.deepEqual(defects, ["uart.user: Error: oops"]);
		assert.equal(bytes(line), "x");
	});

	it("when a user's callback throws then those of the others are called, and releasing the port succeeds", () => {
		const oops = (): never => {
			throw new Error("oops");
		};
		uart.join({ name: "bad", onReceive: oops, onWritable: oops });
		const line = uart.claim(user("fastboot"));
		say("x");
		time.advance(10);
		assert.deepEqual(heard, ["fastboot receive"]);
		line.release();
		assert.equal(uart.owner, "bad");
		assert.deepEqual(defects, ["uart.user: Error: oops", "uart.user: Error: oops"]);
	});

	it("when it is closed twice then that is harmless", () => {
		uart.close();
		uart.close();
	});
});

import { strict as assert } from "node:assert";
import type { Refusal } from "base/refusal";
import { CameraPower } from "power/power";
import { VirtualTime } from "../../support/clock";
import { PinBoard } from "../../support/pin";

let time: VirtualTime;
let board: PinBoard;
let power: CameraPower;
let changes: string[];
let defects: string[];

function setUp(on: boolean, offTime?: number): void {
	time = new VirtualTime();
	board = new PinBoard(() => time.now());
	changes = [];
	defects = [];
	power = new CameraPower({
		io: board.io,
		pin: "camera",
		activeLow: true,
		on,
		time,
		...(offTime === undefined ? {} : { offTime }),
		onChange: state => void changes.push(`${time.now()} ${state ? "on" : "off"}`),
		onDefect: (where, error) => void defects.push(`${where}: ${error}`)
	});
}

/** Asks, and notes when and how it was answered. */
function ask(request: "on" | "off" | "cycle"): { at: number | undefined; fault: Refusal | undefined } {
	const answer: { at: number | undefined; fault: Refusal | undefined } = { at: undefined, fault: undefined };
	power[request](fault => {
		assert.equal(answer.at, undefined, "answered twice");
		answer.at = time.now();
		answer.fault = fault;
	});
	assert.equal(answer.at, undefined, "answered from inside the call");
	return answer;
}

describe("power: no implicit switching", () => {
	it("when it is made then the pin has the given level from the start and nothing is written", () => {
		for (const on of [true, false]) {
			setUp(on);
			assert.deepEqual({ ...board.options }, { pin: "camera", mode: 8, initialValue: on ? 1 : 0, activeLow: true });
			assert.equal(power.state, on);
			time.advance(100_000);
			assert.equal(board.writes.length, 0);
			assert.deepEqual(changes, []);
		}
	});

	it("when it is closed then nothing is written", () => {
		setUp(true);
		power.close();
		power.close();
		assert.equal(board.writes.length, 0);
	});
});

describe("power: on, off, cycle", () => {
	it("when it is switched off then that is done at once", () => {
		setUp(true);
		const answer = ask("off");
		assert.equal(board.level, 0);
		time.advance(0);
		assert.equal(answer.at, 0);
		assert.equal(answer.fault, undefined);
		assert.equal(power.state, false);
		assert.deepEqual(changes, ["0 off"]);
	});

	it("when it is switched on within the minimum off time then it waits and answers when it is done", () => {
		setUp(true);
		ask("off");
		time.advance(500);
		const answer = ask("on");
		assert.equal(power.switching, true);
		time.advance(1_499);
		assert.equal(board.level, 0);
		assert.equal(answer.at, undefined);
		time.advance(1);
		assert.equal(board.level, 1);
		assert.equal(answer.at, 2_000);
		assert.equal(answer.fault, undefined);
		assert.equal(power.switching, false);
		assert.deepEqual(changes, ["0 off", "2000 on"]);
	});

	it("when it has been off for longer then it is on at once", () => {
		setUp(true);
		ask("off");
		time.advance(10_000);
		const answer = ask("on");
		time.advance(0);
		assert.equal(answer.at, 10_000);
	});

	it("when it is found off at the start then the off time counts from there", () => {
		setUp(false);
		const answer = ask("on");
		time.advance(10_000);
		assert.equal(answer.at, 2_000);
	});

	it("when it is on already then on is answered and nothing is switched", () => {
		setUp(true);
		const answer = ask("on");
		time.advance(0);
		assert.equal(answer.fault, undefined);
		assert.equal(board.writes.length, 0);
		assert.deepEqual(changes, []);
	});

	it("when it is cycled then it is off for 2 s and the answer comes with on", () => {
		setUp(true);
		time.advance(100);
		const answer = ask("cycle");
		assert.equal(board.level, 0);
		time.advance(5_000);
		assert.equal(answer.at, 2_100);
		assert.deepEqual(changes, ["100 off", "2100 on"]);
		assert.equal(power.switchedAt, 2_100);
	});

	it("when it is cycled while off then it is on after the rest of the off time", () => {
		setUp(true);
		ask("off");
		time.advance(1_000);
		const answer = ask("cycle");
		time.advance(5_000);
		assert.equal(answer.at, 2_000);
		assert.equal(power.state, true);
	});

	it("when another off time is configured then it is kept", () => {
		setUp(true, 5_000);
		const answer = ask("cycle");
		time.advance(10_000);
		assert.equal(answer.at, 5_000);
	});

	it("when a parked off is followed by on then it ends powered", () => {
		setUp(true);
		ask("off");
		time.advance(86_400_000);
		ask("on");
		time.advance(10);
		assert.equal(power.state, true);
	});
});

describe("power: requests that overlap", () => {
	it("when on and cycle come during a cycle then all are answered at its end, and there is one off and one on", () => {
		setUp(true);
		const answers = [ask("cycle"), ask("on"), ask("cycle")];
		time.advance(1_000);
		answers.push(ask("cycle"), ask("on"));
		time.advance(5_000);
		assert.deepEqual(answers.map(answer => answer.at), [2_000, 2_000, 2_000, 2_000, 2_000]);
		assert.deepEqual(changes, ["0 off", "2000 on"]);
	});

	it("when a cycle begins before an on is answered then the on is answered at its end", () => {
		setUp(true);
		const [on, cycle] = [ask("on"), ask("cycle")];
		time.advance(1_999);
		assert.equal(on.at, undefined);
		time.advance(1);
		assert.deepEqual([on.at, cycle.at, on.fault, power.state], [2_000, 2_000, undefined, true]);
	});

	it("when off comes before an on is answered then the on is told", () => {
		setUp(true);
		const [on, off] = [ask("on"), ask("off")];
		time.advance(10_000);
		assert.deepEqual([on.at, off.at, on.fault?.code, off.fault, power.state], [0, 0, "power_busy", undefined, false]);
	});

	it("when off comes during a cycle then it stays off and those who waited are told", () => {
		setUp(true);
		const cycle = ask("cycle");
		ask("on");
		time.advance(1_000);
		const off = ask("off");
		time.advance(10_000);
		assert.equal(cycle.fault!.code, "power_busy");
		assert.equal(cycle.at, 1_000);
		assert.equal(off.fault, undefined);
		assert.equal(power.state, false);
		assert.equal(power.switching, false);
	});

	it("when on comes after that then the off time still counts from the first off", () => {
		setUp(true);
		ask("cycle");
		time.advance(1_000);
		ask("off");
		const on = ask("on");
		time.advance(10_000);
		assert.equal(on.at, 2_000);
	});

	it("when more requests wait than are allowed then the next is refused and the others are answered", () => {
		setUp(true);
		const answers = Array.from({ length: 17 }, () => ask("cycle"));
		time.advance(0);
		assert.equal(answers[16]!.fault!.code, "power_busy");
		time.advance(5_000);
		assert.ok(answers.slice(0, 16).every(answer => answer.at === 2_000 && answer.fault === undefined));
	});

	it("when whoever waits is forgotten then it is not answered, the others are, and the camera is switched on all the same", () => {
		setUp(true);
		const gone = {};
		const answered: unknown[] = [];
		const done = (_: Refusal | undefined, target: unknown): void => void answered.push(target);
		for (let times = 0; times < 100; times++) {
			power.cycle(done, gone);
			power.forget(gone);
		}
		power.cycle(done, "stays");
		power.on(done, gone);
		power.forget(gone);
		power.forget("never came");
		assert.equal(power.switching, true);
		time.advance(5_000);
		assert.deepEqual(answered, ["stays"]);
		assert.deepEqual([power.state, power.switching], [true, false]);
	});

	it("when it is closed while requests wait then they are answered", () => {
		setUp(true);
		const answer = ask("cycle");
		power.close();
		time.advance(10_000);
		assert.equal(answer.fault!.code, "power_busy");
		assert.equal(time.pending, 0);
	});

	it("when an answer throws then it is reported and the others are still answered", () => {
		setUp(true);
		power.cycle(() => { throw new Error("oops"); });
		const answer = ask("on");
		time.advance(5_000);
		assert.equal(answer.at, 2_000);
		assert.deepEqual(defects, ["power.done: Error: oops"]);
	});
});

describe("power: no fake state", () => {
	it("when the pin does not follow then the request fails and the state is an error", () => {
		setUp(true);
		board.heldAt = 1;
		const off = ask("off");
		time.advance(0);
		assert.equal(off.fault!.code, "power_readback");
		assert.deepEqual(off.fault!.detail, { expected: 0, read: 1 });
		assert.throws(() => power.state, (error: Refusal) => error.code === "power_readback");
		board.heldAt = undefined;
		assert.equal(power.state, false);
	});

	it("when it does not switch off in a cycle then it is not switched on", () => {
		setUp(true);
		board.heldAt = 1;
		const cycle = ask("cycle");
		time.advance(10_000);
		assert.equal(cycle.fault!.code, "power_readback");
		assert.deepEqual(board.writes.map(write => write.value), [0]);
	});

	it("when it does not come on then everybody who waited hears it", () => {
		setUp(true);
		const answers = [ask("cycle"), ask("on")];
		board.heldAt = 0;
		time.advance(10_000);
		assert.deepEqual(answers.map(answer => answer.fault!.code), ["power_readback", "power_readback"]);
	});

	it("when it is on and the pin fell then on is answered with the error", () => {
		setUp(true);
		board.heldAt = 0;
		const answer = ask("on");
		time.advance(0);
		assert.equal(answer.fault!.code, "power_readback");
	});

	it("when the pin can't be read or written at all then that is the same error", () => {
		setUp(true);
		power.close();
		const answer = ask("off");
		time.advance(0);
		assert.equal(answer.fault!.code, "power_readback");
	});
});

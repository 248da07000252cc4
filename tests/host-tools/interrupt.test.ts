/** What Ctrl-C does to a job: which signals count, and what is said before the program ends in the middle. */
import { strict as assert } from "node:assert";
import type { Context, StopSignal } from "../../host-tools/cli/context.ts";
import { interruptible } from "../../host-tools/cli/interrupt.ts";
import { FlashRecord } from "../../host-tools/jobs/record.ts";
import { VirtualTime } from "../support/clock.ts";

describe("an interrupt", () => {
	const kernel = { partition: "kernel", name: "kernel", path: "", start: 0, offset: 0, length: 1, crc32: "", boot: false };
	let time: VirtualTime;
	let said: string;
	let exits: number[];
	let send: (signal: StopSignal) => void;
	let record: FlashRecord;
	let aborted: AbortSignal;
	let end: () => void;
	let job: Promise<void>;

	beforeEach(() => {
		time = new VirtualTime();
		said = "";
		exits = [];
		record = new FlashRecord([kernel]);
		const output = { write: (text: string | Uint8Array) => void (said += text) };
		const context = { stderr: output, clock: time, exit: (code: number) => void exits.push(code), onInterrupt(callback: (signal: StopSignal) => void) {
			send = callback;
			return () => send = () => assert.fail("nobody listens any more");
		} } as unknown as Context;
		job = interruptible(context, signal => {
			aborted = signal;
			return new Promise<void>(resolve => end = resolve);
		}, () => record);
	});

	afterEach(async () => {
		end();
		await job;
	});

	it("when it comes a second time within a second then both are one", () => {
		send("SIGINT");
		time.advance(900);
		send("SIGINT");
		assert.equal(aborted.aborted, true);
		assert.deepEqual(exits, []);
	});

	it("when its double comes after the job has stopped then what is still to be said is not cut off", async () => {
		send("SIGINT");
		end();
		await job;
		send("SIGINT");
		assert.deepEqual(exits, []);
	});

	it("when it comes again later then the program ends and says what the flash is", () => {
		send("SIGINT");
		time.advance(1001);
		send("SIGTERM");
		assert.deepEqual(exits, [130]);
		assert.match(said, /Ctrl-C again, a second later, stops at once\n\nstopped at once\. Nothing was erased/);
	});

	it("when a piece is being erased or written then the second one warns, its double is one with it, and the third ends", () => {
		record.begin(kernel);
		send("SIGINT");
		time.advance(5000);
		send("SIGINT");
		time.advance(10);
		send("SIGINT");
		assert.deepEqual(exits, []);
		assert.match(said, /kernel is erased and not completely written.*being finished at this moment; Ctrl-C once more/);
		time.advance(1001);
		send("SIGINT");
		assert.deepEqual(exits, [130]);
		assert.match(said, /stopped at once\. kernel is erased/);
	});

	it("when the piece is over then the second one ends at once", () => {
		record.begin(kernel);
		record.settle();
		send("SIGINT");
		time.advance(5000);
		send("SIGINT");
		assert.deepEqual(exits, [130]);
	});

	it("when the terminal is gone then the job stops cleanly, and nothing that is gone twice ends it", () => {
		send("SIGHUP");
		assert.equal(aborted.aborted, true);
		time.advance(60000);
		send("SIGHUP");
		assert.deepEqual(exits, []);
	});
});

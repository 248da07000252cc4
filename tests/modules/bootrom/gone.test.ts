import { strict as assert } from "node:assert";
import { BenchBoard } from "../../support/bench-board";
import { filled } from "../../../simulator/random.ts";
import { blob } from "../../support/blob";

describe("bootrom: the camera is gone", () => {
	const points = [
		["HEAD", 0, 1, "frame_for_start", "FRAME_FOR_START START"],
		["HEAD", 0, 2, "prestep0", "PRESTEP0 HEAD"],
		["DATA", 0, 1, "prestep0", "PRESTEP0 DATA 1"],
		["TAIL", 0, 1, "ddrstep0", "DDRSTEP0 HEAD"],
		["HEAD", 1, 1, "ddrstep0", "DDRSTEP0 HEAD"],
		["DATA", 1, 1, "ddrstep0", "DDRSTEP0 DATA 1"],
		["TAIL", 1, 1, "prestep1", "PRESTEP1 HEAD"],
		["HEAD", 2, 1, "prestep1", "PRESTEP1 HEAD"],
		["DATA", 2, 1, "prestep1", "PRESTEP1 DATA 1"],
		["TAIL", 2, 1, "spl", "SPL HEAD"],
		["HEAD", 3, 1, "spl", "SPL HEAD"],
		["DATA", 3, 1, "spl", "SPL DATA 1"],
		["DATA", 3, 3, "spl", "SPL DATA 3"],
		["TAIL", 3, 1, "agent", "AGENT START"],
		["HEAD", 4, 1, "agent", "AGENT START"],
		["HEAD", 4, 2, "agent", "AGENT HEAD"],
		["DATA", 4, 1, "agent", "AGENT DATA 1"],
		["DATA", 4, 3, "agent", "AGENT DATA 3"],
		["TAIL", 4, 1, "agent", "no console output within 5 s"]
	] as const;

	for (const [kind, upload, count, phase, error] of points) {
		it(`when it dies at ${kind} ${count} of upload ${upload} then the failure is ${error}`, () => {
			let heads = 0;
			let powerOns = 0;
			const board: BenchBoard = new BenchBoard({ answer: frame => {
				if (board.rom.powerOns !== powerOns) {
					powerOns = board.rom.powerOns;
					heads = 0;
				}
				if (frame.kind === kind && frame.upload === upload && (kind === "HEAD" ? ++heads === count : frame.index === (kind === "TAIL" ? frame.index : count)))
					return "die";
				return "ack";
			} });
			const result = board.run(blob({ prestep1: filled(128, 6) }));
			assert.equal(result.success, false);
			assert.equal(result.failed_phase, phase);
			assert.equal(result.last_phase, phase);
			assert.equal(result.error, error);
			const early = phase !== "spl" && phase !== "agent";
			assert.equal(result.attempts, early ? 2 : 1);
			assert.equal(board.rom.powerOns, early ? 2 : 1);
			if (early)
				assert.ok(result.log.includes(`attempt 1: ${error}`), result.log.join());
			assert.equal(board.uart.owner, undefined);
			assert.equal(board.pin.level, 1);
			board.time.advance(200_000);
			assert.equal(board.time.pending, 0);
			assert.deepEqual(board.faults, []);
		});
	}

	it("when it never shows a sign of life then handshake fails after two power cycles of 20 s", () => {
		const board = new BenchBoard({ dead: true });
		const result = board.run(blob());
		assert.equal(result.failed_phase, "handshake");
		assert.equal(result.error, "no boot ROM markers within 20 s");
		assert.equal(result.handshake_markers, 0);
		assert.equal(board.rom.powerOns, 2);
		assert.ok(result.elapsed_ms > 44_000 && result.elapsed_ms < 44_500, `${result.elapsed_ms}`);
	});

	it("when the first attempt misses the boot ROM then the second power cycle succeeds", () => {
		const board = new BenchBoard({ missed: [1] });
		const result = board.run(blob(), { handshake: 3_000 });
		assert.equal(result.success, true);
		assert.equal(result.attempts, 2);
		assert.deepEqual(result.log.slice(0, 1), ["attempt 1: no boot ROM markers within 3 s"]);
		assert.equal(result.bytes_sent, 64 + 64 + 2_100 + 3_000);
	});

	it("when a DDR step fails once then the power cycle and all steps are done again", () => {
		const board: BenchBoard = new BenchBoard({ answer: frame => frame.upload === 1 && board.rom.powerOns === 1 ? "ignore" : "ack" });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.equal(result.attempts, 2);
		assert.ok(result.log.includes("attempt 1: DDRSTEP0 HEAD"));
		assert.equal(result.bytes_sent, 64 + 64 + 2_100 + 3_000);
		assert.equal(board.rom.uploads.length, 4);
	});

	it("when everything takes longer than the limit for all then it ends and says so", () => {
		const board = new BenchBoard({ dead: true });
		const result = board.run(blob(), { handshake: 500_000, total: 60_000 });
		assert.match(result.error!, /not finished within 61 s/);
		assert.equal(result.failed_phase, "handshake");
		assert.equal(board.rom.powerOns, 1);
	});
});

describe("bootrom: after a perfect upload", () => {
	it("when the camera stays silent then that is a failure of phase agent", () => {
		const board = new BenchBoard({ console: "" });
		const result = board.run(blob());
		assert.equal(result.success, false);
		assert.equal(result.failed_phase, "agent");
		assert.equal(result.error, "no console output within 5 s");
		assert.equal(result.bytes_sent, 64 + 64 + 2_100 + 3_000);
	});

	it("when the wait is configured then it is as long as that, and 0 means none", () => {
		const silent = new BenchBoard({ console: "" }).run(blob(), { output: 500 });
		assert.equal(silent.error, "no console output within 0.5 s");
		assert.equal(new BenchBoard({ console: "" }).run(blob(), { output: 0 }).success, true);
	});

	it("when the agent is a flash agent that says READY every 2 s then that is output", () => {
		const board = new BenchBoard({ console: "\x02\x85\x05\x11\x22\x33\x44", consoleDelay: 2_000 });
		assert.equal(board.run(blob({ agent: filled(17_104, 8) })).success, true);
	});

	it("when only boot ROM markers, ACKs and line ends come then the camera has reset and nothing runs", () => {
		const board = new BenchBoard({ console: "" });
		board.start(blob());
		for (let i = 0; i < 60; i++) {
			board.time.advance(100);
			if (board.rom.uploads.length === 4)
				board.cable.send([0x20, 0x20, 0x20, 0x20, 0x20, 0x0a, 0xaa, 0x55]);
		}
		assert.equal(board.finish().error, "no console output within 5 s");
	});

	it("when autoboot is left alone then nothing is typed", () => {
		const board = new BenchBoard({ console: "U-Boot\r\nHit any key to stop autoboot:  1 ", autoboot: 1_000 });
		assert.equal(board.run(blob()).success, true);
		board.time.advance(5_000);
		assert.equal(board.rom.interrupts, 0);
		assert.equal(board.rom.state, "linux");
	});

	for (const announcement of ["Hit any key to stop autoboot:  1 ", "Press Ctrl-c to stop autoboot... 1", "Hit ctrl+c to stop autoboot:  1"]) {
		it(`when autoboot shall be stopped and it says "${announcement}" then one clean prompt waits`, () => {
			const board = new BenchBoard({ console: `\r\nU-Boot 2016.11\r\nDRAM: 64 MiB\r\n${announcement}`, autoboot: 1_000 });
			const result = board.run(blob(), { prompt: 10_000 });
			assert.equal(result.success, true);
			assert.equal(result.prompt, true);
			assert.equal(board.rom.state, "shell");
			assert.equal(board.rom.interrupts, 1);
			const { end } = board.uart.log;
			board.time.advance(1_000);
			assert.equal(board.uart.log.end, end);
		});
	}

	it("when U-Boot answers late then the answers to all Ctrl-Cs are awaited", () => {
		const board = new BenchBoard({ console: "Hit any key to stop autoboot:  1 ", autoboot: 1_000 });
		const { far } = board.cable;
		board.cable.far = { baud: 115_200, receive(bytes) {
			if (board.rom.uploads.length === 4)
				board.time.after(150, () => far!.receive(bytes));
			else
				far!.receive(bytes);
		} };
		assert.equal(board.run(blob(), { prompt: 10_000 }).prompt, true);
		assert.equal(board.rom.interrupts, 2);
		const { end } = board.uart.log;
		board.time.advance(1_000);
		assert.equal(board.uart.log.end, end);
	});

	it("when there is a prompt at once then nothing is typed and it waits", () => {
		const board = new BenchBoard();
		const result = board.run(blob(), { prompt: 10_000 });
		assert.equal(result.prompt, true);
		assert.equal(board.rom.interrupts, 0);
	});

	it("when no autoboot is announced then nothing is typed, and there is no prompt", () => {
		const board = new BenchBoard({ console: "\x02\x85\x05\x11\x22", autoboot: 100_000 });
		const result = board.run(blob(), { prompt: 3_000 });
		assert.equal(result.success, true);
		assert.equal(result.prompt, false);
		assert.equal(board.rom.interrupts, 0);
	});
});

import { strict as assert } from "node:assert";
import { BenchBoard } from "../../support/bench-board";
import { filled } from "../../../simulator/random.ts";
import { blob, loader } from "../../support/blob";

describe("bootrom: a camera is brought up", () => {
	it("when all goes well then every part arrives at its address and the phases come in order", () => {
		const board = new BenchBoard();
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.equal(result.last_phase, "done");
		assert.equal(result.failed_phase, undefined);
		assert.equal(result.handshake_markers, 5);
		assert.equal(result.attempts, 1);
		assert.equal(result.bytes_sent, 64 + 64 + 2_100 + 3_000);
		assert.deepEqual(board.rom.uploads.map(upload => upload.address), [0x0401_3000, 0x0401_3000, 0x0401_0500, 0x4100_0000]);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes), [filled(64, 1), filled(64, 2), filled(2_100, 3), loader(3_000, 4)]);
		assert.deepEqual(board.phases, ["power", "handshake", "frame_for_start", "prestep0", "ddrstep0", "spl", "agent", "done"]);
		assert.deepEqual(board.faults, []);
		assert.equal(board.uart.owner, undefined);
	});

	it("when the chip has no PRESTEP0 then there is no frame_for_start and the ROM is met again by its markers", () => {
		const board = new BenchBoard({ greetsAgain: true });
		const result = board.run(blob({ prestep0: new Uint8Array(0) }));
		assert.equal(result.error, undefined);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes.length), [64, 2_100, 3_000]);
		assert.deepEqual(board.phases, ["power", "handshake", "ddrstep0", "spl", "agent", "done"]);
	});

	it("when the chip has a PRESTEP1 then it goes out after DDRSTEP0", () => {
		const board = new BenchBoard();
		assert.equal(board.run(blob({ prestep1: filled(128, 7) })).success, true);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes.length), [64, 64, 128, 2_100, 3_000]);
	});

	it("when a step has 72 bytes then its HEAD announces 72", () => {
		const board = new BenchBoard();
		assert.equal(board.run(blob({ prestep0: filled(72, 1), ddrstep0: filled(72, 2) })).success, true);
		assert.deepEqual(board.rom.uploads.slice(0, 2).map(upload => upload.bytes), [filled(72, 1), filled(72, 2)]);
	});

	it("when the ROM sends markers without a pause until it hears an AA then it is met", () => {
		for (const delay of [0, 1, 30, 47, 300]) {
			const board = new BenchBoard({ markers: "continuous", pace: { start: delay } });
			assert.equal(board.run(blob()).error, undefined, `first marker after ${delay} ms`);
		}
	});

	it("when the marker window begins at any moment then it is met at the first attempt", () => {
		for (let delay = 0; delay < 130; delay += 3) {
			const board = new BenchBoard({ pace: { start: delay } });
			const result = board.run(blob({ agent: filled(10, 1) }));
			assert.equal(result.error, undefined, `window after ${delay} ms`);
			assert.equal(result.attempts, 1, `window after ${delay} ms`);
		}
	});

	it("when the camera was on then it is off for 2 s first, and what it said before is not taken for markers", () => {
		const board = new BenchBoard();
		board.cable.send(new Array<number>(40).fill(0x20));
		board.start(blob());
		board.cable.send(new Array<number>(40).fill(0x20));
		assert.equal(board.finish().success, true);
		assert.deepEqual(board.pin.writes.slice(0, 2).map(write => write.value), [0, 1]);
		assert.ok(board.pin.writes[1]!.at - board.pin.writes[0]!.at >= 2_000);
		assert.equal(board.result!.handshake_markers, 5);
	});

	it("when the ROM asks once, as soon as the supply comes, then that is heard", () => {
		const board = new BenchBoard({ pace: { start: 0, groups: 1 } });
		board.pin.onLevel = level => {
			board.rom.power(level === 1);
			if (level === 0)
				return;
			board.cable.toPod.clear();
			board.cable.serial!.arrive(new Uint8Array(5).fill(0x20), 115_200);
		};
		assert.deepEqual([board.run(blob()).error, board.result!.attempts], [undefined, 1]);
	});

	it("when the port was left at another rate then it is at 115200 before the power goes", () => {
		const board = new BenchBoard();
		board.uart.setBaud(921_600, () => {});
		board.time.advance(50);
		assert.equal(board.cable.serial!.baud, 921_600);
		board.start(blob());
		board.pin.onLevel = level => {
			assert.equal(board.cable.serial!.baud, 115_200);
			board.rom.power(level === 1);
		};
		assert.equal(board.finish().success, true);
	});

	it("when the rate can't be put back to 115200 then it fails in phase power with the camera untouched", () => {
		let refusing = false;
		const board = new BenchBoard({}, { refuses: () => refusing });
		board.uart.setBaud(921_600, () => {});
		board.time.advance(50);
		refusing = true;
		const result = board.run(blob());
		assert.equal(result.failed_phase, "power");
		assert.match(result.error!, /baud/);
		assert.equal(board.pin.writes.length, 0);
		assert.equal(board.uart.owner, undefined);
	});

	it("when the power pin does not follow then it fails in phase power", () => {
		const board = new BenchBoard();
		board.pin.heldAt = 1;
		const result = board.run(blob());
		assert.equal(result.failed_phase, "power");
		assert.match(result.error!, /power pin/);
		assert.equal(result.attempts, 1);
	});

	it("when the transmit queue is smaller than a frame then the frames go out in pieces", () => {
		for (const transmitQueue of [16, 50, 128, 1_028]) {
			const board = new BenchBoard({ greetsAgain: true, pace: { step: 0 } }, { transmitQueue });
			const result = board.run(blob({ prestep0: new Uint8Array(0) }));
			assert.equal(result.error, undefined, `queue of ${transmitQueue}`);
			assert.equal(result.resent, 0);
			assert.deepEqual(board.rom.uploads.at(-1)!.bytes, loader(3_000, 4));
		}
	});

	it("when the serial port stops sending then it fails and says so", () => {
		const board = new BenchBoard();
		board.start(blob());
		board.time.advance(3_000);
		board.cable.stuck = true;
		const result = board.finish();
		assert.equal(result.success, false);
		assert.match(result.error!, /serial port does not send/);
		assert.equal(board.uart.owner, undefined);
	});

	it("when the body lies in pieces of 700 bytes then the same bytes arrive", () => {
		const body = blob();
		const board = new BenchBoard();
		const pieces = { size: body.length, span: (offset: number, limit: number) => body.subarray(offset, Math.min(offset + limit, offset + 700 - (offset % 700))) };
		assert.equal(board.run(pieces).success, true);
		assert.deepEqual(board.rom.uploads.at(-1)!.bytes, loader(3_000, 4));
	});

	it("when more than 255 blocks are sent then the sequence wraps and every byte arrives", () => {
		const board = new BenchBoard({}, { grain: 256 });
		assert.equal(board.run(blob({ agent: filled(263_000, 9) })).error, undefined);
		assert.deepEqual(board.rom.uploads.at(-1)!.bytes, filled(263_000, 9));
	});

	it("when 17,408 + 236,195 bytes go up then it takes at most 1.05 times the wire time and the fixed waits", () => {
		const board = new BenchBoard({ consoleDelay: 1 }, { grain: 256 });
		const result = board.run(blob({ spl: filled(17_408, 1), agent: filled(236_195, 2) }));
		const wire = ((17_408 + 236_195) * 10_000) / 115_200;
		assert.equal(result.error, undefined);
		assert.ok(result.elapsed_ms <= wire * 1.05 + 2_000 + 300, `${result.elapsed_ms} ms for ${wire} ms of bytes`);
	});
});

describe("bootrom: the banner", () => {
	const banner = (console: string, limits = {}): string | null => new BenchBoard({ console }).run(blob(), limits).banner;

	it("when U-Boot names its version then the result has that line, whatever stands around it", () => {
		assert.equal(banner("\r\n\r\nSystem startup\r\n\r\nU-Boot 2016.11 (Jun 1 2021 - 12:00:00 +0300)hi3516ev300\r\n\r\nDRAM:  128 MiB\r\n"), "U-Boot 2016.11 (Jun 1 2021 - 12:00:00 +0300)hi3516ev300");
		assert.equal(banner("U-Boot SPL 2023.01 (Jan 1)\r\nU-Boot images\nU-Boot 2023.01\nU-Boot 2\n"), "U-Boot 2023.01");
	});

	it("when the line holds escape sequences, other controls or bytes beyond ASCII then each of them is a dot, and it is cut at 128", () => {
		assert.equal(banner("U-Boot 1.3.4 \x1b[2J\x07\x9b\xff\x00\r\n"), "U-Boot 1.3.4 .[2J....");
		assert.equal(banner(`U-Boot 9${"x".repeat(500)}\n`), `U-Boot 9${"x".repeat(120)}`);
	});

	it("when what speaks is no U-Boot then it is a success without a banner, a second after its first word", () => {
		for (const console of ["READY\r\n", "U-Boot \r\n", "U-Boot".repeat(200), "U-Boot 2016.11 (no end"]) {
			const board = new BenchBoard({ console });
			const { success, banner, elapsed_ms } = board.run(blob());
			assert.deepEqual([success, banner], [true, null], console);
			assert.ok(elapsed_ms < 5_000, `${elapsed_ms} ms`);
		}
	});

	it("when an autoboot is announced by a U-Boot that doesn't name itself then the end comes at once", () => {
		const board = new BenchBoard({ console: "Hit any key to stop autoboot:  1 ", autoboot: 900 });
		const { success, banner, prompt } = board.run(blob(), { prompt: 10_000 });
		assert.deepEqual([success, banner, prompt], [true, null, true]);
	});

	it("when nothing is heard, or the upload fails, then it is null", () => {
		assert.equal(banner(""), null);
		assert.equal(new BenchBoard({ dead: true, flashText: "U-Boot 2010.06\r\n" }).run(blob()).banner, null);
		assert.equal(banner("U-Boot 2016.11\r\n", { output: 0 }), null);
	});
});

describe("bootrom: families of boot ROMs", () => {
	const runs = filled(3_000, 4);
	runs.fill(0xff, 100, 111);
	runs.fill(0xff, 500, 512);
	runs.fill(0xff, 1_015, 1_040);

	it("when the DDR step is at 0x04017000 then runs of 12 FF become 0 in every DATA payload and are counted", () => {
		const board = new BenchBoard({ hangsOnFF: true });
		const result = board.run(blob({ ddrStepAddress: 0x0401_7000, spl: runs, agent: runs }));
		assert.equal(result.error, undefined);
		const expected = runs.slice();
		expected.fill(0, 500, 512);
		// the run across the border of two payloads is 9 bytes in the first and 16 in the second
		expected.fill(0, 1_024, 1_040);
		assert.deepEqual(board.rom.uploads.at(-1)!.bytes, expected);
		assert.deepEqual(board.rom.uploads.at(-2)!.bytes, expected);
		assert.equal(result.ff_runs_zeroed, 4);
	});

	it("when it is another chip then every byte goes up as it is", () => {
		const board = new BenchBoard();
		const result = board.run(blob({ agent: runs }));
		assert.equal(result.ff_runs_zeroed, 0);
		assert.deepEqual(board.rom.uploads.at(-1)!.bytes, runs);
	});

	it("when the ROM hangs in the middle of the SPL then the failure names the block", () => {
		const board = new BenchBoard({ hangsOnFF: true });
		const result = board.run(blob({ spl: runs }));
		assert.equal(result.error, "SPL DATA 1");
		assert.equal(result.failed_phase, "spl");
	});
});

describe("bootrom: the run as others see it", () => {
	it("when it runs then progress tells phase, bytes, rate and time", () => {
		const board = new BenchBoard();
		const bringUp = board.start(blob({ agent: filled(50_000, 4) }));
		assert.equal(bringUp.progress.phase, "power");
		assert.equal(bringUp.progress.rate, 0);
		assert.equal(bringUp.progress.bytes_total, 64 + 64 + 2_100 + 50_000);
		let last = 0;
		while (!board.result) {
			board.time.advance(100);
			const { bytes_sent } = bringUp.progress;
			assert.ok(bytes_sent >= last);
			last = bytes_sent;
			if (bytes_sent > 40_000)
				assert.ok(bringUp.progress.rate > 9_000 && bringUp.progress.rate < 11_520, `${bringUp.progress.rate}`);
		}
		assert.equal(last, bringUp.progress.bytes_total);
		assert.equal(bringUp.progress.phase, "done");
		assert.equal(bringUp.progress.elapsed_ms, board.result.elapsed_ms);
	});

	it("when it is cancelled at any moment then it ends at once, gives the port back and nothing is left running", () => {
		for (let at = 0; at < 4_000; at += 50) {
			const board = new BenchBoard();
			const bringUp = board.start(blob());
			board.time.advance(at);
			if (board.result)
				break;
			const { phase } = bringUp;
			bringUp.cancel("client gone");
			bringUp.cancel("again");
			assert.equal(board.uart.owner, undefined);
			assert.equal(board.result, undefined);
			board.time.advance(0);
			assert.equal(board.result!.error, "cancelled: client gone");
			assert.equal(board.result!.failed_phase, phase);
			board.time.advance(10_000);
			assert.equal(board.time.pending, 0);
			assert.equal(board.pin.level, at < 0 ? 0 : 1);
			assert.deepEqual(board.faults, []);
		}
	});

	it("when it is broken off within its power cycle again and again then the power keeps none of them, and the next one works", () => {
		const board = new BenchBoard();
		for (let times = 0; times < 20; times++) {
			board.start(blob()).cancel("enough");
			board.time.advance(0);
			board.start(blob());
			board.time.advance(50);
			assert.equal(board.power.switching, true);
			board.bringUp!.cancel("enough");
			board.time.advance(0);
		}
		board.result = undefined;
		assert.equal(board.run(blob()).error, undefined);
	});

	it("when giving the port back fails then the end is reported all the same", () => {
		const board = new BenchBoard({ dead: true });
		const { uart } = board;
		const claim = uart.claim.bind(uart);
		uart.claim = user => {
			const line = claim(user);
			line.release = () => {
				throw new Error("no");
			};
			return line;
		};
		board.start(blob());
		assert.throws(() => board.bringUp!.cancel("enough"), /no/);
		board.time.advance(0);
		assert.equal(board.result!.error, "cancelled: enough");
	});

	it("when the port is claimed already then nothing happens", () => {
		const board = new BenchBoard();
		board.start(blob());
		assert.throws(() => board.start(blob()), /fastboot has the serial line/);
		assert.equal(board.finish().success, true);
	});

	it("when the body is malformed then it is refused before anything happens", () => {
		const board = new BenchBoard();
		assert.throws(() => board.start(blob().subarray(0, 40)), /prestep0 is cut short/);
		assert.equal(board.uart.owner, undefined);
		assert.equal(board.time.pending, 0);
		assert.equal(board.pin.writes.length, 0);
	});

	it("when the body breaks in the middle then the run ends with the reason", () => {
		const body = blob();
		const board = new BenchBoard();
		let broken = false;
		board.start({ size: body.length, span: (offset, limit) => broken ? new Uint8Array(0) : body.subarray(offset, offset + limit) });
		broken = true;
		const result = board.finish();
		assert.equal(result.failed_phase, "prestep0");
		assert.match(result.error!, /ends too early/);
		assert.equal(board.uart.owner, undefined);
	});
});

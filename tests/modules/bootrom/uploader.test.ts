import { strict as assert } from "node:assert";
import { BenchBoard } from "../../support/bench-board";
import { blob, filled } from "../../support/blob";

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
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes), [filled(64, 1), filled(64, 2), filled(2_100, 3), filled(3_000, 4)]);
		assert.deepEqual(board.phases, ["power", "handshake", "frame_for_start", "prestep0", "ddrstep0", "spl", "agent", "done"]);
		assert.deepEqual(board.faults, []);
		assert.equal(board.uart.owner, undefined);
	});

	it("when the chip has no PRESTEP0 then there is no frame_for_start and the ROM is met again by its markers", () => {
		const board = new BenchBoard({ asksAgain: 5 });
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
			const board = new BenchBoard({ markers: "continuous", delay });
			assert.equal(board.run(blob()).error, undefined, `first marker after ${delay} ms`);
		}
	});

	it("when the marker window begins at any moment then it is met at the first attempt", () => {
		for (let delay = 0; delay < 130; delay += 3) {
			const board = new BenchBoard({ delay });
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
			const board = new BenchBoard({ asksAgain: 5, stepTime: 0 }, { transmitQueue });
			const result = board.run(blob({ prestep0: new Uint8Array(0) }));
			assert.equal(result.error, undefined, `queue of ${transmitQueue}`);
			assert.equal(result.resent, 0);
			assert.deepEqual(board.rom.uploads.at(-1)!.bytes, filled(3_000, 4));
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
		assert.deepEqual(board.rom.uploads.at(-1)!.bytes, filled(3_000, 4));
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

describe("bootrom: what may go wrong on the line", () => {
	it("when frames are NAKed then they are sent again after their timeout and counted", () => {
		const board = new BenchBoard({ stepTime: 0, answer: ({ kind, upload, index, repeat }) => kind === "DATA" && upload === 2 && index === 2 && repeat < 3 ? "nak" : "ack" });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.equal(result.naks, 3);
		assert.equal(result.resent, 3);
		assert.deepEqual(result.log, ["SPL DATA 2: 4"]);
		assert.deepEqual(board.rom.uploads[2]!.bytes, filled(2_100, 3));
	});

	it("when ACKs are lost then repeated blocks are not stored twice", () => {
		const board = new BenchBoard({ stepTime: 0, answer: ({ kind, repeat }) => kind === "DATA" && repeat === 0 ? "lose" : "ack" });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.equal(result.resent, 8);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes), [filled(64, 1), filled(64, 2), filled(2_100, 3), filled(3_000, 4)]);
	});

	it("when called code runs for 400 ms and drops what comes then HEAD is repeated until the ROM is back", () => {
		const board = new BenchBoard({ stepTime: 400, splTime: 900 });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.ok(result.resent > 0);
		assert.ok(result.log.some(line => line.startsWith("DDRSTEP0 HEAD: ")));
		assert.ok(result.log.some(line => line.startsWith("AGENT START: ")));
	});

	it("when attempts are counted then each kind of frame has its number, 150 ms after it has left", () => {
		const seen: Record<string, number> = {};
		const board = new BenchBoard({ stepTime: 0, answer: ({ kind, upload, repeat }) => {
			const name = `${kind} ${upload}`;
			if (upload < 2)
				return "ack";
			seen[name] = Math.max(seen[name] ?? 0, repeat + 1);
			return kind === "DATA" ? "ignore" : "ack";
		} });
		board.start(blob());
		const result = board.finish();
		assert.equal(result.failed_phase, "spl");
		assert.equal(result.error, "SPL DATA 1");
		assert.equal(seen["DATA 2"], 32);
		assert.deepEqual(result.log, ["SPL DATA 1: 32"]);
		assert.ok(result.elapsed_ms > 2_000 + 32 * (89 + 150) && result.elapsed_ms < 4_000 + 32 * (89 + 151), `${result.elapsed_ms}`);
	});

	it("when HEAD is not ACKed then the steps try 16 times and the agent 64", () => {
		for (const [upload, phase, attempts] of [[0, "PRESTEP0", 16], [2, "SPL", 16], [3, "AGENT", 64]] as const) {
			let starts = 0;
			const board = new BenchBoard({ answer: frame => {
				if (frame.kind !== "HEAD" || frame.upload !== upload)
					return "ack";
				// frame_for_start is a HEAD, too
				return starts++ < 1 && phase !== "SPL" ? "ack" : "ignore";
			} });
			const result = board.run(blob(), { attempts: 1 });
			assert.equal(result.error, `${phase} HEAD`);
			assert.equal(result.failed_phase, phase.toLowerCase());
			assert.equal(result.last_phase, phase.toLowerCase());
			assert.ok(result.log.includes(`${phase} HEAD: ${attempts}`), result.log.join());
		}
	});

	it("when TAILs are not answered then that is a failure only for the SPL of a chip without PRESTEP0", () => {
		const unanswered = (upload: number) => new BenchBoard({ answer: frame => frame.kind === "TAIL" && frame.upload === upload ? "lose" : "ack" });
		for (let upload = 0; upload < 4; upload++)
			assert.equal(unanswered(upload).run(blob()).error, undefined, `upload ${upload}`);
		const board = unanswered(1);
		const result = board.run(blob({ prestep0: new Uint8Array(0) }));
		assert.equal(result.error, "SPL TAIL");
		assert.equal(unanswered(2).run(blob({ prestep0: new Uint8Array(0) })).error, undefined);
	});

	it("when U-Boot speaks instead of answering its TAIL then no more TAILs are typed into it", () => {
		const board = new BenchBoard({ consoleDelay: 20, autoboot: 1_000, console: "U-Boot\r\nHit any key to stop autoboot:  1 ", answer: frame => frame.kind === "TAIL" && frame.upload === 3 ? "lose" : "ack" });
		const result = board.run(blob());
		assert.equal(result.success, true);
		board.time.advance(2_000);
		assert.equal(board.rom.state, "linux");
	});

	it("when the SPL prints while it runs then the agent still gets through", () => {
		for (const prestep0 of [filled(64, 1), new Uint8Array(0)]) {
			const board = new BenchBoard({ splText: "\r\nSystem startup\r\nDDR training ok   \r\n", splTime: 100 });
			assert.equal(board.run(blob({ prestep0 })).error, undefined);
		}
	});

	it("when noise comes during the upload then frames are repeated and the bytes are right", () => {
		const board = new BenchBoard();
		board.start(blob({ agent: filled(20_000, 4) }));
		for (let i = 0; i < 40; i++) {
			board.time.advance(137);
			board.cable.send([0x81, i * 7, 0x3f]);
		}
		assert.equal(board.finish().success, true);
		assert.deepEqual(board.rom.uploads.at(-1)!.bytes, filled(20_000, 4));
	});

	it("when NULs and one stray byte come before the markers then they are not counted, and five in a row still are", () => {
		const board = new BenchBoard({ delay: 60 });
		board.pin.onLevel = level => {
			board.rom.power(level === 1);
			if (level)
				board.cable.send([0, 0x20, 0x20, 0x20, 0x20, 0x41, 0x20, 0x20]);
		};
		const result = board.run(blob());
		assert.equal(result.success, true);
		// 4 + 2 that a stray byte or another group follows; three more complete the run
		assert.equal(result.handshake_markers, 9);
	});
});

describe("bootrom: families of boot ROMs", () => {
	const runs = filled(3_000, 4);
	runs.fill(0xff, 100, 111);
	runs.fill(0xff, 500, 512);
	runs.fill(0xff, 1_015, 1_040);

	it("when the DDR step is at 0x04017000 then runs of 12 FF become 0 in every DATA payload and are counted", () => {
		const board = new BenchBoard({ hangsOnRuns: true });
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
		const board = new BenchBoard({ hangsOnRuns: true });
		const result = board.run(blob({ spl: runs }));
		assert.equal(result.error, "SPL DATA 1");
		assert.equal(result.failed_phase, "spl");
	});
});

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

describe("bootrom: an echo is no acknowledgement", () => {
	it("when a U-Boot that was not switched off echoes everything then no frame is ever sent", () => {
		const board = new BenchBoard({ echo: true, missed: [1, 2] });
		board.cable.record = true;
		const result = board.run(blob());
		assert.equal(result.failed_phase, "handshake");
		assert.ok(board.cable.recorded.every(byte => byte === 0xaa));
	});

	it("when a U-Boot prints five blanks and echoes then its echo is not taken for ACKs", () => {
		for (const grain of [1, 16]) {
			for (const delay of [0, 5]) {
				const board = new BenchBoard({ echo: true, missed: [1, 2], flashText: "\nU-Boot 2010.06\r\nusage:     boot\r\nOpenIPC # " }, { grain });
				const { far } = board.cable;
				board.cable.far = { baud: 115_200, receive: bytes => void board.time.after(delay, () => far!.receive(bytes)) };
				const result = board.run(blob());
				assert.equal(result.failed_phase, "frame_for_start", `grain ${grain}, delay ${delay}`);
				assert.equal(result.bytes_sent, 0);
			}
		}
	});

	it("when the chip has no frame_for_start and a U-Boot echoes then HEAD is not ACKed", () => {
		const board = new BenchBoard({ echo: true, missed: [1, 2], flashText: "     \r\nOpenIPC # " });
		const result = board.run(blob({ prestep0: new Uint8Array(0) }));
		assert.equal(result.error, "DDRSTEP0 HEAD");
		assert.equal(result.bytes_sent, 0);
	});
});

describe("bootrom: an ACK has its time", () => {
	it("when an AA comes while the frame is still being sent then it is none", () => {
		const board = new BenchBoard({ stepTime: 0, answer: ({ kind, upload }) => kind === "DATA" && upload === 2 ? "ignore" : "ack" });
		const { far } = board.cable;
		board.cable.far = { baud: 115_200, receive(bytes) {
			if (bytes[0] === 0xda && board.rom.uploads.length === 2)
				board.cable.send([0xaa]);
			far!.receive(bytes);
		} };
		const result = board.run(blob());
		assert.equal(result.error, "SPL DATA 1");
		assert.deepEqual(result.log, ["SPL DATA 1: 32"]);
	});
});

describe("bootrom: what is left on the line", () => {
	/** Lets the ROM's messages pass through `change` on their way. */
	function altered(board: BenchBoard, change: (bytes: number[]) => number[]): void {
		const send = board.cable.send.bind(board.cable);
		board.cable.send = bytes => send(change(Array.from(bytes)));
	}

	it("when an echo of the payload arrives late and in pieces then no AA in it is an ACK", () => {
		const board = new BenchBoard({ stepTime: 0, answer: ({ kind, upload }) => kind === "DATA" && upload === 2 ? "ignore" : "ack" });
		const { far } = board.cable;
		board.cable.far = { baud: 115_200, receive(bytes) {
			if (board.rom.uploads.length === 2 && bytes.length === 16)
				board.time.after(92, () => board.cable.send(bytes));
			far!.receive(bytes);
		} };
		const result = board.run(blob({ spl: new Uint8Array(2_048).fill(0xaa) }));
		assert.equal(result.error, "SPL DATA 1");
	});

	it("when the ROM ACKs twice then the second ACK does not stand for the next frame", () => {
		const board = new BenchBoard({ stepTime: 0, answer: ({ kind, index, repeat }) => kind === "DATA" && index === 2 && repeat === 0 ? "nak" : "ack" });
		altered(board, bytes => bytes.length === 1 && bytes[0] === 0xaa ? [0xaa, 0xaa] : bytes);
		const result = board.run(blob());
		assert.equal(result.error, undefined);
		assert.equal(result.naks, 2);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes), [filled(64, 1), filled(64, 2), filled(2_100, 3), filled(3_000, 4)]);
	});

	it("when an ACK comes late, after its frame was given up, then it does not stand for the next frame", () => {
		const board: BenchBoard = new BenchBoard({ answer: ({ kind, upload }) => {
			if (kind === "TAIL" && upload === 2)
				board.time.after(200, () => board.cable.send([0xaa]));
			return upload === 3 ? "nak" : "ack";
		} });
		const result = board.run(blob());
		assert.equal(result.error, "AGENT START");
	});

	it("when the agent's first output comes right behind its TAIL's ACK then it counts", () => {
		let tail = false;
		const board = new BenchBoard({ console: "", answer: ({ kind, upload }) => {
			tail = kind === "TAIL" && upload === 3;
			return "ack";
		} });
		altered(board, bytes => tail ? [...bytes, 0x55, 0x2d, 0x42] : bytes);
		assert.equal(board.run(blob()).error, undefined);
	});

	it("when NULs come between the markers then the row goes on", () => {
		const board = new BenchBoard();
		altered(board, bytes => bytes.length === 5 ? [0x20, 0, 0x20, 0, 0, 0x20, 0x20, 0x20] : bytes);
		const result = board.run(blob());
		assert.equal(result.error, undefined);
		assert.equal(result.handshake_markers, 5);
	});

	it("when markers come while the power is off then they are none", () => {
		const board = new BenchBoard({ dead: true });
		board.start(blob(), { attempts: 1 });
		board.time.advance(1_000);
		board.cable.send(new Array<number>(40).fill(0x20));
		board.time.advance(2_000);
		board.cable.send([0]);
		const result = board.finish();
		assert.equal(result.failed_phase, "handshake");
		assert.equal(result.handshake_markers, 0);
	});

	it("when a program's last blank is followed by silence then that is no marker", () => {
		const board = new BenchBoard({ missed: [1, 2], flashText: "\r\nlogin: " });
		const result = board.run(blob());
		assert.equal(result.failed_phase, "handshake");
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

describe("bootrom: the run as others see it", () => {
	it("when it runs then progress tells phase, bytes, rate and time", () => {
		const board = new BenchBoard();
		const uploader = board.start(blob({ agent: filled(50_000, 4) }));
		assert.equal(uploader.progress.phase, "power");
		assert.equal(uploader.progress.rate, 0);
		assert.equal(uploader.progress.bytes_total, 64 + 64 + 2_100 + 50_000);
		let last = 0;
		while (!board.result) {
			board.time.advance(100);
			const { bytes_sent } = uploader.progress;
			assert.ok(bytes_sent >= last);
			last = bytes_sent;
			if (bytes_sent > 40_000)
				assert.ok(uploader.progress.rate > 9_000 && uploader.progress.rate < 11_520, `${uploader.progress.rate}`);
		}
		assert.equal(last, uploader.progress.bytes_total);
		assert.equal(uploader.progress.phase, "done");
		assert.equal(uploader.progress.elapsed_ms, board.result.elapsed_ms);
	});

	it("when it is cancelled at any moment then it ends at once, gives the port back and nothing is left running", () => {
		for (let at = 0; at < 4_000; at += 50) {
			const board = new BenchBoard();
			const uploader = board.start(blob());
			board.time.advance(at);
			if (board.result)
				break;
			const { phase } = uploader;
			uploader.cancel("client gone");
			uploader.cancel("again");
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

	it("when the port is claimed already then nothing happens", () => {
		const board = new BenchBoard();
		board.start(blob());
		assert.throws(() => board.start(blob()), /fastboot has the serial port/);
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

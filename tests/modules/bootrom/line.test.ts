import { strict as assert } from "node:assert";
import { BenchBoard } from "../../support/bench-board";
import { filled } from "../../../simulator/random.ts";
import { blob, loader } from "../../support/blob";

describe("bootrom: what may go wrong on the line", () => {
	it("when frames are NAKed then they are sent again after their timeout and counted", () => {
		const board = new BenchBoard({ pace: { step: 0 }, answer: ({ kind, upload, index, repeat }) => kind === "DATA" && upload === 2 && index === 2 && repeat < 3 ? "nak" : "ack" });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.equal(result.naks, 3);
		assert.equal(result.resent, 3);
		assert.deepEqual(result.log, ["SPL DATA 2: 4"]);
		assert.deepEqual(board.rom.uploads[2]!.bytes, filled(2_100, 3));
	});

	it("when ACKs are lost then repeated blocks are not stored twice", () => {
		const board = new BenchBoard({ pace: { step: 0 }, answer: ({ kind, repeat }) => kind === "DATA" && repeat === 0 ? "lose" : "ack" });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.equal(result.resent, 8);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes), [filled(64, 1), filled(64, 2), filled(2_100, 3), loader(3_000, 4)]);
	});

	it("when called code runs for 400 ms and drops what comes then HEAD is repeated until the ROM is back", () => {
		const board = new BenchBoard({ pace: { step: 400, spl: 900 } });
		const result = board.run(blob());
		assert.equal(result.success, true);
		assert.ok(result.resent > 0);
		assert.ok(result.log.some(line => line.startsWith("DDRSTEP0 HEAD: ")));
		assert.ok(result.log.some(line => line.startsWith("AGENT START: ")));
	});

	it("when attempts are counted then each kind of frame has its number, 150 ms after it has left", () => {
		const seen: Record<string, number> = {};
		const board = new BenchBoard({ pace: { step: 0 }, answer: ({ kind, upload, repeat }) => {
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

	it("when the pod stalls for longer than an ACK may take then the ACKs that came in time count", () => {
		for (const late of [0, 160, 1_000]) {
			const board: BenchBoard = new BenchBoard({ pace: { step: 0 }, answer: ({ kind }) => {
				if (kind === "DATA")
					board.cable.late = late;
				return "ack";
			} });
			const result = board.run(blob());
			assert.equal(result.success, true);
			assert.deepEqual([result.resent, result.log], [0, []], `${late}`);
		}
	});

	it("when the pod stalls while U-Boot starts without having answered its TAIL then no more TAILs are typed into it", () => {
		const board: BenchBoard = new BenchBoard({ consoleDelay: 20, autoboot: 1_000, console: "U-Boot\r\nHit any key to stop autoboot:  1 ", answer: frame => {
			if (frame.kind !== "TAIL" || frame.upload !== 3)
				return "ack";
			board.cable.late = 400;
			return "lose";
		} });
		const result = board.run(blob());
		assert.equal(result.success, true);
		board.time.advance(2_000);
		assert.equal(board.rom.state, "linux");
	});

	it("when the pod stalls for as long as U-Boot's silence may last then its output counts", () => {
		const board: BenchBoard = new BenchBoard({ consoleDelay: 300, answer: frame => {
			if (frame.kind === "TAIL" && frame.upload === 3)
				board.time.after(200, () => board.cable.late = 2_000);
			return "ack";
		} });
		assert.equal(board.run(blob(), { output: 1_000 }).error, undefined);
		assert.deepEqual(board.faults, []);
	});

	it("when the SPL prints while it runs then the agent still gets through", () => {
		for (const prestep0 of [filled(64, 1), new Uint8Array(0)]) {
			const board = new BenchBoard({ splText: "\r\nSystem startup\r\nDDR training ok   \r\n", pace: { spl: 100 } });
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
		const board = new BenchBoard({ pace: { start: 60 } });
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
		const board = new BenchBoard({ pace: { step: 0 }, answer: ({ kind, upload }) => kind === "DATA" && upload === 2 ? "ignore" : "ack" });
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
		const board = new BenchBoard({ pace: { step: 0 }, answer: ({ kind, upload }) => kind === "DATA" && upload === 2 ? "ignore" : "ack" });
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
		const board = new BenchBoard({ pace: { step: 0 }, answer: ({ kind, index, repeat }) => kind === "DATA" && index === 2 && repeat === 0 ? "nak" : "ack" });
		altered(board, bytes => bytes.length === 1 && bytes[0] === 0xaa ? [0xaa, 0xaa] : bytes);
		const result = board.run(blob());
		assert.equal(result.error, undefined);
		assert.equal(result.naks, 2);
		assert.deepEqual(board.rom.uploads.map(upload => upload.bytes), [filled(64, 1), filled(64, 2), filled(2_100, 3), loader(3_000, 4)]);
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

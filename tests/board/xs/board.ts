/** The board by itself: what it makes of the chip's drivers. */
import { strict as assert } from "node:assert";
import board from "board";
import { chip } from "../chip";

const setup = { name: "rack-7", ssid: "lab", password: "secret", httpPort: 8_080, onDefect: (where: string, error: unknown) => void chip.log.push(`${where}: ${error}`) };
const endpoints = { http: "0.0.0.0:8080", bridge: "0.0.0.0:9000", rfc2217: "0.0.0.0:9001", tftp: "192.168.1.1:69" };
const FIVE_MINUTES = 300_000;

describe("board/esp32s3", function () {
	let ready: number;

	beforeEach(function () {
		chip.begin();
		ready = 0;
	});

	function start(options: Partial<typeof setup> = {}): void {
		board.start({ ...setup, ...options }, () => { ready++; });
	}

	/** What was done of this kind. */
	function done(what: RegExp): string[] {
		return chip.log.filter(line => what.test(line));
	}

	it("when the pod has never run then the camera's supply is off at the start", function () {
		assert.equal(board.powerAtStart(), false);
	});

	it("when the pad was latched then the supply is at the start what it was", function () {
		for (const level of [0, 1] as const) {
			chip.kept.set(4, level);
			assert.equal(board.powerAtStart(), level === 1);
		}
	});

	it("when the camera's pin is made then it is GPIO 4, high when supplied", function () {
		assert.deepEqual(board.cameraPower, { pin: 4, activeLow: false });
		const pin = new board.Digital({ ...board.cameraPower, mode: board.Digital.Output, initialValue: 0 });
		assert.equal(chip.pads.get(4), 0);
		pin.write(1);
		board.powerChanged(true);
		assert.equal(chip.pads.get(4), 1);
		assert.equal(board.powerAtStart(), true, "the latch remembers");
	});

	it("when the camera's UART is made then it is UART1 at GPIO 17 and 18", function () {
		assert.deepEqual(board.uart, { port: 1, transmit: 17, receive: 18 });
		new board.Serial({ ...board.uart, baud: 115_200 });
		assert.equal(chip.serialOptions!.baud, 115_200);
	});

	it("when the pod has no name then it is called by the end of its MAC address", function () {
		assert.equal(board.name, "rack-d3e4f5");
	});

	it("when memory is asked for then it is as large as asked, and out of PSRAM", function () {
		for (const bytes of [1, 100, 131_072, 131_073, 262_144]) {
			const memory = board.allocate(bytes);
			assert.equal(memory.length, bytes);
			assert.equal(memory.byteOffset, 0);
			// blocks up to 128 KiB would be internal memory
			assert.ok(memory.buffer.byteLength > 131_072 && memory.buffer.byteLength <= Math.max(bytes, 131_073), `${memory.buffer.byteLength} for ${bytes}`);
			assert.ok(memory.buffer instanceof SharedArrayBuffer);
		}
	});

	it("when memory is reported then each number has its own name", function () {
		assert.deepEqual(board.memory(), {
			heap_bytes: 1_000_001, heap_used_bytes: 2_002, internal_free_bytes: 5_005, internal_largest_free_block: 6_006, psram_heap_free_bytes: 7_007,
			psram_heap_largest_free_block: 8_008
		});
		assert.deepEqual([board.heap.freeSlots, board.heap.freeChunks], [3_003, 40_004]);
		board.heap.collect();
		assert.deepEqual(chip.log, ["collect"]);
	});

	it("when the firmware is asked for then it says slot, chip and why it started", function () {
		const { firmware } = board;
		assert.deepEqual([firmware.chip, firmware.slot, firmware.pending], [9, "ota_1", false]);
		chip.pending = true;
		assert.equal(firmware.pending, true);
		const reasons = new Map([[1, "power on"], [3, "restart"], [4, "panic"], [5, "interrupt watchdog"], [6, "task watchdog"], [7, "watchdog"], [8, "deep sleep"],
			[9, "brown-out"], [11, "USB"], [2, "reason 2"], [99, "reason 99"]]);
		for (const [reason, text] of reasons) {
			chip.resetReason = reason;
			assert.equal(firmware.reset, text);
		}
		firmware.activate();
		assert.deepEqual(chip.log, ["activate"]);
	});

	it("when flash is asked for then it is the partition of that purpose, block by block", function () {
		for (const [flash, name] of [[board.settingsFlash(), "settings"], [board.firmware.idleSlot(), "nextota"]] as const) {
			const cells = chip.flash.get(name)!;
			assert.deepEqual([flash.size, flash.blockLength], [cells.size, cells.blockLength]);
			flash.write(new Uint8Array([1, 2, 3]), 4_094);
			const view = new Uint8Array(4);
			flash.read(view, 4_093);
			assert.deepEqual([...view], [255, 1, 2, 3]);
			flash.eraseBlock(1);
			flash.read(view, 4_093);
			assert.deepEqual([...view], [255, 1, 2, 255], "one block is erased, and no more");
		}
	});

	it("when there is no settings partition then asking for it throws", function () {
		chip.flash.delete("settings");
		assert.throws(() => board.settingsFlash(), /settings/);
	});

	it("when a restart is asked for then the chip restarts", function () {
		board.restart();
		assert.deepEqual(chip.log, ["restart at 0"]);
	});

	it("when an image has not proven itself and doesn't serve for five minutes then the chip restarts, once", function () {
		chip.pending = true;
		start();
		chip.time.advance(FIVE_MINUTES - 1);
		assert.deepEqual(done(/restart/), []);
		chip.time.advance(1);
		assert.deepEqual(done(/restart/), [`restart at ${FIVE_MINUTES}`]);
		chip.time.advance(10 * FIVE_MINUTES);
		assert.equal(done(/restart/).length, 1);
	});

	it("when an image on probation serves in time then it is confirmed, and nothing restarts", function () {
		chip.pending = true;
		start();
		assert.deepEqual(done(/confirm/), [], "not before it serves");
		chip.time.advance(FIVE_MINUTES - 1);
		board.serving(endpoints);
		assert.deepEqual(done(/confirm/), ["confirm"]);
		chip.time.advance(2 * FIVE_MINUTES);
		assert.deepEqual(done(/restart/), []);
	});

	it("when an image is good already then there is no probation, and it isn't confirmed again", function () {
		start();
		chip.time.advance(2 * FIVE_MINUTES);
		board.serving(endpoints);
		assert.deepEqual(done(/restart|confirm/), []);
	});

	it("when the networks are asked for before they are started then nothing overlaps", function () {
		assert.deepEqual(board.networks(), { overlap: false });
	});

	it("when something goes wrong before there is somebody to tell then it is traced, and told afterwards", function () {
		const broken = board.terminal(() => { throw new Error("typed too early"); });
		assert.ok(broken);
		chip.type("x");
		chip.time.advance(50);	// traced: that it doesn't end the program is all that can be seen
		start();
		chip.type("y");
		chip.time.advance(50);
		assert.deepEqual(done(/typed too early/), ["terminal: Error: typed too early"]);
		assert.equal(ready, 0);
	});
});

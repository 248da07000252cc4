import { strict as assert } from "node:assert";
import { negotiate } from "tftp/options";
import { CEILING, FLOOR, Pace, TICK } from "tftp/pace";

const limits = { blockSize: 1468, window: 64, uploadWindow: 8 };

function answer(options: string, size: number | undefined = 1000): string {
	const request = { upload: size === undefined, name: "a", mode: "octet", options: options === "" ? [] : options.split(" ") };
	return negotiate(request, limits, size).answer.join(" ");
}

describe("TFTP options", () => {
	const table: [string, string][] = [
		["", ""],
		["timeout 5 blksize 1468", "timeout 5 blksize 1468"],
		["timeout 1 tsize 0 blksize 1468", "timeout 1 tsize 1000 blksize 1468"],
		["tsize 7654321", "tsize 1000"],
		["blksize 7", ""],
		["blksize 8", "blksize 8"],
		["blksize 1469", "blksize 1468"],
		["blksize 65464", "blksize 1468"],
		["blksize -1", ""],
		["blksize 0x200", ""],
		["blksize ", ""],
		["blksize 99999999999999999999", ""],
		["blksize 512 blksize 1024", "blksize 512"],
		["timeout 0", ""],
		["timeout 255", "timeout 255"],
		["timeout 256", ""],
		["windowsize 0", ""],
		["windowsize 1", "windowsize 1"],
		["windowsize 16", "windowsize 16"],
		["windowsize 65535", "windowsize 64"],
		["multicast  rollover 0 utimeout 100", ""],
		["rollover 0 blksize 1024 multicast ", "blksize 1024"]
	];
	for (const [asked, answered] of table) {
		it(`when "${asked}" is asked then "${answered}" is answered`, () => {
			assert.equal(answer(asked), answered);
		});
	}

	it("when the file is empty then tsize is left out, because curl gives up at a tsize of 0", () => {
		assert.equal(answer("tsize 0 blksize 1468 timeout 6", 0), "blksize 1468 timeout 6");
	});

	it("when an upload asks for a window then it gets no more blocks than may wait at a socket", () => {
		for (const [asked, answered] of [[1, 1], [8, 8], [9, 8], [65_535, 8]])
			assert.equal(negotiate({ upload: true, name: "a", mode: "octet", options: ["windowsize", String(asked)] }, limits, undefined).window, answered);
	});

	it("when an upload announces its size then it is repeated and taken for a hint", () => {
		const terms = negotiate({ upload: true, name: "a", mode: "octet", options: ["tsize", "3000"] }, limits, undefined);
		assert.deepEqual(terms, { blockSize: 512, window: 1, timeout: 0, announced: 3000, answer: ["tsize", "3000"] });
	});
});

describe("TFTP resend timer", () => {
	it("when nothing was measured then it starts at half a second and doubles up to its ceiling", () => {
		const pace = new Pace();
		const waits = [pace.interval];
		for (let turn = 0; turn < 3; turn++) {
			pace.lost();
			waits.push(pace.interval);
		}
		assert.deepEqual(waits, [500, CEILING, CEILING, CEILING]);
		assert.ok(CEILING + TICK < 1000);
	});

	it("when answers come within a tick then it is at its floor, and a loss lasts until the next answer", () => {
		const pace = new Pace();
		pace.measured(0);
		assert.equal(pace.interval, FLOOR);
		pace.lost();
		assert.equal(pace.interval, 2 * FLOOR);
		pace.answered();
		assert.equal(pace.interval, FLOOR);
	});

	it("when answers take 300 ms then it waits longer than that, and comes back when they are quick again", () => {
		const pace = new Pace();
		for (let turn = 0; turn < 30; turn++)
			pace.measured(300);
		assert.ok(pace.interval >= 300 && pace.interval < 500, String(pace.interval));
		for (let turn = 0; turn < 60; turn++)
			pace.measured(0);
		assert.equal(pace.interval, FLOOR);
	});
});

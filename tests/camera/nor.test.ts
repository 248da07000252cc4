import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NorFile } from "../../simulator/camera/nor-file.ts";
import { Nor } from "../../simulator/camera/nor.ts";
import { seededRandom } from "../../simulator/random.ts";
import { VirtualTime } from "../support/clock.ts";

const BLOCK = 65536;

function chip(size = 4 * BLOCK): { nor: Nor; time: VirtualTime; stored: [number, number][] } {
	const time = new VirtualTime();
	const stored: [number, number][] = [];
	const nor = new Nor({ size, time, random: seededRandom(7), store: (offset, length) => stored.push([offset, length]) });
	return { nor, time, stored };
}

describe("NOR", () => {
	it("when it is new then every byte is 0xFF", () => {
		assert.ok(chip().nor.cells.every(byte => byte === 0xff));
	});

	it("when a page is programmed then bits are only cleared, and its time is the datasheet's", () => {
		const { nor } = chip();
		nor.cells.fill(0b1010_1010, 256, 512);
		const time = nor.program(256, new Uint8Array(256).fill(0b1100_1100));
		assert.ok(time >= 0.4 && time <= 0.7, String(time));
		nor.finish();
		assert.ok(nor.read(256, 256).every(byte => byte === 0b1000_1000));
		assert.ok(nor.read(0, 256).every(byte => byte === 0xff));
		assert.ok(nor.read(512, 256).every(byte => byte === 0xff));
	});

	it("when something is written over without erasing then it is the AND of both", () => {
		const { nor } = chip();
		const first = Uint8Array.from({ length: 1000 }, (_, index) => index * 7);
		const second = Uint8Array.from({ length: 1000 }, (_, index) => index * 13);
		for (const bytes of [first, second]) {
			nor.program(100, bytes);
			nor.finish();
		}
		assert.deepEqual(Array.from(nor.read(100, 1000)), Array.from(first, (byte, index) => byte & second[index]!));
	});

	for (const [unit, milliseconds] of [[4096, 45], [32768, 120], [65536, 150]] as const) {
		it(`when ${unit >> 10} KiB are erased then it takes ${milliseconds} ms and only they become 0xFF`, () => {
			const { nor, stored } = chip();
			nor.cells.fill(0);
			assert.equal(nor.erase(BLOCK, unit, unit), milliseconds);
			nor.finish();
			assert.ok(nor.read(BLOCK, unit).every(byte => byte === 0xff));
			assert.equal(nor.cells[BLOCK - 1], 0);
			assert.equal(nor.cells[BLOCK + unit], 0);
			assert.deepEqual(stored, [[BLOCK, unit]]);
		});
	}

	it("when an erase is not aligned or of an unknown size then it is refused", () => {
		const { nor } = chip();
		assert.throws(() => nor.erase(1, 65536, 65536), /erase of/);
		assert.throws(() => nor.erase(0, 100, 4096), /erase of/);
		assert.throws(() => nor.erase(0, 8192, 8192), /erase of/);
	});

	it("when it is busy then it neither reads nor starts anything else", () => {
		const { nor } = chip();
		nor.erase(0, BLOCK, BLOCK);
		assert.ok(nor.busy);
		assert.throws(() => nor.read(0, 1), /busy/);
		assert.throws(() => nor.program(0, Uint8Array.of(0)), /busy/);
		nor.finish();
		assert.equal(nor.busy, false);
		assert.equal(nor.read(0, 1)[0], 0xff);
	});

	it("when something lies behind the end then it is refused", () => {
		const { nor } = chip();
		assert.throws(() => nor.read(nor.size - 1, 2), RangeError);
		assert.throws(() => nor.program(nor.size, Uint8Array.of(0)), RangeError);
		assert.throws(() => nor.erase(nor.size, BLOCK, BLOCK), RangeError);
	});

	it("when the supply goes at any moment of an erase then each earlier block is blank, the one under way mixed, each later one whole", () => {
		for (let cut = 0; cut <= 450; cut += 10) {
			const { nor, time } = chip();
			nor.cells.fill(0);
			nor.erase(0, 3 * BLOCK, BLOCK);
			time.advance(cut);
			nor.powerOff();
			assert.equal(nor.busy, false);
			for (let block = 0; block < 4; block++) {
				const blank = nor.read(block * BLOCK, BLOCK).filter(byte => byte === 0xff).length;
				const whole = nor.read(block * BLOCK, BLOCK).filter(byte => byte === 0).length;
				const progress = cut / 150 - block;
				if (progress >= 1 && block < 3)
					assert.equal(blank, BLOCK, `block ${block} at ${cut} ms`);
				else if (progress <= 0 || block === 3)
					assert.equal(whole, BLOCK, `block ${block} at ${cut} ms`);
				else
					assert.ok(blank < BLOCK && whole < BLOCK, `block ${block} at ${cut} ms: ${blank} blank, ${whole} whole`);
			}
		}
	});

	it("when the supply goes at any moment of a write then no bit is cleared that should stay, and pages before are right", () => {
		const data = Uint8Array.from({ length: 8 * 256 }, (_, index) => index * 31 ^ index >> 8);
		for (let cut = 0; cut < 6; cut += 0.1) {
			const { nor, time, stored } = chip();
			const duration = nor.program(0, data);
			time.advance(cut);
			nor.powerOff();
			const pages = Math.min(8, Math.floor(cut / duration * 8 + 1e-9));
			assert.deepEqual(nor.read(0, pages * 256), data.slice(0, pages * 256), `at ${cut} ms`);
			assert.ok(nor.read(0, data.length).every((byte, index) => (byte & data[index]!) === data[index]), `at ${cut} ms`);
			assert.ok(nor.read(Math.min(8, pages + 1) * 256, 256).every(byte => byte === 0xff), `at ${cut} ms`);
			assert.deepEqual(stored, [[0, data.length]]);
		}
	});

	it("when it is kept in a file then a new chip on the same file has the same cells", () => {
		const directory = mkdtempSync(join(tmpdir(), "nor-"));
		try {
			const path = join(directory, "nor.bin");
			const time = new VirtualTime();
			const make = (): { nor: Nor; file: NorFile } => {
				const nor = new Nor({ size: BLOCK, time, random: seededRandom(1), store: (offset, length) => file.store(offset, length) });
				const file = new NorFile(path, nor.cells);
				return { nor, file };
			};
			const first = make();
			assert.equal(readFileSync(path).length, BLOCK);
			first.nor.program(1000, Buffer.from("hello"));
			first.nor.finish();
			first.file.close();
			const second = make();
			assert.equal(Buffer.from(second.nor.read(1000, 5)).toString(), "hello");
			assert.equal(second.nor.cells[999], 0xff);
			second.file.close();
			writeFileSync(path, new Uint8Array(BLOCK + 1));
			assert.throws(make, /more than the flash/);
			writeFileSync(path, new Uint8Array(100));
			const short = make();
			assert.equal(short.nor.cells[99], 0);
			assert.equal(short.nor.cells[100], 0xff);
			assert.equal(readFileSync(path).length, BLOCK);
			short.file.close();
		}
		finally {
			rmSync(directory, { recursive: true });
		}
	});
});

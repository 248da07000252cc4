import { strict as assert } from "node:assert";
import { crc16, crc32 } from "../../simulator/camera/crc.ts";
import { Memory } from "../../simulator/camera/memory.ts";
import { Processor, type Program } from "../../simulator/camera/processor.ts";
import { seededRandom } from "../../simulator/random.ts";
import { VirtualTime } from "../support/clock.ts";

describe("checksums", () => {
	it("when the check strings are summed then the known values come out", () => {
		assert.equal(crc16(Buffer.from("123456789")), 0x31c3);
		assert.equal(crc32(Buffer.from("123456789")), 0xcbf43926);
		assert.equal(crc32(Buffer.from("6789"), crc32(Buffer.from("12345"))), 0xcbf43926);
	});
});

describe("memory", () => {
	it("when an address is beyond its size then it wraps: 0x82000000 is 0x42000000", () => {
		const memory = new Memory(64 << 20, 1);
		memory.write(0x82000000, Buffer.from("same"));
		assert.equal(Buffer.from(memory.read(0x42000000, 4)).toString(), "same");
	});

	it("when something lies across pages or the end then it is whole", () => {
		const memory = new Memory(1 << 17, 1);
		const bytes = Uint8Array.from({ length: 100000 }, (_, index) => index * 3);
		memory.write(0x10000 - 50, bytes);
		assert.deepEqual(memory.read(0x10000 - 50, bytes.length), bytes);
		memory.write((1 << 17) - 2, Buffer.from("wrap"));
		assert.equal(Buffer.from(memory.read(0, 2)).toString(), "ap");
		memory.fill(0xfffe, 4, 9);
		assert.deepEqual([...memory.read(0xfffe, 4)], [9, 9, 9, 9]);
	});

	it("when the supply was gone then it holds other noise than before, and neither is blank", () => {
		const memory = new Memory(1 << 16, 1);
		const before = memory.read(0, 4096);
		assert.deepEqual(memory.read(0, 4096), before);
		memory.forget();
		const after = memory.read(0, 4096);
		assert.ok(after.filter((byte, index) => byte === before[index]).length < 100);
		assert.ok(new Set(before).size > 200);
	});

	it("when its size is no power of two then it is refused", () => {
		assert.throws(() => new Memory(100000, 1), RangeError);
	});
});

describe("random", () => {
	it("when the seed is the same then so are the numbers", () => {
		const [a, b, c] = [seededRandom(5), seededRandom(5), seededRandom(6)];
		const numbers = Array.from({ length: 1000 }, a);
		assert.deepEqual(Array.from({ length: 1000 }, b), numbers);
		assert.ok(c() !== numbers[0]);
		const mean = numbers.reduce((sum, number) => sum + number) / 1000;
		assert.ok(mean > 0.45 && mean < 0.55);
	});
});

describe("processor", () => {
	it("when many short works are spent then their sum passes, to less than a timer's grain", () => {
		const time = new VirtualTime();
		const processor = new Processor(time);
		let end = -1;
		processor.run((function* (): Program {
			for (let index = 0; index < 1000; index++)
				yield* processor.spend(0.3);
			end = time.now();
		})());
		time.advance(1000);
		assert.ok(Math.abs(end - 300) < 2, String(end));
	});

	it("when it waits for something then a poke that brings it wakes it, and one that does not, does not", () => {
		const time = new VirtualTime();
		const processor = new Processor(time);
		const log: unknown[] = [];
		let here = false;
		processor.run((function* (): Program {
			log.push(yield { ready: () => here, milliseconds: 100 });
			log.push(yield { ready: () => false, milliseconds: 50 });
		})());
		processor.poke();
		assert.deepEqual(log, []);
		here = true;
		processor.poke();
		assert.deepEqual(log, [true]);
		time.advance(50);
		assert.deepEqual(log, [true, false]);
		assert.equal(time.pending, 0);
	});

	it("when it is stopped then the program's finally runs and nothing of it ever goes on", () => {
		const time = new VirtualTime();
		const processor = new Processor(time);
		const log: string[] = [];
		processor.run((function* (): Program {
			try {
				yield* processor.sleep(10);
				log.push("went on");
			}
			finally {
				log.push("end");
			}
		})());
		processor.stop();
		time.advance(100);
		processor.poke();
		assert.deepEqual(log, ["end"]);
		assert.equal(time.pending, 0);
	});
});

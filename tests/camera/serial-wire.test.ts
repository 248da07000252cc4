import { strict as assert } from "node:assert";
import { bend } from "../../simulator/camera/line-bits.ts";
import { SerialWire } from "../../simulator/camera/serial-wire.ts";
import { VirtualTime } from "../support/clock.ts";

function bench(): { wire: SerialWire; time: VirtualTime; sent: number[]; received: number[]; batches: number[] } {
	const time = new VirtualTime();
	const [sent, received, batches]: number[][] = [[], [], []];
	const wire = new SerialWire({
		time,
		transmit: bytes => {
			sent!.push(...bytes);
			batches!.push(bytes.length);
		},
		receive: bytes => received!.push(...bytes)
	});
	wire.powered = true;
	return { wire, time, sent: sent!, received: received!, batches: batches! };
}

describe("wire", () => {
	for (const baud of [9600, 115200, 921600]) {
		it(`when it sends at ${baud} then exactly the bytes whose last bit has left are there at each moment`, () => {
			const { wire, time, sent } = bench();
			wire.baud = wire.podBaud = baud;
			const bytes = Uint8Array.from({ length: baud / 10 }, (_, index) => index);
			wire.send(bytes);
			for (let milliseconds = 10; milliseconds <= 990; milliseconds += 10) {
				time.advance(10);
				const due = milliseconds * baud / 10000;
				assert.ok(sent.length <= due + 0.001 && sent.length >= due - baud / 10000 - 1, `${sent.length} of ${due}`);
			}
			time.advance(11);
			assert.deepEqual(sent, [...bytes]);
			assert.equal(wire.pending, 0);
			assert.equal(time.pending, 0);
		});
	}

	it("when bytes leave then they leave in small batches", () => {
		const { wire, time, batches } = bench();
		wire.send(new Uint8Array(1152));
		time.advance(101);
		assert.ok(Math.max(...batches) <= 13, String(Math.max(...batches)));
	});

	it("when single bytes follow each other then none leaves before the one before it", () => {
		const { wire, time, sent } = bench();
		wire.baud = wire.podBaud = 9600;
		for (let index = 0; index < 5; index++)
			wire.send(Uint8Array.of(index));
		assert.ok(Math.abs(wire.drainTime - 5 * 10000 / 9600) < 0.01);
		time.advance(1.1);
		assert.deepEqual(sent, [0]);
		time.advance(4.2);
		assert.deepEqual(sent, [0, 1, 2, 3, 4]);
		assert.equal(wire.drainTime, 0);
	});

	it("when there is no supply then nothing leaves and nothing arrives", () => {
		const { wire, time, sent, received } = bench();
		wire.send(new Uint8Array(100));
		wire.powered = false;
		wire.clear();
		wire.send(Uint8Array.of(1));
		wire.receive(Uint8Array.of(2));
		time.advance(100);
		assert.deepEqual([sent, received], [[], []]);
	});

	it("when the rates differ then both directions are garbled; when they are the same again then not", () => {
		const { wire, time, sent, received } = bench();
		const text = Buffer.from("OpenIPC # setenv ipaddr");
		wire.podBaud = 921600;
		wire.send(text);
		wire.receive(text);
		time.advance(100);
		assert.ok(sent.length > 0 && received.length > 0);
		assert.ok(!Buffer.from(sent).includes("OpenIPC") && !Buffer.from(received).includes("OpenIPC"));
		sent.length = received.length = 0;
		wire.podBaud = 115200;
		wire.send(text);
		wire.receive(text);
		time.advance(100);
		assert.equal(Buffer.from(sent).toString(), text.toString());
		assert.equal(Buffer.from(received).toString(), text.toString());
	});

	it("when it is mute then time passes but nothing leaves", () => {
		const { wire, time, sent } = bench();
		wire.mute = true;
		wire.send(new Uint8Array(100));
		time.advance(20);
		assert.deepEqual([sent, wire.pending], [[], 0]);
	});
});

describe("bend", () => {
	const all = Uint8Array.from({ length: 256 }, (_, index) => index);

	it("when the receiver is off by 2 % then nothing is lost", () => {
		assert.deepEqual(bend(all, 115200, 117500), all);
		assert.deepEqual(bend(all, 115200, 112900), all);
	});

	it("when the receiver is 8 times too fast then each bit looks like a byte or like nothing", () => {
		// the slow start bit is the fast one and seven zeros; the eighth falls into the slow byte's first bit
		assert.deepEqual([...bend(Uint8Array.of(0xff), 115200, 921600)], [0x80]);
		assert.ok(bend(Uint8Array.of(0x55), 115200, 921600).length === 5);
	});

	it("when the receiver is 8 times too slow then many bytes look like few", () => {
		const seen = bend(all, 921600, 115200);
		assert.ok(seen.length < 40, String(seen.length));
	});
});

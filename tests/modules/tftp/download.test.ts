import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import { ackOf, errorOf, Probe, RFCClient, requestOf } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, SERVER } from "../../support/tftp-lab.ts";
import { UBoot, type Version } from "../../support/tftp-uboot.ts";
import { lose } from "./support.ts";

const versions: Version[] = ["2010.06", "2016.11", "upstream"];

/** A client whose every packet the test sends by hand. */
class Hand {
	readonly lab: Lab;
	readonly probe: Probe;

	constructor(lab: Lab, port = 2000) {
		this.lab = lab;
		this.probe = new Probe(lab.network.at(CAMERA), port);
	}

	/** Sends and returns what came back at once. */
	say(packet: Uint8Array): string[] {
		const port = packet[1]! <= 2 ? 69 : this.probe.received.length ? 69 : this.peer;
		this.probe.udp.write(packet, SERVER, port);
		this.lab.time.advance(0);
		return this.take();
	}

	/** Lets time pass and returns what came. */
	wait(milliseconds: number): string[] {
		this.lab.time.advance(milliseconds);
		return this.take();
	}

	peer = 0;

	take(): string[] {
		if (this.probe.received.length)
			this.peer = this.probe.received[0]!.port;
		return this.probe.take();
	}
}

const OPTIONS = ["timeout", 5, "blksize", 1468];

function uboot(lab: Lab, version: Version, size: number, more: Partial<ConstructorParameters<typeof UBoot>[0]> = {}): UBoot {
	return new UBoot({ version, io: lab.network.at(CAMERA), time: lab.time, server: SERVER, ram: new Uint8Array(size).fill(0xee), ...more });
}

describe("TFTP download", () => {
	for (const version of versions) {
		it(`when ${version} loads a file then RAM holds its bytes and the transfer is completed`, () => {
			const lab = new Lab();
			const file = lab.file("kernel.bin", 100_000, 16_384);
			const ram = new Uint8Array(100_000);
			const client = uboot(lab, version, 0, { ram });
			lab.settle();
			assert.equal(client.state, "success");
			assert.equal(client.size, 100_000);
			assert.equal(client.timeouts, 0);
			assert.equal(Bytes.crc32(ram, 0), file.crc);
			assert.deepEqual(file.outcome, { result: "completed", confirmed: true, reason: "", bytes: 100_000, repeated: 0, milliseconds: 0 });
			const oack = version === "2010.06" ? "timeout|1|tsize|100000|blksize|1468" : "timeout|5|blksize|1468";
			assert.equal(client.transcript[1], `server -> OACK ${oack}`);
		});

		it(`when ${version} asks for an unknown name then error 1 ends it with no retry`, () => {
			const lab = new Lab();
			const client = uboot(lab, version, 0);
			lab.time.advance(0);
			assert.equal(client.state, "fail");
			assert.equal(client.restarts, 0);
			assert.equal(client.transcript[1], "server -> ERROR 1 File not found");
			lab.empty();
		});

		it(`when ${version} misses a DATA then the server sends it again before the client's timer`, () => {
			const lab = new Lab();
			const file = lab.file("kernel.bin", 5000);
			const ram = new Uint8Array(5000);
			lose(lab, SERVER, "DATA 2 (1468 B)", "DATA 2 (1468 B)", "DATA 4 (596 B)");
			const client = uboot(lab, version, 0, { ram });
			lab.settle();
			assert.equal(client.state, "success");
			assert.equal(client.timeouts, 0);
			assert.equal(Bytes.crc32(ram, 0), file.crc);
		});

		it(`when the ACK of ${version} is lost then the transfer goes on`, () => {
			const lab = new Lab();
			const file = lab.file("kernel.bin", 5000);
			const ram = new Uint8Array(5000);
			lose(lab, CAMERA, "ACK 2");
			const client = uboot(lab, version, 0, { ram });
			lab.settle();
			assert.equal(client.state, "success");
			assert.equal(client.timeouts, version === "upstream" ? 0 : 1);
			assert.equal(Bytes.crc32(ram, 0), file.crc);
			assert.equal(file.outcome.result, "completed");
		});

		it(`when the OACK or ACK 0 of ${version} is lost then the OACK comes again, but never after DATA 1`, () => {
			for (const [from, line] of [[SERVER, version === "2010.06" ? "OACK timeout|1|tsize|5000|blksize|1468" : "OACK timeout|5|blksize|1468"], [CAMERA, "ACK 0"]]) {
				const lab = new Lab();
				const file = lab.file("kernel.bin", 5000);
				lose(lab, from!, line!);
				const client = uboot(lab, version, 5000);
				lab.settle();
				assert.equal(client.state, "success");
				assert.equal(client.timeouts, 0);
				assert.equal(client.restarts, 0);
				assert.equal(file.outcome.repeated, 0);
			}
		});

		it(`when the last ACK of ${version} is lost then that is no failure`, () => {
			const lab = new Lab();
			const file = lab.file("kernel.bin", 3000);
			lose(lab, CAMERA, "ACK 3");
			const client = uboot(lab, version, 3000);
			lab.settle();
			assert.equal(client.state, "success");
			assert.equal(file.outcome.result, "completed");
			assert.equal(file.outcome.confirmed, false);
			assert.ok(file.outcome.milliseconds >= 10_000);
		});
	}

	for (const size of [0, 1, 511, 512, 513, 1468, 2936, 65_536]) {
		for (const options of [{}, { blksize: 8 }, { blksize: 512 }, { blksize: 1468 }, { blksize: 1024, windowsize: 8 }, { tsize: 0, blksize: 65464, windowsize: 3 }]) {
			it(`when a client by the book asks for ${size} bytes with ${JSON.stringify(options)} then it gets them`, () => {
				const lab = new Lab();
				const file = lab.file("f", size, 1000);
				let crc = 0;
				const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", options, store: bytes => crc = Bytes.crc32(bytes, crc) });
				lab.settle();
				assert.equal(client.state, "done");
				assert.equal(client.received, size);
				assert.equal(crc, file.crc);
				assert.equal(client.agreed.tsize, "tsize" in options && size > 0 ? size : undefined);
				assert.equal(client.agreed.blksize, "blksize" in options ? Math.min(1468, options.blksize!) : undefined);
				assert.equal(file.outcome.confirmed, true);
				assert.equal(file.outcome.bytes, size);
			});
		}
	}

	it("when 7,848,000 bytes are asked for at 1468 then they come, with a window too", () => {
		for (const options of [{ blksize: 1468 }, { blksize: 1468, windowsize: 16 }]) {
			const lab = new Lab();
			const file = lab.file("f", 7_848_000, 16_384);
			let crc = 0;
			const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", options, store: bytes => crc = Bytes.crc32(bytes, crc) });
			client.transcript.push = () => 0;
			lab.settle();
			assert.equal(client.received, 7_848_000);
			assert.equal(crc, file.crc);
			assert.equal(file.outcome.repeated, 0);
		}
	});

	it("when DATA is not answered then it is sent again by the server's own timer, in less than a second", () => {
		const lab = new Lab();
		lab.file("f", 5000);
		const hand = new Hand(lab);
		assert.deepEqual(hand.say(requestOf(1, "f", "octet", ...OPTIONS)), ["OACK timeout|5|blksize|1468"]);
		assert.deepEqual(hand.say(ackOf(0)), ["DATA 1 (1468 B)"]);
		const times: number[] = [];
		let last = lab.time.now();
		while (times.length < 8) {
			if (hand.wait(10).length) {
				times.push(lab.time.now() - last);
				last = lab.time.now();
			}
		}
		assert.ok(times[0]! >= 100 && times[0]! <= 200, `first ${times[0]}`);
		assert.ok(times.every(time => time <= 800), times.join(" "));
		lab.server.close();
	});

	it("when ACKs are repeated, old, or of the future then nothing is sent", () => {
		const lab = new Lab();
		lab.file("f", 100_000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", ...OPTIONS));
		for (let block = 0; block < 10; block++)
			assert.deepEqual(hand.say(ackOf(block)), [`DATA ${block + 1} (1468 B)`]);
		for (const block of [9, 9, 8, 1, 0, 11, 12, 1000, 65535, 32768])
			assert.deepEqual(hand.say(ackOf(block)), [], `ACK ${block}`);
		assert.deepEqual(hand.say(ackOf(10)), ["DATA 11 (1468 B)"]);
		lab.server.close();
	});

	it("when no option is acceptable then DATA 1 is the answer, with 512 bytes", () => {
		const lab = new Lab();
		lab.file("f", 600);
		const hand = new Hand(lab);
		assert.deepEqual(hand.say(requestOf(1, "/f", "OcTeT", "blksize", 4, "timeout", 0, "windowsize", 0, "weird", "x")), ["DATA 1 (512 B)"]);
		assert.deepEqual(hand.say(ackOf(1)), ["DATA 2 (88 B)"]);
		assert.deepEqual(hand.say(ackOf(2)), []);
		lab.empty();
	});

	it("when a window is agreed then it is sent whole, and from the gap on when its middle is acknowledged", () => {
		const lab = new Lab();
		const file = lab.file("f", 1468 * 9 + 10);
		const hand = new Hand(lab);
		const blocks = (from: number, to: number): string[] => {
			const lines: string[] = [];
			for (let block = from; block <= to; block++)
				lines.push(`DATA ${block} (${block === 10 ? 10 : 1468} B)`);
			return lines;
		};
		assert.deepEqual(hand.say(requestOf(1, "f", "octet", "blksize", 1468, "windowsize", 4)), ["OACK blksize|1468|windowsize|4"]);
		assert.deepEqual(hand.say(ackOf(0)), blocks(1, 4));
		assert.deepEqual(hand.say(ackOf(2)), blocks(3, 6));
		assert.deepEqual(hand.say(ackOf(2)), [], "repeated while the window is new: the echo of blocks in flight");
		assert.deepEqual(hand.say(ackOf(1)), []);
		assert.deepEqual(hand.say(ackOf(7)), []);
		assert.deepEqual(hand.say(ackOf(6)), blocks(7, 10));
		assert.deepEqual(hand.say(ackOf(9)), blocks(10, 10));
		assert.deepEqual(hand.say(ackOf(10)), []);
		assert.equal(file.outcome.result, "completed");
		assert.equal(file.outcome.repeated, 3);
		lab.empty();
	});

	it("when the first block of a window is lost then the repeated ACK brings it at once, one time", () => {
		const lab = new Lab();
		lab.file("f", 100_000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", "windowsize", 2));
		assert.equal(hand.say(ackOf(0)).length, 2);
		assert.equal(hand.say(ackOf(2)).length, 2);
		assert.deepEqual(hand.say(ackOf(2)), ["DATA 3 (512 B)", "DATA 4 (512 B)"]);
		assert.deepEqual(hand.say(ackOf(2)), []);
		lab.server.close();
	});

	it("when a window was sent again then repeated ACKs, the echo of it, count no more until a window went through", () => {
		const lab = new Lab();
		lab.file("f", 100_000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", "windowsize", 2));
		hand.say(ackOf(0));
		assert.deepEqual(hand.say(ackOf(1)), ["DATA 2 (512 B)", "DATA 3 (512 B)"]);
		assert.equal(hand.say(ackOf(3)).length, 2);
		assert.deepEqual(hand.say(ackOf(3)), []);
		assert.equal(hand.say(ackOf(5)).length, 2);
		assert.deepEqual(hand.say(ackOf(5)), ["DATA 6 (512 B)", "DATA 7 (512 B)"]);
		lab.server.close();
	});

	it("when block 0 after the rollover is not acknowledged then only a repeated ACK of the block before brings it again, once", () => {
		const lab = new Lab();
		lab.file("f", 8 * 65_600);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", "blksize", 8, "timeout", 1));
		for (let block = 0; block < 65_535; block++)
			hand.say(ackOf(block));
		assert.deepEqual(hand.say(ackOf(65_535)), ["DATA 0 (8 B)"]);
		assert.deepEqual(hand.say(ackOf(65_535)), [], "too soon: the network repeats");
		assert.deepEqual(hand.wait(900), [], "the server's timer keeps still");
		assert.deepEqual(hand.say(ackOf(65_535)), ["DATA 0 (8 B)"]);
		assert.deepEqual(hand.say(ackOf(65_535)), []);
		assert.deepEqual(hand.wait(2000), []);
		assert.deepEqual(hand.wait(1000), ["DATA 0 (8 B)"], "a client without a timer");
		assert.deepEqual(hand.say(ackOf(0)), ["DATA 1 (8 B)"]);
		assert.deepEqual(hand.wait(400).length > 0, true, "and then as always");
		lab.server.close();
	});

	it("when the stack refuses a block in the middle of lock-step then it is sent later", () => {
		const lab = new Lab();
		lab.file("f", 100_000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", ...OPTIONS));
		for (let block = 0; block < 5; block++)
			hand.say(ackOf(block));
		lab.network.filter = ({ from }) => {
			lab.network.jammed = from === CAMERA;
			return true;
		};
		assert.deepEqual(hand.say(ackOf(5)), []);
		assert.equal(lab.server.counters.unsent, 1);
		lab.network.jammed = false;
		assert.deepEqual(hand.wait(60), ["DATA 6 (1468 B)"]);
		lab.network.filter = undefined;
		assert.deepEqual(hand.say(ackOf(6)), ["DATA 7 (1468 B)"]);
		assert.deepEqual(lab.faults, []);
		lab.server.close();
	});

	it("when the stack refuses many blocks in lock-step then each is sent at the next tick, and the bytes are right", () => {
		const lab = new Lab();
		const file = lab.file("f", 300_000);
		let crc = 0;
		let refused = 0;
		const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", options: { blksize: 1468 }, store: bytes => crc = Bytes.crc32(bytes, crc) });
		let acks = 0;
		lab.network.filter = ({ from }) => {
			if (from === CAMERA && ++acks % 10 === 0) {
				refused++;
				lab.network.jammed = true;
				lab.time.after(1, () => lab.network.jammed = false);
			}
			return true;
		};
		lab.until(() => client.state !== "running");
		assert.equal(client.state, "done");
		assert.equal(crc, file.crc);
		assert.ok(refused >= 20);
		assert.ok(lab.time.now() <= refused * 50 + 10, `${lab.time.now()}`);
		lab.settle();
		assert.deepEqual([lab.server.counters.unsent, file.outcome.repeated, lab.faults], [refused, 0, []]);
	});

	it("when a client says ERROR then the transfer ends with its words", () => {
		const lab = new Lab();
		const file = lab.file("f", 5000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", ...OPTIONS));
		hand.say(ackOf(0));
		assert.deepEqual(hand.say(errorOf(3, "no room")), []);
		assert.equal(file.outcome.result, "failed");
		assert.equal(file.outcome.reason, "client: no room (3)");
		lab.empty();
	});

	it("when a client vanishes then it is kept for 10 s at least, then given up and named", () => {
		const lab = new Lab();
		const file = lab.file("f", 5000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", ...OPTIONS));
		hand.say(ackOf(0));
		hand.wait(12_000);
		assert.equal(lab.server.transfers().length, 1);
		assert.deepEqual(hand.say(ackOf(1)), ["DATA 2 (1468 B)"]);
		const sent = hand.wait(60_000).length;
		assert.ok(sent > 20 && sent < 60, `${sent} resends`);
		assert.equal(file.outcome.result, "failed");
		assert.match(file.outcome.reason, /silent for 30 s at block 2/);
		lab.empty();
	});

	it("when a client only repeats itself then that ends too", () => {
		const lab = new Lab();
		const file = lab.file("f", 5000);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet", ...OPTIONS));
		hand.say(ackOf(0));
		for (let second = 0; second < 130; second += 5) {
			hand.say(ackOf(0));
			hand.wait(5000);
		}
		assert.match(file.outcome.reason, /did not get beyond block 0/);
		lab.empty();
	});

	it("when blocks are lost further apart than a client may be silent then each is repeated soon, and the download goes on", () => {
		const lab = new Lab();
		lab.network.path("*", "*", { delay: 1 });
		const file = lab.file("f", 8 * 20_000); // 40 s, and no tick without an acknowledgement
		lose(lab, SERVER, "DATA 5 (8 B)", "DATA 19000 (8 B)");
		const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", timer: 60_000, options: { blksize: 8 } });
		lab.until(() => client.state !== "running");
		assert.equal(client.state, "done");
		client.close();
		lab.settle();
		assert.equal(file.outcome.repeated, 2);
		assert.ok(file.outcome.milliseconds < 40_004 + 1500, `${file.outcome.milliseconds} ms`);
	});

	it("when the source breaks then the client hears error 2 and the server lives", () => {
		const lab = new Lab();
		const file = lab.file("f", 100_000, 4096);
		const { span } = file;
		file.span = (offset, limit) => offset >= 8192 ? new Uint8Array(0) : span.call(file, offset, limit);
		const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f" });
		lab.time.advance(0);
		assert.equal(client.state, "failed");
		assert.equal(client.reason, "ERROR 2 the server failed");
		assert.equal(file.outcome.result, "failed");
		assert.equal(lab.faults.splice(0).length, 1);
		lab.empty();
	});

	it("when the stack takes no packets then they count as lost, and the file still arrives", () => {
		const lab = new Lab();
		const file = lab.file("f", 50_000);
		let crc = 0;
		let writes = 0;
		const client = new RFCClient({
			io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", options: { windowsize: 16 }, store: bytes => {
				crc = Bytes.crc32(bytes, crc);
				lab.network.jammed = false;
			}
		});
		lab.network.filter = ({ from }) => {
			lab.network.jammed = from === SERVER && ++writes % 7 === 0;
			return true;
		};
		lab.network.path("*", "*", { delay: 1 });
		lab.until(() => {
			lab.network.jammed &&= lab.time.now() % 20 < 10;
			return client.state !== "running";
		});
		lab.network.jammed = false;
		lab.settle();
		assert.equal(client.state, "done");
		assert.equal(crc, file.crc);
		assert.ok(lab.server.counters.unsent > 0);
	});
});

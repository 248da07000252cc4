import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import { Probe, RFCClient, ackOf, dataOf, errorOf, requestOf } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, Pattern, SERVER, type Slot } from "../../support/tftp-lab.ts";
import { UBoot, type Version } from "../../support/tftp-uboot.ts";
import { lose } from "./support.ts";

const versions: Version[] = ["2010.06", "2016.11", "upstream"];

function put(lab: Lab, version: Version, ram: Uint8Array): UBoot {
	return new UBoot({ version, io: lab.network.at(CAMERA), time: lab.time, server: SERVER, ram, upload: ram.length });
}

function right(lab: Lab, slot: Slot, ram: Uint8Array): void {
	lab.settle();
	assert.equal(slot.outcome.result, "completed");
	assert.equal(slot.committed, 1);
	assert.equal(slot.received, ram.length);
	assert.equal(slot.crc, Bytes.crc32(ram, 0));
}

/** A scripted client, and what it hears. */
class Hand {
	readonly lab: Lab;
	readonly probe: Probe;
	peer = 69;

	constructor(lab: Lab) {
		this.lab = lab;
		this.probe = new Probe(lab.network.at(CAMERA), 2000);
	}

	say(packet: Uint8Array): string[] {
		this.probe.udp.write(packet, SERVER, packet[1] === 2 ? 69 : this.peer);
		return this.wait(0);
	}

	wait(milliseconds: number): string[] {
		this.lab.time.advance(milliseconds);
		if (this.probe.received.length)
			this.peer = this.probe.received[0]!.port;
		return this.probe.take();
	}
}

const block = new Uint8Array(512).fill(7);

describe("TFTP upload", () => {
	for (const version of versions) {
		for (const size of [0, 1, 1468, 2936, 3000, 65_536]) {
			it(`when ${version} uploads ${size} bytes then the slot holds them`, () => {
				const lab = new Lab();
				const slot = lab.slot("kernel.bin", size);
				const ram = new Pattern(size).bytes;
				const client = put(lab, version, ram);
				right(lab, slot, ram);
				assert.equal(client.state, "success");
				assert.equal(client.timeouts, 0);
				assert.match(client.transcript[1]!, /^server -> OACK timeout/);
			});
		}

		it(`when the OACK for ${version} is lost then its own timer brings another`, () => {
			const lab = new Lab();
			const slot = lab.slot("kernel.bin", 3000);
			const ram = new Pattern(3000).bytes;
			lose(lab, SERVER, version === "2010.06" ? "OACK timeout|1|tsize|0|blksize|1468" : "OACK timeout|5|blksize|1468");
			const client = put(lab, version, ram);
			right(lab, slot, ram);
			assert.equal(client.timeouts, 1);
		});

		it(`when a DATA or an ACK of ${version} is lost then its own timer repairs it`, () => {
			for (const [from, line] of [[CAMERA, "DATA 2 (1468 B)"], [SERVER, "ACK 1"], [SERVER, "ACK 2"], [CAMERA, "DATA 3 (64 B)"], [SERVER, "ACK 3"]]) {
				const lab = new Lab();
				const slot = lab.slot("kernel.bin", 3000);
				const ram = new Pattern(3000).bytes;
				lose(lab, from!, line!);
				const client = put(lab, version, ram);
				right(lab, slot, ram);
				assert.equal(client.state, "success", line);
				assert.equal(client.timeouts, 1, line);
			}
		});

		it(`when ${version} uploads a name that is not armed then error 2 ends it with no retry`, () => {
			const lab = new Lab();
			const client = put(lab, version, new Uint8Array(100));
			lab.time.advance(0);
			assert.equal(client.state, "fail");
			assert.equal(client.restarts, 0);
			assert.match(client.transcript[1]!, /ERROR 2/);
			lab.empty();
		});

		it(`when the network makes two of everything then ${version} sends each block at most twice and nothing is stored twice`, () => {
			const lab = new Lab();
			const slot = lab.slot("kernel.bin", 30_000);
			const ram = new Pattern(30_000).bytes;
			lab.network.path("*", "*", { duplicate: 1, delay: 1 });
			const client = put(lab, version, ram);
			right(lab, slot, ram);
			assert.equal(client.state, "success");
			const data = client.transcript.filter(line => line.startsWith("client -> DATA"));
			assert.ok(data.length <= 2 * 21, `${data.length} DATA packets`);
		});
	}

	it("when no option is asked then ACK 0 is the answer", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 600, true, 100);
		const hand = new Hand(lab);
		assert.deepEqual(hand.say(requestOf(2, "a", "octet")), ["ACK 0"]);
		assert.deepEqual(hand.say(dataOf(1, block)), ["ACK 1"]);
		assert.deepEqual(hand.say(dataOf(2, block.subarray(0, 88))), ["ACK 2"]);
		assert.equal(slot.committed, 1);
		assert.equal(lab.server.transfers()[0]!.state, "dallying");
		lab.settle();
	});

	it("when blocks are repeated, old or of the future then only a late repeat of the last is acknowledged again", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 4000, false);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet"));
		hand.say(dataOf(1, block));
		hand.say(dataOf(2, block));
		for (const number of [2, 1, 0, 4, 5, 65535])
			assert.deepEqual(hand.say(dataOf(number, block)), [], `DATA ${number}`);
		hand.wait(1000);
		for (const number of [1, 0, 4, 65535])
			assert.deepEqual(hand.say(dataOf(number, block)), [], `DATA ${number} later`);
		assert.deepEqual(hand.say(dataOf(2, block)), ["ACK 2"]);
		assert.deepEqual(hand.say(dataOf(2, block)), []);
		assert.deepEqual(hand.say(dataOf(3, block.subarray(1))), ["ACK 3"]);
		assert.equal(slot.received, 512 * 3 - 1);
		lab.settle();
	});

	it("when time passes then an upload says nothing unasked", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 4000);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet", "blksize", 512));
		assert.deepEqual(hand.wait(8000), []);
		hand.say(dataOf(1, block));
		assert.deepEqual(hand.wait(8000), []);
		assert.deepEqual(hand.wait(30_000), []);
		assert.match(slot.outcome.reason, /silent for 30 s after block 1/);
		assert.equal(slot.committed, 0);
		lab.empty();
	});

	it("when the same WRQ comes twice at once then there is one OACK, and another when it comes later", () => {
		const lab = new Lab();
		lab.slot("a", 512, false);
		const hand = new Hand(lab);
		const request = requestOf(2, "a", "octet", "blksize", 512);
		assert.deepEqual(hand.say(request), ["OACK blksize|512"]);
		assert.deepEqual(hand.say(request), []);
		hand.wait(1000);
		assert.deepEqual(hand.say(request), ["OACK blksize|512"]);
		hand.say(dataOf(1, block));
		assert.deepEqual(hand.say(request), [], "data flows: a ghost");
		assert.equal(lab.server.transfers().length, 1);
		hand.wait(5000);
		assert.deepEqual(hand.say(request), [], "its own timer may have been a little late");
		hand.wait(1000);
		assert.match(hand.say(request)[0]!, /ERROR 2/, "the client started again, and nothing is armed");
		lab.settle();
	});

	for (const [whose, address, port] of [["another port of the same client", CAMERA, 2001], ["another client, from the same port", "192.168.1.11", 2000]] as const)
		it(`when a WRQ for a name that is being uploaded comes from ${whose} then it is refused and the upload goes on`, () => {
			const lab = new Lab();
			const slot = lab.slot("a", 600);
			const request = requestOf(2, "a", "octet", "blksize", 512);
			const hand = new Hand(lab);
			const other = new Probe(lab.network.at(address), port);
			const ask = (): string[] => {
				other.udp.write(request, SERVER, 69);
				lab.time.advance(0);
				return other.take();
			};
			hand.say(request);
			assert.deepEqual(ask(), ["ERROR 2 somebody else uploads to this name now"], "before any data");
			assert.deepEqual(hand.say(dataOf(1, block)), ["ACK 1"]);
			hand.wait(5000);
			assert.deepEqual(ask(), ["ERROR 2 somebody else uploads to this name now"], "while the client's own timer runs");
			assert.deepEqual(hand.say(dataOf(2, block.subarray(0, 88))), ["ACK 2"]);
			assert.deepEqual([slot.outcome.result, slot.committed, slot.received], ["completed", 1, 600]);
			assert.deepEqual(ask(), ["ERROR 2 no upload of this name was asked for"]);
			lab.settle();
		});

	it("when the client that uploads has been silent for longer than its timer then another one may begin", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 600);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet", "timeout", 1));
		hand.say(dataOf(1, block));
		lab.slot("a", 600);
		hand.wait(2000);
		const other = new Probe(lab.network.at(CAMERA), 2001);
		other.udp.write(requestOf(2, "a", "octet", "timeout", 1), SERVER, 69);
		lab.time.advance(0);
		assert.deepEqual(other.take(), ["OACK timeout|1"]);
		assert.deepEqual([slot.outcome.result, slot.outcome.reason], ["failed", "the client was silent and another one began"]);
		lab.server.close();
	});

	it("when more comes than was armed then error 2 says so, again if need be", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 600);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet"));
		hand.say(dataOf(1, block));
		assert.deepEqual(hand.say(dataOf(2, block)), ["ERROR 2 more bytes than there is room for"]);
		assert.equal(slot.outcome.result, "failed");
		hand.wait(1000);
		assert.deepEqual(hand.say(dataOf(2, block)), ["ERROR 2 more bytes than there is room for"]);
		assert.equal(slot.committed, 0);
		lab.settle();
	});

	it("when less comes than was armed then error 2 stands in for the last ACK and the sizes are named", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 600);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet"));
		assert.deepEqual(hand.say(dataOf(1, block.subarray(12))), ["ERROR 2 500 bytes came, 600 were armed"]);
		assert.equal(slot.outcome.reason, "500 bytes came, 600 were armed");
		lab.settle();
	});

	it("when a block is larger than agreed, or a packet makes no sense, then nothing happens", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 600, false);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet"));
		for (const packet of [dataOf(1, new Uint8Array(513)), ackOf(0), ackOf(1), Uint8Array.of(0, 3), Uint8Array.of(0, 3, 0), new Uint8Array(0), requestOf(1, "a", "octet"), requestOf(6, "a", "b")]) {
			hand.probe.udp.write(packet, SERVER, hand.peer);
			assert.deepEqual(hand.wait(0), []);
		}
		assert.equal(lab.server.counters.malformed, 8);
		assert.deepEqual(hand.say(dataOf(1, block.subarray(1))), ["ACK 1"]);
		assert.equal(slot.received, 511);
		lab.settle();
	});

	it("when the client says ERROR then the slot hears its words", () => {
		const lab = new Lab();
		const slot = lab.slot("a", 600);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet"));
		assert.deepEqual(hand.say(errorOf(0, "stopped")), []);
		assert.equal(slot.outcome.reason, "client: stopped (0)");
		lab.empty();
	});

	for (const options of [{}, { blksize: 1468 }, { blksize: 512, windowsize: 4 }, { blksize: 8, windowsize: 16 }]) {
		for (const size of [0, 511, 512, 8192, 10_000]) {
			it(`when a client by the book uploads ${size} bytes with ${JSON.stringify(options)} then they arrive`, () => {
				const lab = new Lab();
				const slot = lab.slot("a", size, true, 333);
				const upload = new Pattern(size).bytes;
				const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "a", options: { tsize: size, ...options }, upload });
				right(lab, slot, upload);
				assert.equal(client.state, "done");
				assert.equal(slot.announced, size);
			});
		}
	}

	it("when block numbers roll over then an upload goes on", () => {
		const lab = new Lab();
		const size = 8 * 65_536 + 4321;
		const slot = lab.slot("a", size);
		const upload = new Pattern(size).bytes;
		const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "a", options: { blksize: 8, windowsize: 16 }, upload });
		client.transcript.push = () => 0;
		right(lab, slot, upload);
	});

	it("when a block of a window is lost then the last good one is acknowledged once, at once", () => {
		const lab = new Lab();
		lab.slot("a", 4096, false);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "a", "octet", "windowsize", 4));
		assert.deepEqual(hand.say(dataOf(1, block)), []);
		assert.deepEqual(hand.say(dataOf(3, block)), ["ACK 1"]);
		assert.deepEqual(hand.say(dataOf(4, block)), []);
		for (const number of [2, 3, 4])
			assert.deepEqual(hand.say(dataOf(number, block)), []);
		assert.deepEqual(hand.say(dataOf(5, block)), ["ACK 5"]);
		assert.deepEqual(hand.say(dataOf(6, block)), []);
		assert.deepEqual(hand.wait(400), ["ACK 6"], "a window whose end was lost");
		lab.server.close();
	});
});

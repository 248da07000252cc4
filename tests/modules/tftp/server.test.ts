import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { TFTPServer } from "tftp/server";
import { seededRandom } from "../../../simulator/random.ts";
import { Probe, RFCClient, ackOf, ascii, errorOf, requestOf } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, SERVER } from "../../support/tftp-lab.ts";

const READ = requestOf(1, "f", "octet", "timeout", 5, "blksize", 1468);

class Hand extends Probe {
	readonly lab: Lab;

	constructor(lab: Lab, port = 2000, address = CAMERA) {
		super(lab.network.at(address), port);
		this.lab = lab;
	}

	/** Sends to `port`; returns what came back, and the port it came from in `from`. */
	say(packet: Uint8Array, port = 69): string[] {
		this.udp.write(packet, SERVER, port);
		return this.wait(0);
	}

	from = 0;

	wait(milliseconds: number): string[] {
		this.lab.time.advance(milliseconds);
		if (this.received.length)
			this.from = this.received[this.received.length - 1]!.port;
		return this.take();
	}
}

describe("TFTP server", () => {
	it("when nobody transfers then no timer runs", () => {
		const lab = new Lab();
		lab.file("f", 10);
		assert.equal(lab.time.pending, 0);
		new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f" });
		lab.settle();
		assert.deepEqual({ ...lab.server.counters }, { transfers: 1, completed: 1, failed: 0, refused: 0, full: 0, malformed: 0, strangers: 0, unsent: 0 });
	});

	it("when a transfer runs then it can be seen, and activity is reported", () => {
		const lab = new Lab();
		lab.file("f", 100_000);
		const hand = new Hand(lab);
		hand.say(READ);
		assert.equal(lab.server.transfers()[0]!.state, "offering");
		hand.say(ackOf(0), hand.from);
		hand.say(ackOf(1), hand.from);
		hand.wait(60);
		assert.deepEqual(lab.server.transfers(), [{
			name: "f", client: `${CAMERA}:2000`, direction: "download", state: "moving", bytes: 1468, size: 100_000, blockSize: 1468, window: 1, repeated: 0, age: 50
		}]);
		assert.equal(lab.activity, 2);
		hand.wait(5000);
		assert.equal(lab.activity, 2);
		lab.server.close();
		lab.server.close();
		assert.equal(lab.network.open, 1);
	});

	it("when transfers are stopped then their clients read why in error 2, and others go on", () => {
		const lab = new Lab();
		const files = ["f", "g", "h"].map(name => lab.file(name, 100_000));
		const hands = ["f", "g", "h"].map((name, index) => {
			const hand = new Hand(lab, 2000 + index);
			hand.say(requestOf(1, name, "octet"));
			return hand;
		});
		hands[1]!.say(ackOf(1), hands[1]!.from);
		lab.server.stop("the file was removed", ({ name }) => name !== "h");
		for (const index of [0, 1]) {
			assert.deepEqual(hands[index]!.wait(0), ["ERROR 2 the file was removed"]);
			assert.deepEqual([files[index]!.outcome.result, files[index]!.outcome.reason], ["failed", "the file was removed"]);
		}
		assert.deepEqual(lab.server.transfers().map(({ name }) => name), ["h"]);
		assert.deepEqual(hands[2]!.say(ackOf(1), hands[2]!.from), ["DATA 2 (512 B)"]);
		lab.server.stop("all of them");
		assert.deepEqual(hands[2]!.wait(0), ["ERROR 2 all of them"]);
		lab.server.stop("nobody is there");
		lab.time.advance(1000);
		assert.equal(lab.time.pending, 0);
		lab.empty();
	});

	it("when a transfer that only waits for its last ACK is stopped then it is completed, and nothing is said", () => {
		const lab = new Lab();
		const file = lab.file("f", 1600);
		const hand = new Hand(lab);
		hand.say(requestOf(1, "f", "octet"));
		for (const block of [1, 2, 3])
			hand.say(ackOf(block), hand.from);
		lab.server.stop("the camera was switched off");
		assert.deepEqual(hand.wait(0), []);
		assert.deepEqual([file.outcome.result, file.outcome.confirmed], ["completed", false]);
		lab.empty();
	});

	it("when an upload is stopped then its client reads why and what came is thrown away", () => {
		const lab = new Lab();
		const place = lab.slot("up", 100_000);
		const hand = new Hand(lab);
		hand.say(requestOf(2, "up", "octet"));
		lab.server.stop("the camera was switched off");
		assert.deepEqual(hand.wait(0), ["ERROR 2 the camera was switched off"]);
		assert.equal(place.outcome.reason, "the camera was switched off");
		lab.empty();
	});

	it("when the server is closed then transfers end and their files hear of it", () => {
		const lab = new Lab();
		const file = lab.file("f", 100_000);
		new Hand(lab).say(READ);
		lab.server.close();
		assert.equal(file.outcome.reason, "the server was closed");
		lab.empty();
	});

	for (const mode of ["netascii", "NETASCII", "mail", "", "binary"]) {
		it(`when the mode is "${mode}" then error 2 says why`, () => {
			const lab = new Lab();
			lab.file("f", 10);
			assert.match(new Hand(lab).say(requestOf(1, "f", mode))[0]!, /^ERROR 2 only octet/);
			assert.deepEqual(lab.opened, []);
			lab.empty();
		});
	}

	it("when a file says no with a Refusal then the client reads it, and with anything else the server lives", () => {
		const lab = new Lab();
		const server = new TFTPServer({
			io: lab.network.at("10.0.0.1"), port: 69, time: lab.time,
			files: {
				open: () => { throw new Refusal<"busy">("busy", "being replaced"); },
				create: () => { throw new TypeError("oops"); }
			},
			onDefect: (where, error) => lab.faults.push(`${where} ${error instanceof Error ? error.message : ""}`)
		});
		const hand = new Hand(lab);
		hand.udp.write(READ, "10.0.0.1", 69);
		hand.udp.write(requestOf(2, "f", "octet"), "10.0.0.1", 69);
		assert.deepEqual(hand.wait(0), ["ERROR 2 being replaced", "ERROR 2 the server failed"]);
		assert.deepEqual(lab.faults.splice(0), ["tftp.files oops"]);
		assert.equal(server.counters.refused, 2);
		server.close();
		lab.empty();
	});

	it("when packets at the listening port are no requests then there is no answer", () => {
		const lab = new Lab();
		const hand = new Hand(lab);
		for (const text of ["", "\0", "\0\x03\0\x01abc", "\0\x04\0\0", "\0\x05\0\0no\0", "\0\x06a\0b\0", "\0\x09", "\x01\x00a\0octet\0"])
			assert.deepEqual(hand.say(ascii(text)), []);
		assert.equal(lab.server.counters.malformed, 8);
		lab.empty();
	});

	it("when requests are cut at every length then each gets error 2 or silence, and the whole one the file", () => {
		const lab = new Lab();
		lab.file("f", 10);
		for (let length = 0; length <= READ.length; length++) {
			const hand = new Hand(lab, 3000 + length);
			const answer = hand.say(READ.subarray(0, length)).join();
			if (length < 2)
				assert.equal(answer, "");
			else if (length < 10)
				assert.match(answer, /^ERROR 2 /);
			else
				assert.match(answer, /^(OACK|DATA 1)/);
			hand.say(errorOf(0, "enough"), hand.from);
		}
		lab.empty();
	});

	it("when noise comes to every port then nothing breaks and the transfer is right", () => {
		const random = seededRandom(3);
		const lab = new Lab();
		const file = lab.file("f", 60_000);
		const client = new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", from: 2000, options: { blksize: 1468 } });
		lab.network.path("*", "*", { delay: 2 });
		const noise = new Probe(lab.network.at("192.168.1.66"), 6666);
		while (client.state === "running") {
			const bytes = new Uint8Array(random() * 60);
			for (let at = 0; at < bytes.length; at++)
				bytes[at] = random() < 0.5 ? random() * 7 : random() * 256;
			bytes[0] = 0;
			for (const port of [69, 49152, 49153])
				noise.udp.write(bytes, SERVER, port);
			lab.time.advance(0.25);
		}
		assert.equal(client.state, "done");
		assert.equal(client.received, file.size);
		assert.ok(lab.server.counters.strangers > 50, String(lab.server.counters.strangers));
		lab.settle();
	});

	it("when a stranger writes to a transfer then it gets error 5, errors none, and the transfer goes on", () => {
		const lab = new Lab();
		lab.file("f", 5000);
		const hand = new Hand(lab);
		hand.say(READ);
		for (const stranger of [new Hand(lab, 2001), new Hand(lab, 2000, "192.168.1.11")]) {
			assert.deepEqual(stranger.say(ackOf(0), hand.from), ["ERROR 5 Unknown transfer ID"]);
			assert.deepEqual(stranger.say(errorOf(0, "stop"), hand.from), []);
			assert.deepEqual(stranger.say(new Uint8Array(1), hand.from), ["ERROR 5 Unknown transfer ID"]);
		}
		assert.equal(lab.server.counters.strangers, 6);
		assert.deepEqual(hand.say(ackOf(0), hand.from), ["DATA 1 (1468 B)"]);
		lab.server.close();
	});

	it("when the very ACK that is due comes from a stranger, or too short, in full flow then it does not count", () => {
		const lab = new Lab();
		lab.file("f", 50_000);
		const hand = new Hand(lab);
		hand.say(READ);
		for (let block = 0; block < 5; block++)
			hand.say(ackOf(block), hand.from);
		const strangers = [new Hand(lab, 2001), new Hand(lab, 2000, "192.168.1.11")];
		for (let block = 5; block < 9; block++) {
			assert.deepEqual(strangers[block & 1]!.say(ackOf(block), hand.from), ["ERROR 5 Unknown transfer ID"]);
			assert.deepEqual(hand.say(ackOf(block).subarray(0, 3), hand.from), []);
			assert.deepEqual(hand.say(ackOf(block), hand.from), [`DATA ${block + 1} (1468 B)`]);
		}
		assert.equal(lab.server.counters.strangers, 4);
		assert.equal(lab.server.counters.malformed, 4);
		assert.deepEqual(lab.faults, []);
		lab.server.close();
	});

	it("when nonsense comes from the client itself then it is counted and the transfer goes on", () => {
		const lab = new Lab();
		lab.file("f", 5000);
		const hand = new Hand(lab);
		hand.say(READ);
		for (const packet of [new Uint8Array(0), Uint8Array.of(0, 4), Uint8Array.of(0, 4, 0), Uint8Array.of(0, 3, 0, 1, 5), READ, Uint8Array.of(0, 6, 0, 0), Uint8Array.of(255, 255, 255, 255), Uint8Array.of(1, 4, 0, 0)])
			assert.deepEqual(hand.say(packet, hand.from), []);
		assert.equal(lab.server.counters.malformed, 8);
		assert.deepEqual(hand.say(ackOf(0), hand.from), ["DATA 1 (1468 B)"]);
		lab.server.close();
	});

	describe("the same request again", () => {
		it("when it comes at once then it is taken for the network's, and later it is answered by the same transfer", () => {
			const lab = new Lab();
			lab.file("f", 5000);
			const hand = new Hand(lab);
			assert.equal(hand.say(READ).length, 1);
			const port = hand.from;
			assert.deepEqual(hand.say(READ), []);
			hand.wait(300);
			assert.deepEqual(hand.say(READ), ["OACK timeout|5|blksize|1468"]);
			assert.equal(hand.from, port);
			assert.equal(lab.opened.length, 1);
			lab.server.close();
		});

		it("when data flows then the first transfer goes on with the client's next ACK", () => {
			const lab = new Lab();
			const file = lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			const port = hand.from;
			hand.say(ackOf(0), port);
			assert.deepEqual(hand.say(READ), ["OACK timeout|5|blksize|1468"]);
			assert.notEqual(hand.from, port);
			assert.deepEqual(hand.say(READ), [], "a second ghost");
			assert.equal(lab.server.transfers().length, 2);
			assert.deepEqual(hand.say(ackOf(1), port), ["DATA 2 (1468 B)"]);
			assert.equal(lab.server.transfers().length, 1);
			assert.equal(file.outcome.result, "superseded");
			assert.equal(lab.server.counters.failed, 0);
			lab.server.close();
		});

		it("when data flows and the client's own timer repeats its ACK then the first transfer goes on by itself", () => {
			const lab = new Lab();
			lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			const port = hand.from;
			hand.say(ackOf(0), port);
			hand.say(READ);
			assert.deepEqual(hand.say(ackOf(0), port), []);
			assert.equal(lab.server.transfers().length, 1);
			assert.deepEqual(hand.wait(200), ["DATA 1 (1468 B)"]);
			lab.server.close();
		});

		it("when the client has started again then the second transfer serves it and the first is silent", () => {
			const lab = new Lab();
			const file = lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			hand.say(ackOf(0), hand.from);
			const old = hand.from;
			hand.say(READ);
			const port = hand.from;
			assert.notEqual(port, old);
			for (const line of hand.wait(3000))
				assert.match(line, /^OACK/);
			for (let block = 0; block < 4; block++)
				assert.match(hand.say(ackOf(block), port)[0]!, new RegExp(`^DATA ${block + 1}`));
			hand.say(ackOf(4), port);
			assert.deepEqual(file.outcomes.map(outcome => outcome.result), ["superseded", "completed"]);
			assert.deepEqual(hand.wait(20_000), []);
			lab.empty();
		});

		it("when the client refuses the second offer then the first transfer goes on by itself", () => {
			const lab = new Lab();
			lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			hand.say(ackOf(0), hand.from);
			hand.say(READ);
			hand.say(errorOf(5, "unknown"), hand.from);
			assert.match(hand.wait(400).join(), /DATA 1/);
			assert.equal(lab.server.transfers().length, 1);
			lab.server.close();
		});

		it("when another file is asked for from the same port then it replaces the first at once", () => {
			const lab = new Lab();
			const file = lab.file("f", 5000);
			lab.file("g", 10);
			const hand = new Hand(lab);
			hand.say(READ);
			hand.say(ackOf(0), hand.from);
			assert.deepEqual(hand.say(requestOf(1, "g", "octet")), ["DATA 1 (10 B)"]);
			assert.equal(file.outcome.result, "superseded");
			hand.say(ackOf(1), hand.from);
			assert.deepEqual(hand.wait(20_000), []);
			lab.empty();
		});
	});

	describe("at the limit", () => {
		/** `count` clients at `address` whose transfers move. */
		function moving(lab: Lab, count: number, from = 2000, address = CAMERA): Hand[] {
			return Array.from({ length: count }, (_, index) => {
				const hand = new Hand(lab, from + index, address);
				assert.equal(hand.say(READ).length, 1);
				assert.equal(hand.say(ackOf(0), hand.from).length, 1);
				return hand;
			});
		}

		it("when all transfers move then a request is refused with error 2, nobody else notices, and there is room later", () => {
			const lab = new Lab();
			lab.file("f", 50_000);
			const hands = moving(lab, 8);
			const late = new Hand(lab, 3000);
			assert.deepEqual(late.say(READ), ["ERROR 2 all 8 transfers are in use; try again"]);
			assert.deepEqual([lab.server.counters.full, lab.server.counters.refused], [1, 1]);
			for (const hand of hands)
				assert.deepEqual(hand.say(ackOf(1), hand.from), ["DATA 2 (1468 B)"]);
			hands[0]!.say(errorOf(0, "bye"), hands[0]!.from);
			assert.equal(late.say(READ).length, 1);
			lab.server.close();
		});

		it("when a client in the middle was silent for 10 s then it gives way, the longest silent first, and is told", () => {
			const lab = new Lab(1, { transfers: 2 });
			lab.file("f", 5000);
			const [first, second] = [moving(lab, 1)[0]!, (lab.time.advance(1000), moving(lab, 1, 2001)[0]!)];
			const third = new Hand(lab, 2002);
			third.wait(8000);
			assert.match(third.say(READ)[0]!, /^ERROR 2/);
			third.wait(5000);
			assert.match(third.say(READ)[0]!, /^OACK/);
			assert.deepEqual(first.wait(0).at(-1), "ERROR 2 others wanted its place");
			assert.deepEqual(lab.server.transfers().map(transfer => transfer.client), [second, third].map(({ udp }) => `${CAMERA}:${udp.port}`));
			lab.server.close();
		});

		it("when requests flood in from many ports then offers that are not answered give way without a word, and who meets only new ones hears nothing and gets in later", () => {
			const lab = new Lab();
			lab.file("f", 50_000);
			const flood = Array.from({ length: 8 }, (_, index) => new Hand(lab, 4000 + index));
			for (const hand of flood)
				hand.say(READ);
			const camera = new Hand(lab, 2000);
			assert.deepEqual(camera.say(READ), []);
			assert.deepEqual([lab.server.counters.full, lab.server.counters.refused], [1, 0]);
			for (let round = 0; round < 20; round++) {
				for (const hand of flood)
					hand.say(READ);
				camera.wait(50);
			}
			assert.match(camera.say(READ)[0]!, /^OACK/);
			for (let round = 0; round < 20; round++) {
				assert.match(camera.say(ackOf(round), camera.from)[0]!, new RegExp(`^DATA ${round + 1} `));
				for (const hand of flood)
					hand.say(READ);
				camera.wait(300);
			}
			assert.equal(lab.server.transfers().filter(({ state }) => state === "moving").length, 1);
			lab.server.close();
		});

		it("when one client has all transfers then another one gets a place at once, and one that has its share gets no more", () => {
			const lab = new Lab();
			lab.file("f", 50_000);
			moving(lab, 8, 2000, "192.168.1.66");
			moving(lab, 4, 1);
			assert.match(new Hand(lab, 5).say(READ)[0]!, /^ERROR 2/);
			const count = (address: string): number => lab.server.transfers().filter(({ client }) => client.startsWith(address)).length;
			assert.deepEqual([count("192.168.1.66:"), count(`${CAMERA}:`)], [4, 4]);
			lab.server.close();
		});

		it("when any number of transfers come and go then their packets lie in memory that was planned once", () => {
			const lab = new Lab();
			const file = lab.file("f", 50_000);
			for (let round = 0; round < 5; round++) {
				for (let port = 2000; port < 2008; port++)
					new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", options: { blksize: 1468, windowsize: 1 + port % 3 }, from: port });
				assert.equal(lab.server.counters.full, 0);
				lab.until(() => lab.server.transfers().length === 0);
				lab.time.advance(1000);
			}
			lab.empty();
			assert.ok(file.outcomes.every(({ result, bytes }) => result === "completed" && bytes === 50_000));
			assert.equal(file.outcomes.length, 40);
			assert.deepEqual(lab.allocated, [8 * 1472]);
		});

		it("when a transfer only waits for its last ACK then it gives way at once, as completed", () => {
			const lab = new Lab(1, { transfers: 1 });
			const file = lab.file("f", 10);
			const hands = [2000, 2001].map(port => new Hand(lab, port));
			hands[0]!.say(READ);
			assert.deepEqual(hands[0]!.say(ackOf(0), hands[0]!.from), ["DATA 1 (10 B)"]);
			assert.equal(hands[1]!.say(READ).length, 1);
			assert.equal(file.outcomes[0]!.result, "completed");
			lab.server.close();
		});

		it("when there is no socket then the client is refused with error 2 and the file is given back", () => {
			const lab = new Lab();
			const file = lab.file("f", 10);
			lab.network.sockets = 1;
			const hand = new Hand(lab);
			assert.deepEqual(hand.say(READ), ["ERROR 2 no socket is free; try again"]);
			assert.equal(file.outcome.result, "superseded");
			assert.deepEqual(lab.faults.splice(0), ["tftp.socket: no more sockets"]);
			lab.empty();
		});
	});

	it("when the event loop stalled then answers that wait are read before anything is sent again", () => {
		const lab = new Lab();
		let now = 0;
		let tick = (): void => assert.fail("no timer was set");
		const server = new TFTPServer({
			io: lab.network.at("10.0.0.1"), port: 69,
			time: { now: () => now, after: () => assert.fail("not used"), every: (_: number, callback: (target: any) => void, target?: unknown) => tick = () => callback(target), cancel: () => {} },
			files: { open: () => lab.file("f", 5000), create: () => undefined },
			onDefect: () => assert.fail("nothing fails")
		});
		const hand = new Hand(lab);
		hand.udp.write(READ, "10.0.0.1", 69);
		assert.equal(hand.wait(0).length, 1);
		for (now = 50; now < 400; now += 50)
			tick();
		now = 3000;
		tick();
		assert.deepEqual(hand.wait(0), [], "the answer may be in the socket");
		now = 3050;
		tick();
		assert.equal(hand.wait(0).length, 1);
		server.close();
	});

	it("when every turn of the event loop takes long then what was lost is sent again all the same", () => {
		const lab = new Lab();
		let now = 0;
		let tick = (): void => assert.fail("no timer was set");
		const server = new TFTPServer({
			io: lab.network.at("10.0.0.1"), port: 69,
			time: { now: () => now, after: () => assert.fail("not used"), every: (_: number, callback: (target: any) => void, target?: unknown) => tick = () => callback(target), cancel: () => {} },
			files: { open: () => lab.file("f", 5000), create: () => undefined },
			onDefect: () => assert.fail("nothing fails")
		});
		const hand = new Hand(lab);
		hand.udp.write(READ, "10.0.0.1", 69);
		hand.wait(0);
		let again = 0;
		for (let turn = 0; turn < 20; turn++) {
			now += 560;
			tick();
			again += hand.wait(0).length;
		}
		assert.ok(again >= 5, `${again} times in 11 s`);
		server.close();
	});
});

import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { TFTPServer } from "tftp/server";
import { seededRandom } from "../../../simulator/random.ts";
import { Probe, RFCClient, ackOf, ascii, errorOf, requestOf } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, SERVER } from "../../support/tftp-lab.ts";
import { Hand, READ } from "./support.ts";

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

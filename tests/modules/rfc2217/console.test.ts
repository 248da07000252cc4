import { strict as assert } from "node:assert";
import { Bridge } from "console/bridge";
import { RAW as RAW_BYTES } from "console/raw";
import { RFC2217 } from "rfc2217/connection";
import { joined } from "../../support/strings";
import { ANSWERS, NEGOTIATION, PORT, RAW, SETTINGS, ask, bridge, cable, client, command, connect, defects, fastboot, heard, network, say, setUp, take, time, uart, unhex } from "./support";

describe("rfc2217: one console over both ports", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when clients come by either port and stay then the newest takes over, and the one before is really closed", () => {
		const peers = [RAW, PORT, PORT, RAW, PORT].map(port => {
			const peer = network.connect(port);
			time.advance(1_010);
			peer.take();
			return peer;
		});
		assert.deepEqual(peers.map(peer => peer.closed), [true, true, true, true, false]);
		assert.deepEqual([bridge.connections, bridge.takeovers, network.sockets.size], [5, 4, 1]);
		say("mine");
		time.advance(50);
		assert.deepEqual(peers.map(peer => peer.text), ["", "", "", "", "mine"]);
	});

	it("when somebody has the line then a client negotiates, asks and reads along without disturbing it", () => {
		const holder = network.connect(RAW);
		time.advance(10);
		uart.setBaud(9_600, () => {});
		time.advance(10);
		cable.far!.baud = 9_600;
		const peer = client();
		for (const [question, answer] of [
			["00", "64 72 61 63 6b 70 6f 64"], ["01 00 00 00 00", "65 00 00 25 80"], ["02 00", "66 08"], ["03 00", "67 01"], ["04 00", "68 01"],
			["05 00", "69 01"], ["05 04", "69 06"], ["05 07", "69 08"], ["05 0a", "69 0b"], ["05 0d", "69 0e"], ["0a 02", "6e 02"], ["0b 00", "6f 00"]
		] as const)
			assert.equal(command(peer, question), answer);
		say("both");
		time.advance(50);
		assert.deepEqual([holder.text, peer.take()], ["both", "both"]);
		assert.deepEqual([bridge.client!.id, bridge.newcomers, holder.closed, uart.baud], [1, 1, false, 9_600]);
		peer.end();
		time.advance(2_000);
		assert.deepEqual([bridge.takeovers, bridge.newcomers, holder.closed, uart.baud, network.sockets.size], [0, 0, false, 9_600, 1]);
	});

	it("when somebody has the line then a client that types, or asks for a change, has it at once", () => {
		for (const request of ["61", "ff ff", "ff f4", "ff f3", ...["01 00 00 25 80", "02 08", "03 01", "04 01", "05 01", "05 05", "05 08", "05 0b", "0c 01"].map(change => `ff fa 2c ${change} ff f0`)]) {
			setUp();
			const holder = client();
			const peer = client();
			assert.equal(holder.closed, false);
			peer.send(unhex(request));
			time.advance(5);
			assert.deepEqual([holder.closed, bridge.client!.id, bridge.takeovers], [true, 2, 1], request);
		}
	});

	it("when a client takes over with a rate of its own then the line has that rate, and what it sends behind it", () => {
		const holder = client();
		uart.setBaud(57_600, () => {});
		time.advance(10);
		const peer = client();
		peer.send(unhex("ff fa 2c 01 00 00 25 80 ff f0 61"));
		cable.far!.baud = 9_600;
		time.advance(100);
		assert.deepEqual([holder.closed, uart.baud, heard(), take(peer)], [true, 9_600, "a", "ff fa 2c 65 00 00 25 80 ff f0"]);
	});

	it("when the client of one port leaves then one of the other comes without a takeover", () => {
		const peer = client();
		peer.end();
		time.advance(10);
		assert.equal(bridge.client, undefined);
		const raw = network.connect(RAW);
		time.advance(10);
		say("clean");
		time.advance(50);
		assert.deepEqual([raw.text, bridge.takeovers], ["clean", 0]);
	});

	it("when no RFC 2217 is wanted then nobody listens for it", () => {
		bridge.close();
		assert.throws(() => network.connect(PORT), /refused/);
		const raw = new Bridge({ io: network.Listener, tcp: network.TCP, ports: [{ port: RAW, protocol: RAW_BYTES }], time, uart, onDefect: (where, error) => void defects.push(`${where}: ${error}`) });
		assert.equal(raw.portOf(RFC2217), undefined);
		assert.throws(() => network.connect(PORT), /refused/);
	});

	it("when it is closed in the middle of a change then nothing is left running", () => {
		const peer = client();
		peer.send(joined([new Uint8Array(100).fill(97), unhex("ff fa 2c 01 00 0e 10 00 ff f0")]));
		time.advance(1);
		bridge.close();
		time.advance(1_000);
		assert.deepEqual([peer.closed, time.pending, uart.baud], [true, 0, 115_200]);
	});

	it("when nothing happens for 600 s then the client is disconnected, and commands count as something", () => {
		const peer = client();
		for (let i = 0; i < 3; i++) {
			time.advance(500_000);
			command(peer, "07");
		}
		assert.equal(peer.closed, false);
		time.advance(600_000);
		assert.equal(peer.closed, true);
		assert.equal(bridge.idleCloses, 1);
	});

	it("when the idle limit is 0 then a client who only watches is never disconnected", () => {
		setUp({ limits: { idle: 0 } });
		const peer = connect();
		time.advance(30 * 86_400_000);
		assert.equal(peer.closed, false);
	});

	it("when there is no memory for a client then the next one is served", () => {
		network.broken = true;
		network.connect(PORT);
		time.advance(10);
		assert.equal(defects.length, 1);
		assert.match(defects.pop()!, /no memory/);
		network.broken = false;
		client();
	});
});

describe("rfc2217: while fastboot has the port", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when a client opens it then its requests are answered, and it sees the output", () => {
		uart.claim(fastboot);
		const peer = connect();
		assert.equal(ask(peer, `${NEGOTIATION} ${SETTINGS}`), `ff fd 03 ff fb 2c ff fd 2c ff fa 2c 6b b0 ff f0 ${ANSWERS}`);
		assert.equal(command(peer, "0c 03"), "70 03");
		say("boot output");
		time.advance(50);
		assert.equal(peer.take(), "boot output");
	});

	it("when it types then the input waits, and goes out when the port is free; so do commands behind it", () => {
		const line = uart.claim(fastboot);
		const peer = client();
		peer.send("typed");
		assert.equal(command(peer, "02 08"), "");
		assert.equal(heard(), "");
		line.release();
		time.advance(50);
		assert.equal(heard(), "typed");
		assert.equal(take(peer), "ff fa 2c 66 08 ff f0");
	});

	it("when it sends a lot then TCP holds it back and nothing is lost", () => {
		const line = uart.claim(fastboot);
		const peer = client();
		peer.send(new Uint8Array(10_000).fill(97));
		time.advance(1_000);
		assert.ok(peer.unread >= 10_000 - 1_024);
		line.release();
		time.advance(2_000);
		assert.equal(heard(), "a".repeat(10_000));
	});

	it("when it wants another rate, a break or a purge then fastboot is not disturbed, and it is told what is in force", () => {
		const peer = client();
		const line = uart.claim(fastboot);
		line.write(new Uint8Array(500).fill(0xaa));
		assert.equal(command(peer, "01 00 0e 10 00"), "65 00 01 c2 00");
		assert.equal(command(peer, "05 05"), "69 06");
		assert.equal(command(peer, "05 06"), "69 06");
		ask(peer, "ff f3");
		assert.equal(command(peer, "0c 02"), "70 02");
		time.advance(100);
		assert.deepEqual([uart.baud, cable.breaks, cable.recorded.length], [115_200, [], 500]);
	});

	it("when fastboot begins between a break's begin and its end then there is none", () => {
		const peer = client();
		command(peer, "05 05");
		uart.claim(fastboot);
		assert.equal(command(peer, "05 06"), "69 06");
		assert.deepEqual(cable.breaks, []);
	});

	it("when it leaves with input that waits then that still goes out afterwards", () => {
		const line = uart.claim(fastboot);
		const peer = client();
		peer.send("last words");
		time.advance(10);
		peer.end();
		time.advance(1_000);
		assert.equal(heard(), "");
		line.release();
		time.advance(100);
		assert.equal(heard(), "last words");
		assert.equal(bridge.client, undefined);
		assert.equal(network.sockets.size, 0);
	});

	it("when it leaves with input and many commands that wait then all is done afterwards, with nobody to answer", () => {
		const line = uart.claim(fastboot);
		const peer = client();
		peer.send(joined([unhex("61"), ...new Array<Uint8Array>(100).fill(unhex("ff fa 2c 02 08 ff f0")), unhex("62")]));
		time.advance(10);
		peer.end();
		say("not for it any more");
		time.advance(100);
		line.release();
		say("nor this");
		time.advance(100);
		assert.equal(heard(), "ab");
		assert.equal(bridge.client, undefined);
	});

	it("when it leaves with input that waits and another comes then the other has the console at once", () => {
		const line = uart.claim(fastboot);
		const peer = client();
		peer.send("never said");
		time.advance(10);
		peer.end();
		time.advance(10);
		const next = client();
		next.send("said");
		time.advance(10);
		line.release();
		time.advance(100);
		assert.equal(heard(), "said");
	});
});

describe("rfc2217: output", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when an answer of the camera is complete then it comes in one chunk, 10 ms after its last byte", () => {
		const peer = client();
		const answer = `help\r\n${"x".repeat(400)}\r\nOpenIPC # `;
		say(answer);
		const last = (answer.length * 10_000) / 115_200;
		time.advance(last + 9);
		assert.equal(peer.text, "");
		time.advance(3);
		assert.equal(peer.text, answer);
	});

	it("when a client has reset the connection and that is not known yet then answers and output go nowhere", () => {
		setUp();
		const peer = client();
		peer.drop();
		say("output");
		time.advance(100);
		uart.setBaud(9_600, () => {});
		time.advance(100);
		peer.end();
		time.advance(100);
		assert.equal(bridge.client, undefined);
		assert.deepEqual(defects, []);
	});

	it("when a client asks and leaves at once then the answers that can't be sent are no fault", () => {
		setUp();
		const peer = client();
		peer.send(unhex("ff fa 2c 02 08 ff f0 61 ff fa 2c 02 08 ff f0 62"));
		peer.end();
		time.advance(100);
		assert.equal(heard(), "ab");
		assert.equal(bridge.client, undefined);
		assert.deepEqual(defects, []);
	});

	it("when output waits for a client that takes nothing then it is kept as on the raw port, and the client's commands are held", () => {
		setUp({ network: { sendBuffer: 300 } });
		const peer = client();
		peer.window = 0;
		say("w".repeat(1_000));
		time.advance(500);
		for (let i = 0; i < 1_000; i++)
			peer.send(unhex("ff fa 2c 02 08 ff f0"));
		time.advance(5_000);
		assert.ok(peer.unread > 5_000, `${peer.unread}`);
		peer.open();
		time.advance(1_000);
		const text = peer.text;
		assert.equal(text.split("\xff\xfa\x2c\x66\x08\xff\xf0").length - 1, 1_000);
		assert.equal(text.split("\xff\xfa\x2c\x66\x08\xff\xf0").join(""), "w".repeat(1_000));
	});
});

import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { Bridge, type BridgeLimits } from "console/bridge";
import { RAW } from "console/raw";
import { UART } from "uart/uart";
import { VirtualTime } from "../../support/clock";
import { Cable, type CableOptions } from "../../support/serial";
import { Network, type NetworkOptions } from "../../support/tcp";

let time: VirtualTime;
let cable: Cable;
let network: Network;
let uart: UART;
let bridge: Bridge;
let defects: string[];
/** What keeps newcomers out. */
let refusal: Refusal | undefined;

function check(): void {
	if (refusal)
		throw refusal;
}

function setUp(limits: Partial<BridgeLimits> = {}, cableOptions: Partial<CableOptions> = {}, networkOptions: Partial<NetworkOptions> = {}, logSize = 65_536): void {
	time = new VirtualTime();
	cable = new Cable({ time, ...cableOptions });
	cable.far = { baud: 115_200, receive() {} };
	cable.record = true;
	network = new Network({ time, ...networkOptions });
	defects = [];
	refusal = undefined;
	const onDefect = (where: string, error: unknown): void => void defects.push(`${where}: ${error}`);
	uart = new UART({ io: cable.io, time, log: { size: logSize }, onDefect });
	bridge = new Bridge({ io: network.Listener, tcp: network.TCP, ports: [{ port: 9_000, protocol: RAW }], time, uart, door: { admits: () => true, hasRoom: () => true, check }, limits, onDefect });
}

function say(text: string): void {
	cable.send(Array.from(text, c => c.charCodeAt(0)));
}

/** A client that notes when chunks arrived. */
function client(): { peer: ReturnType<Network["connect"]>; chunks: { at: number; text: string }[]; pass(milliseconds: number): void } {
	const peer = network.connect(9_000);
	time.advance(0);
	const chunks: { at: number; text: string }[] = [];
	return {
		peer,
		chunks,
		pass(milliseconds) {
			for (let i = 0; i < milliseconds; i++) {
				time.advance(1);
				const text = peer.take();
				if (text)
					chunks.push({ at: time.now(), text });
			}
		}
	};
}

function heardByCamera(): string {
	return String.fromCharCode(...cable.recorded);
}

describe("bridge: camera to client", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when an answer is complete then it comes in one chunk, 10 ms after its last byte", () => {
		const { chunks, pass } = client();
		const answer = `help\r\n${"x".repeat(400)}\r\nOpenIPC # `;
		say(answer);
		pass(200);
		assert.deepEqual(chunks.map(chunk => chunk.text), [answer]);
		const last = (answer.length * 10_000) / 115_200;
		assert.ok(chunks[0]!.at >= last + 10 && chunks[0]!.at <= last + 12, `${chunks[0]!.at} after ${last}`);
	});

	it("when the camera pauses for less than the gap then the pieces stay together", () => {
		const { chunks, pass } = client();
		for (let i = 0; i < 5; i++) {
			say("ab");
			pass(8);
		}
		pass(50);
		assert.deepEqual(chunks.map(chunk => chunk.text), ["ababababab"]);
	});

	it("when the camera pauses for longer than the gap then the pieces come apart", () => {
		const { chunks, pass } = client();
		say("one");
		pass(15);
		say("two");
		pass(15);
		assert.deepEqual(chunks.map(chunk => chunk.text), ["one", "two"]);
	});

	it("when the camera never pauses then output comes every 100 ms", () => {
		const { chunks, pass } = client();
		for (let i = 0; i < 70; i++) {
			say("x");
			pass(5);
		}
		assert.equal(chunks.length, 3);
		for (let i = 1; i < chunks.length; i++)
			assert.ok(chunks[i]!.at - chunks[i - 1]!.at <= 106 && chunks[i]!.at - chunks[i - 1]!.at >= 99);
	});

	it("when 1,400 bytes wait then they are sent at once", () => {
		setUp({ cap: 1_000 });
		const { chunks, pass } = client();
		say("y".repeat(5_000));
		pass(600);
		assert.equal(chunks.map(chunk => chunk.text).join("").length, 5_000);
		for (const chunk of chunks.slice(0, -1))
			assert.ok(chunk.text.length >= 1_400 && chunk.text.length < 1_450, `${chunk.text.length}`);
		assert.equal(chunks.length, 4);
	});

	it("when the limits are configured then they are kept", () => {
		setUp({ gap: 30, cap: 60, size: 10_000 });
		const { chunks, pass } = client();
		say("a");
		pass(25);
		say("b");
		pass(25);
		say("c");
		pass(25);
		assert.equal(chunks[0]!.text, "abc");
	});

	it("when output came before the client then it gets none of that, whatever stage it is in", () => {
		for (let at = 0; at < 3; at += 0.05) {
			setUp({}, { grain: 1 });
			say("stale!");
			time.advance(at);
			const { rx } = uart.counters;
			const { peer } = client();
			time.advance(100);
			assert.ok("stale!".slice(rx).endsWith(peer.text), `${at}: ${peer.text}`);
		}
	});

	it("when 4 KB came while nobody was connected then the next client starts clean", () => {
		say("z".repeat(4_096));
		time.advance(1_000);
		const { peer, pass } = client();
		pass(200);
		assert.equal(peer.text, "");
		say("fresh");
		time.advance(50);
		assert.equal(peer.text, "fresh");
	});

	it("when the network stands still and the camera says little at a time then it is collected, and nothing is lost", () => {
		setUp({}, {}, { sendBuffer: 17_280, writes: 48 });
		const { peer } = client();
		peer.window = 0;
		let text = "";
		for (let i = 0; i < 300; i++) {
			text += `line ${i}\n`;
			say(`line ${i}\n`);
			time.advance(30);
			if (i % 50 === 49) {
				peer.open(20);
				peer.window = 0;
			}
		}
		assert.ok(bridge.client!.sent < text.length);
		peer.open();
		time.advance(100);
		assert.equal(peer.text, text);
		assert.equal(bridge.connections, 1);
		assert.notEqual(bridge.client, undefined);
	});

	it("when bytes have all values then they arrive unchanged", () => {
		const { peer } = client();
		const all = new Uint8Array(256).map((_, i) => i);
		cable.send(all);
		time.advance(200);
		assert.deepEqual(peer.received, all);
	});

	it("when the client is slow then nothing is lost as long as the ring holds it", () => {
		const { peer } = client();
		peer.window = 0;
		const text = Array.from({ length: 4_000 }, (_, i) => `line ${i}\n`).join("");
		say(text);
		time.advance(10_000);
		peer.open(100);
		time.advance(10_000);
		assert.equal(peer.text, text);
		assert.equal(uart.counters.dropped, 0);
	});

	it("when the client is a whole ring behind then the loss is counted and it goes on with the oldest byte", () => {
		setUp({}, {}, { sendBuffer: 1_000 }, 4_096);
		const { peer } = client();
		peer.window = 0;
		const text = Array.from({ length: 2_000 }, (_, i) => `line ${i}\n`).join("");
		say(text);
		time.advance(5_000);
		peer.open();
		time.advance(1_000);
		const got = peer.text;
		assert.ok(got.length < text.length);
		assert.equal(got, text.slice(0, 1_000) + text.slice(-4_096));
		assert.equal(uart.counters.dropped, text.length - got.length);
		assert.equal(bridge.client!.lost, text.length - got.length);
	});

	it("when the socket takes a few bytes at a time then they are the right ones in order", () => {
		setUp({}, {}, { sendBuffer: 600 });
		const { peer } = client();
		peer.window = 7;
		const text = Array.from({ length: 600 }, (_, i) => `${i},`).join("");
		say(text);
		time.advance(5_000);
		assert.equal(peer.text, text);
	});

	it("when a new socket does not say at once how much it takes then the client gets output all the same", () => {
		setUp({}, {}, { writableAtStart: false });
		const { peer } = client();
		say("w".repeat(2_000));
		time.advance(1_000);
		assert.equal(peer.text.length, 2_000);
	});
});

describe("bridge: client to camera", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when the client types then the camera hears it unchanged", () => {
		const { peer } = client();
		peer.send("setenv a b\r");
		peer.send(Uint8Array.from({ length: 256 }, (_, i) => i));
		time.advance(100);
		assert.equal(heardByCamera(), "setenv a b\r" + String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)));
		assert.equal(bridge.client!.received, 267);
	});

	it("when the client sends 256 KB before it reads then nothing is dropped and little is read ahead", () => {
		for (const transmitQueue of [128, 4_096]) {
			setUp({}, { transmitQueue, grain: 64 });
			const { peer } = client();
			const bytes = new Uint8Array(262_144).map((_, i) => (i * 31) >> 3);
			peer.send(bytes);
			time.advance(1_000);
			assert.ok(bytes.length - peer.unread <= 11_600 + transmitQueue, `${bytes.length - peer.unread} read in the first second`);
			time.advance(23_000);
			assert.equal(cable.recorded.length, bytes.length);
			assert.ok(cable.recorded.every((byte, i) => byte === bytes[i]));
		}
	});

	it("when the input ends in the middle of back-pressure and no more comes then the rest is still sent", () => {
		setUp({}, { transmitQueue: 64 });
		const { peer } = client();
		peer.send("q".repeat(1_000));
		time.advance(500);
		assert.equal(cable.recorded.length, 1_000);
	});

	it("when the client leaves with input under way then the camera gets all of it", () => {
		setUp({}, { transmitQueue: 64 });
		const { peer } = client();
		peer.send("r".repeat(1_000));
		peer.end();
		time.advance(500);
		assert.equal(cable.recorded.length, 1_000);
		assert.equal(bridge.client, undefined);
	});
});

describe("bridge: clients come and go", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when a second client connects and stays then it takes over and the first is really closed", () => {
		const first = client();
		const second = client();
		time.advance(999);
		assert.deepEqual([bridge.takeovers, bridge.newcomers, bridge.client!.id, first.peer.closed], [0, 1, 1, false]);
		time.advance(2);
		assert.deepEqual([bridge.newcomers, bridge.client!.id], [0, 2]);
		assert.equal(first.peer.closed, true);
		assert.equal(second.peer.closed, false);
		assert.equal(bridge.takeovers, 1);
		assert.equal(bridge.connections, 2);
		say("for the second");
		time.advance(50);
		assert.equal(first.peer.text, "");
		assert.equal(second.peer.text, "for the second");
		second.peer.send("x");
		first.peer.send("y");
		time.advance(50);
		assert.equal(heardByCamera(), "x");
		assert.equal(network.sockets.size, 1);
	});

	it("when a dead client blocks its socket then the next one has the console as soon as it types, or in a second", () => {
		for (const types of [true, false]) {
			setUp();
			const dead = client();
			dead.peer.window = 0;
			say("k".repeat(20_000));
			time.advance(3_000);
			const { peer } = client();
			if (types)
				peer.send("\x03");
			time.advance(types ? 1 : 1_000);
			assert.equal(bridge.client!.id, 2);
			say("hello");
			time.advance(50);
			assert.equal(peer.text, "hello");
		}
	});

	it("when somebody only looks whether the port is open then who has the line notices nothing", () => {
		const { peer } = client();
		uart.setBaud(9_600, () => {});
		time.advance(10);
		for (let i = 0; i < 50; i++) {
			const look = network.connect(9_000);
			if (i % 2) {
				time.advance(500);
				look.abort();
			}
			else
				look.end();
			time.advance(i % 3 ? 0 : 100);
		}
		time.advance(5_000);
		peer.send("still here");
		time.advance(100);
		cable.far!.baud = 9_600;
		assert.deepEqual([bridge.connections, bridge.takeovers, bridge.client!.id, bridge.newcomers, uart.baud, peer.closed], [51, 0, 1, 0, 9_600, false]);
		assert.equal(network.sockets.size, 1);
	});

	it("when a newcomer reads along then it gets what is said from then on, and with its first byte it has the line", () => {
		const first = client();
		say("before");
		time.advance(50);
		const second = client();
		say("both");
		time.advance(50);
		assert.deepEqual([first.peer.text, second.peer.text], ["beforeboth", "both"]);
		second.peer.send("a");
		time.advance(1);
		assert.deepEqual([first.peer.closed, bridge.client!.id, bridge.client!.received], [true, 2, 1]);
		time.advance(50);
		assert.equal(heardByCamera(), "a");
		time.advance(2_000);
		assert.equal(bridge.takeovers, 1);
	});

	it("when who has the line leaves then the newest of those that read along has it at once", () => {
		const first = client();
		client();
		const third = client();
		first.peer.end();
		time.advance(1);
		assert.deepEqual([bridge.client!.id, bridge.newcomers, bridge.takeovers], [3, 0, 0]);
		third.peer.send("x");
		time.advance(50);
		assert.equal(heardByCamera(), "x");
	});

	it("when an older newcomer types then a newer one still reads along, and has the line when it has stayed", () => {
		const [first, second] = [client(), client()];
		time.advance(500);
		const third = client();
		second.peer.send("x");
		time.advance(10);
		assert.deepEqual([first.peer.closed, second.peer.closed, third.peer.closed, bridge.client!.id, bridge.newcomers], [true, false, false, 2, 1]);
		time.advance(1_000);
		assert.deepEqual([second.peer.closed, third.peer.closed, bridge.client!.id, bridge.takeovers], [true, false, 3, 2]);
	});

	it("when a newcomer sends and closes at once then it had the line, and the camera gets all of it", () => {
		const first = client();
		const { peer } = client();
		peer.send("reset\r");
		peer.end();
		time.advance(50);
		assert.deepEqual([heardByCamera(), first.peer.closed, bridge.client], ["reset\r", true, undefined]);
	});

	it("when who has the line is idle for too long then a newcomer has it", () => {
		setUp({ idle: 10_000 });
		const first = client();
		time.advance(9_900);
		const second = client();
		time.advance(150);
		assert.deepEqual([first.peer.closed, second.peer.closed, bridge.client!.id, bridge.idleCloses], [true, false, 2, 1]);
		time.advance(9_000);
		assert.equal(second.peer.closed, false);
	});

	it("when fastboot has the line then a newcomer becomes its heir as at any other time", () => {
		const first = client();
		const line = uart.claim({ name: "fastboot", onReceive() {}, onWritable() {} });
		const second = client();
		second.peer.send("later");
		time.advance(10);
		assert.deepEqual([first.peer.closed, heardByCamera()], [true, ""]);
		line.release();
		time.advance(50);
		assert.equal(heardByCamera(), "later");
	});

	it("when 130 connect in a burst then three are there, the others are told so and closed, and the newest of the three has the line in the end", () => {
		const peers = Array.from({ length: 130 }, () => network.connect(9_000));
		time.advance(10);
		assert.deepEqual([network.sockets.size, bridge.refusals], [7, 123]);
		time.advance(200);
		assert.equal(network.sockets.size, 3);
		assert.deepEqual([bridge.connections, bridge.refusals, bridge.newcomers, bridge.client!.id], [130, 127, 2, 1]);
		for (const peer of peers.slice(3)) {
			assert.equal(peer.closed, true);
			assert.match(peer.text, /^rackpod: too many connections to the console at once; GET \/uart\/log\?since=0 reads along without one\r\n$/);
		}
		say("hello");
		time.advance(50);
		assert.deepEqual(peers.slice(0, 3).map(peer => peer.text), ["hello", "hello", "hello"]);
		time.advance(1_000);
		assert.deepEqual(peers.slice(0, 3).map(peer => peer.closed), [true, true, false]);
		assert.equal(network.sockets.size, 1);
	});

	it("when nobody may begin to use the line then a newcomer is told why and closed, and who has it keeps it", () => {
		const { peer } = client();
		refusal = new Refusal<"restarting">("restarting", "the pod restarts");
		const late = network.connect(9_000);
		time.advance(10);
		assert.deepEqual([late.closed, late.text, bridge.refusals, bridge.newcomers], [true, "rackpod: the pod restarts\r\n", 1, 0]);
		peer.send("still mine");
		time.advance(50);
		assert.equal(heardByCamera(), "still mine");
		refusal = undefined;
		assert.equal(client().peer.closed, false);
	});

	it("when the one that is turned away has reset the connection already then that is no defect", () => {
		client();
		client();
		client();
		for (const leave of ["abort", "drop", "end"] as const) {
			network.connect(9_000)[leave]();
			time.advance(1);
		}
		time.advance(200);
		assert.equal(bridge.refusals, 3);
	});

	it("when clients come and go so quickly that all are seen at once then the one that stays has the line", () => {
		for (let i = 0; i < 6; i++) {
			const peer = network.connect(9_000);
			peer.send("\x03");
			peer.end();
		}
		const last = client();
		time.advance(150);
		say("hello");
		time.advance(50);
		assert.deepEqual([last.peer.closed, last.peer.text, bridge.refusals, bridge.client!.id], [false, "hello", 0, 7]);
	});

	it("when there is no socket for those who waited then each is closed all the same", () => {
		for (let i = 0; i < 5; i++)
			client();
		network.broken = true;
		time.advance(200);
		assert.equal(defects.splice(0).length, 2);
		assert.equal(network.sockets.size, 3);
	});

	it("when the pod closes while somebody waits for a place then its connection ends, too", () => {
		for (let i = 0; i < 4; i++)
			client();
		bridge.close();
		time.advance(200);
		assert.deepEqual([network.sockets.size, time.pending], [0, 0]);
	});

	it("when clients come and go for long then no place is lost", () => {
		for (let i = 0; i < 50; i++) {
			const peers = [client(), client(), client()];
			assert.equal(bridge.newcomers, 2);
			peers[i % 3]!.peer.end();
			time.advance(1);
			peers[(i + 1) % 3]!.peer.send("x");
			time.advance(1);
			for (const { peer } of peers)
				peer.end();
			time.advance(10);
			assert.deepEqual([bridge.client, bridge.newcomers, network.sockets.size, time.pending], [undefined, 0, 0, 0]);
		}
	});

	it("when there is no memory for clients then all who wait are closed, and the next one is served", () => {
		network.broken = true;
		const peers = [network.connect(9_000), network.connect(9_000)];
		time.advance(0);
		assert.deepEqual(defects, ["bridge.accept: Error: no memory", "bridge.accept: Error: no memory"]);
		assert.deepEqual(peers.map(peer => peer.closed), [true, true]);
		assert.equal(network.sockets.size, 0);
		assert.equal(uart.owner, undefined);
		defects = [];
		network.broken = false;
		const { peer } = client();
		say("hello");
		time.advance(50);
		assert.equal(peer.text, "hello");
	});

	it("when a client leaves with input that waits for fastboot then output to it is no defect, and the camera gets its input", () => {
		const { peer } = client();
		const line = uart.claim({ name: "fastboot", onReceive() {}, onWritable() {} });
		peer.send("typed");
		time.advance(10);
		peer.end();
		say("output");
		time.advance(100);
		assert.equal(bridge.client!.received, 0);
		line.release();
		time.advance(100);
		assert.equal(heardByCamera(), "typed");
		assert.equal(bridge.client, undefined);
	});

	it("when a client has reset the connection and that is not known yet then output to it goes nowhere", () => {
		const { peer } = client();
		const line = uart.claim({ name: "fastboot", onReceive() {}, onWritable() {} });
		peer.send("typed");
		time.advance(10);
		peer.drop();
		say("output");
		time.advance(100);
		say("more");
		time.advance(100);
		peer.end();
		time.advance(100);
		line.release();
		time.advance(100);
		assert.equal(heardByCamera(), "typed");
		assert.equal(bridge.client, undefined);
	});

	it("when a client leaves then the next one connects without a takeover", () => {
		const { peer } = client();
		peer.end();
		time.advance(10);
		assert.equal(bridge.client, undefined);
		assert.equal(uart.owner, undefined);
		client();
		assert.equal(bridge.takeovers, 0);
	});

	it("when a client leaves, is taken over or falls idle then the baud rate is 115200 again", () => {
		for (const leave of [
			(peer: ReturnType<Network["connect"]>) => peer.end(),
			(peer: ReturnType<Network["connect"]>) => peer.abort(),
			() => {
				client();
				time.advance(1_000);
			},
			() => time.advance(600_000)
		]) {
			setUp();
			const { peer } = client();
			uart.setBaud(921_600, () => {});
			time.advance(50);
			assert.equal(uart.baud, 921_600);
			leave(peer);
			time.advance(50);
			assert.equal(uart.baud, 115_200);
		}
	});

	it("when a client leaves with bytes queued at another rate then they leave at that rate first", () => {
		const { peer } = client();
		uart.setBaud(921_600, () => {});
		time.advance(50);
		cable.far!.baud = 921_600;
		peer.send("s".repeat(2_000));
		time.advance(1);
		peer.end();
		time.advance(500);
		assert.equal(heardByCamera(), "s".repeat(2_000));
		assert.equal(uart.baud, 115_200);
	});

	it("when it is closed then the client is disconnected and nothing is left running", () => {
		const { peer } = client();
		say("x");
		time.advance(1);
		bridge.close();
		bridge.close();
		time.advance(100);
		assert.equal(peer.closed, true);
		assert.equal(time.pending, 0);
		assert.throws(() => network.connect(9_000), /refused/);
	});

	it("when the status is asked for then it shows who is connected and what went through", () => {
		const { peer } = client();
		say("12345");
		peer.send("abc");
		time.advance(100);
		assert.match(bridge.client!.address, /^10\.0\.0\.2:\d+$/);
		assert.equal(bridge.client!.sent, 5);
		assert.equal(bridge.client!.received, 3);
		assert.match(uart.owner!, /^bridge 10\.0\.0\.2:/);
	});
});

describe("bridge: the idle clock", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when nothing happens for 600 s then the client is disconnected, and not earlier", () => {
		const { peer } = client();
		time.advance(599_990);
		assert.equal(peer.closed, false);
		time.advance(20);
		assert.equal(peer.closed, true);
		assert.equal(bridge.idleCloses, 1);
	});

	it("when either direction is used then the time begins anew", () => {
		const { peer } = client();
		for (let i = 0; i < 4; i++) {
			time.advance(500_000);
			if (i % 2)
				peer.send("x");
			else
				say("y");
			time.advance(50);
		}
		time.advance(500_000);
		assert.equal(peer.closed, false);
		time.advance(100_000);
		assert.equal(peer.closed, true);
	});

	it("when the limit is 0 then nobody is ever disconnected, and from a limit on it is", () => {
		setUp({ idle: 0 });
		const { peer } = client();
		time.advance(90 * 86_400_000);
		assert.equal(peer.closed, false);
		assert.equal(time.pending, 0);
		bridge.activity();
		bridge.idleLimit = 1_000;
		time.advance(999);
		bridge.idleLimit = 0;
		time.advance(1_000_000);
		assert.equal(peer.closed, false);
		bridge.idleLimit = 1_000;
		time.advance(10);
		assert.equal(peer.closed, true);
		bridge.idleLimit = 2_000;
		assert.equal(time.pending, 0);
		assert.equal(bridge.idleCloses, 1);
	});

	it("when the pod's user stages files for an hour then the console stays", () => {
		const { peer } = client();
		for (let i = 0; i < 60; i++) {
			time.advance(60_000);
			bridge.activity();
		}
		assert.equal(peer.closed, false);
	});

	it("when the camera speaks to a client that takes nothing then that is no activity of its own", () => {
		const { peer } = client();
		peer.window = 0;
		for (let i = 0; i < 70; i++) {
			say("t".repeat(2_000));
			time.advance(10_000);
		}
		assert.equal(bridge.idleCloses, 1);
		assert.equal(bridge.client, undefined);
		assert.equal(peer.text, "");
	});
});

describe("bridge: while fastboot has the port", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));
	const fastboot = { name: "fastboot", onReceive() {}, onWritable() {} };

	it("when the client types then its input waits unread, and goes out when the port is free", () => {
		const { peer } = client();
		const line = uart.claim(fastboot);
		peer.send("typed meanwhile");
		time.advance(1_000);
		assert.equal(heardByCamera(), "");
		assert.equal(peer.unread, 15);
		line.release();
		time.advance(100);
		assert.equal(heardByCamera(), "typed meanwhile");
	});

	it("when the camera speaks then the client sees it", () => {
		const { peer } = client();
		uart.claim(fastboot);
		say("boot output");
		time.advance(100);
		assert.equal(peer.text, "boot output");
	});

	it("when a client connects then it watches, and has the port afterwards", () => {
		const line = uart.claim(fastboot);
		const { peer } = client();
		peer.send("later");
		say("seen");
		time.advance(100);
		assert.equal(peer.text, "seen");
		assert.equal(heardByCamera(), "");
		line.release();
		time.advance(100);
		assert.equal(heardByCamera(), "later");
	});

	it("when the client leaves then fastboot keeps the port", () => {
		const { peer } = client();
		uart.claim(fastboot);
		peer.end();
		time.advance(100);
		assert.equal(bridge.client, undefined);
		assert.equal(uart.owner, "fastboot");
	});
});

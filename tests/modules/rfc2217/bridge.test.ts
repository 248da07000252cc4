/** The bridge's RFC 2217 port as clients see it: bytes in, bytes out, with the serial line in virtual time. */
import { strict as assert } from "node:assert";
import { Bridge, type BridgeLimits } from "uart/bridge";
import { UART } from "uart/uart";
import { VirtualTime } from "../../support/clock";
import { Random } from "../../support/random";
import { Cable, type CableOptions } from "../../support/serial";
import { bytesOf, joined, textOf } from "../../support/strings";
import { Network, type NetworkOptions, type Peer } from "../../support/tcp";

const RAW = 9_000;
const PORT = 9_001;

let time: VirtualTime;
let cable: Cable;
let network: Network;
let uart: UART;
let bridge: Bridge;
let faults: string[];

interface SetUp {
	limits?: Partial<BridgeLimits>;
	cable?: Partial<CableOptions>;
	network?: Partial<NetworkOptions>;
	logSize?: number;
}

function setUp(options: SetUp = {}): void {
	time = new VirtualTime();
	cable = new Cable({ time, ...options.cable });
	cable.far = { baud: 115_200, receive() {} };
	cable.record = true;
	network = new Network({ time, ...options.network });
	faults = [];
	const onFault = (where: string, error: unknown): void => void faults.push(`${where}: ${error}`);
	uart = new UART({ io: cable.io, time, log: { size: options.logSize ?? 65_536 }, onFault });
	bridge = new Bridge({ io: network.Listener, tcp: network.TCP, port: RAW, rfc2217Port: PORT, time, uart, limits: options.limits, onFault });
}

/** "ff fd 2c" as bytes. */
function unhex(text: string): Uint8Array {
	return Uint8Array.from(text.trim().split(/\s+/), byte => parseInt(byte, 16));
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join(" ");
}

/** What came since the last look. */
function take(peer: Peer): string {
	const got = hex(peer.received);
	peer.take();
	return got;
}

/** Binary both ways, echo and no go-ahead: what the pod offers to everybody. */
const OFFERS = "ff fb 00 ff fb 01 ff fb 03 ff fd 00";

function connect(): Peer {
	const peer = network.connect(PORT);
	time.advance(1);
	assert.equal(take(peer), OFFERS);
	return peer;
}

/** A client that has agreed on RFC 2217. */
function client(): Peer {
	const peer = connect();
	assert.equal(ask(peer, "ff fb 2c"), "ff fd 2c ff fa 2c 6b b0 ff f0");
	return peer;
}

/** Sends and returns what is answered in 50 ms. */
function ask(peer: Peer, request: string): string {
	peer.send(unhex(request));
	time.advance(50);
	return take(peer);
}

/** A command and the value of its answer. */
function command(peer: Peer, content: string): string {
	const answer = ask(peer, `ff fa 2c ${content} ff f0`);
	const match = /^ff fa 2c (.*) ff f0$/.exec(answer);
	return match ? match[1]! : answer;
}

function say(text: string): void {
	cable.send(bytesOf(text));
}

function heard(): string {
	return textOf(Uint8Array.from(cable.recorded));
}

const fastboot = { name: "fastboot", onReceive() {}, onWritable() {} };

const NEGOTIATION = "ff fd 01 ff fb 03 ff fd 03 ff fd 2c ff fb 2c";
const SETTINGS = "ff fa 2c 01 00 01 c2 00 ff f0 ff fa 2c 02 08 ff f0 ff fa 2c 03 01 ff f0 ff fa 2c 04 01 ff f0";
const CONTROLS = ["01", "08", "0b"];
const ANSWERS = "ff fa 2c 65 00 01 c2 00 ff f0 ff fa 2c 66 08 ff f0 ff fa 2c 67 01 ff f0 ff fa 2c 68 01 ff f0";

describe("rfc2217: how clients open the port", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(faults, []));

	it("when pyserial opens it then each of its requests is answered as it expects", () => {
		const peer = connect();
		// echo was offered already, and so were both go-aheads: no answer to what agrees with that
		assert.equal(ask(peer, NEGOTIATION), "ff fd 03 ff fb 2c ff fd 2c ff fa 2c 6b b0 ff f0");
		assert.equal(ask(peer, SETTINGS), ANSWERS);
		for (const control of CONTROLS)
			assert.equal(command(peer, `05 ${control}`), `69 ${control}`);
		assert.equal(command(peer, "0c 01"), "70 01");
		assert.equal(command(peer, "0c 02"), "70 02");
		assert.equal(bridge.client!.received, 0);
		assert.equal(heard(), "");
	});

	it("when all of that comes in one segment, split anywhere, or byte by byte then the answers are the same", () => {
		const request = unhex(`${NEGOTIATION} 41 ${SETTINGS} 42 ff ff ff fa 2c 05 01 ff f0 43`);
		const answers = (pieces: Uint8Array[]): string => {
			setUp();
			const peer = connect();
			for (const piece of pieces) {
				peer.send(piece);
				time.advance(5);
			}
			time.advance(50);
			assert.equal(heard(), "AB\xffC");
			return take(peer);
		};
		const whole = answers([request]);
		assert.equal(whole, `ff fd 03 ff fb 2c ff fd 2c ff fa 2c 6b b0 ff f0 ${ANSWERS} ff fa 2c 69 01 ff f0`);
		for (let at = 1; at < request.length; at++)
			assert.equal(answers([request.subarray(0, at), request.subarray(at)]), whole, `split at ${at}`);
		assert.equal(answers(Array.from(request, byte => Uint8Array.of(byte))), whole);
	});

	it("when options are asked for again, or agree with what was offered, then there is no answer", () => {
		const peer = client();
		assert.equal(ask(peer, "ff fb 2c ff fd 00 ff fb 00 ff fd 01 ff fd 03"), "");
		assert.equal(ask(peer, "ff fd 2c"), "ff fb 2c");
		assert.equal(ask(peer, "ff fd 2c ff fb 2c ff fd 00 ff fb 00"), "");
	});

	it("when an option is unknown then it is refused, and not wanting it needs no answer", () => {
		const peer = connect();
		for (const option of ["05", "06", "18", "1f", "20", "22", "27", "2b", "2d", "fe", "ff"]) {
			assert.equal(ask(peer, `ff fd ${option}`), `ff fc ${option}`);
			assert.equal(ask(peer, `ff fb ${option}`), `ff fe ${option}`);
			assert.equal(ask(peer, `ff fc ${option} ff fe ${option}`), "");
		}
		// the peer's echo would be a loop
		assert.equal(ask(peer, "ff fb 01"), "ff fe 01");
	});

	it("when offers are declined then nothing is said, and RFC 2217 works all the same", () => {
		const peer = connect();
		assert.equal(ask(peer, "ff fe 00 ff fe 01 ff fe 03 ff fc 00"), "");
		assert.equal(ask(peer, "ff fb 2c"), "ff fd 2c ff fa 2c 6b b0 ff f0");
		assert.equal(command(peer, "02 08"), "66 08");
		const all = Uint8Array.from({ length: 255 }, (_, i) => i);
		peer.send(all);
		time.advance(100);
		assert.deepEqual(Uint8Array.from(cable.recorded), all);
	});

	it("when RFC 2217 was not agreed on, or was given up, then its commands are ignored", () => {
		const peer = connect();
		assert.equal(command(peer, "01 00 00 25 80"), "");
		assert.equal(ask(peer, "ff fb 2c"), "ff fd 2c ff fa 2c 6b b0 ff f0");
		assert.equal(ask(peer, "ff fc 2c"), "ff fe 2c");
		assert.equal(command(peer, "01 00 00 25 80"), "");
		assert.equal(uart.baud, 115_200);
	});

	it("when a plain client only types then the camera hears it and he sees the camera", () => {
		const peer = connect();
		const line = unhex("68 69 0d 00 0d 0a 0d 0a 0d");
		peer.send(line);
		cable.send(line);
		time.advance(50);
		assert.deepEqual(Uint8Array.from(cable.recorded), line);
		assert.deepEqual(peer.received, line);
	});
});

describe("rfc2217: settings", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(faults, []));

	it("when the rate is set then it is switched when all before has left, answered then, and what follows leaves at the new rate", () => {
		const peer = client();
		const rates: number[] = [];
		cable.far!.receive = bytes => void rates.push(...Array.from(bytes, () => cable.serial!.baud));
		peer.send(joined([new Uint8Array(100).fill(97), unhex("ff fa 2c 01 00 0e 10 00 ff f0"), new Uint8Array(3).fill(98)]));
		time.advance(5);
		assert.equal(take(peer), "");
		time.advance(9);
		assert.equal(take(peer), "ff fa 2c 65 00 0e 10 00 ff f0");
		assert.equal(uart.baud, 921_600);
		time.advance(5);
		assert.deepEqual(rates, [...new Array(100).fill(115_200), ...new Array(3).fill(921_600)]);
		assert.equal(cable.cutShort, false);
	});

	it("when commands follow a change of the rate then they wait for it and all are answered in order", () => {
		const peer = client();
		assert.equal(ask(peer, `ff fa 2c 01 00 00 25 80 ff f0 ${SETTINGS}`), `ff fa 2c 65 00 00 25 80 ff f0 ${ANSWERS}`);
		assert.equal(uart.baud, 115_200);
	});

	it("when the rate is asked for then it is told, and setting it anew changes nothing", () => {
		const peer = client();
		assert.equal(command(peer, "01 00 00 00 00"), "65 00 01 c2 00");
		assert.equal(command(peer, "01 00 01 c2 00"), "65 00 01 c2 00");
		uart.setBaud(921_600, () => {});
		time.advance(50);
		assert.equal(command(peer, "01 00 00 00 00"), "65 00 0e 10 00");
	});

	it("when the rate is none we could have then the answer is the one in force", () => {
		const peer = client();
		for (const rate of ["00 00 00 32", "00 00 04 af", "00 2d c6 c1", "ff ff ff ff ff ff ff ff", "80 00 00 00"])
			assert.equal(command(peer, `01 ${rate}`), "65 00 01 c2 00", rate);
	});

	it("when the hardware refuses the rate then the answer is the one in force", () => {
		setUp({ cable: { refuses: rate => rate === 921_600 } });
		const peer = client();
		assert.equal(command(peer, "01 00 0e 10 00"), "65 00 01 c2 00");
		assert.equal(command(peer, "01 00 00 25 80"), "65 00 00 25 80");
	});

	it("when a rate has 0xFF in it then it is read and answered with both doubled", () => {
		const peer = client();
		// 65,535 baud
		assert.equal(command(peer, "01 00 00 ff ff ff ff"), "65 00 00 ff ff ff ff");
		assert.equal(uart.baud, 65_535);
	});

	it("when somebody else is changing the rate then ours comes after it", () => {
		const peer = client();
		peer.send(new Uint8Array(200).fill(97));
		time.advance(1);
		uart.setBaud(9_600, () => {});
		peer.send(unhex("ff fa 2c 01 00 00 e1 00 ff f0"));
		time.advance(5);
		assert.equal(take(peer), "");
		time.advance(100);
		assert.equal(take(peer), "ff fa 2c 65 00 00 e1 00 ff f0");
		assert.equal(uart.baud, 57_600);
		assert.equal(heard(), "a".repeat(200));
	});

	it("when anything but 8N1 is asked for then the answer is 8N1", () => {
		const peer = client();
		for (const [code, answer] of [["02", "66 08"], ["03", "67 01"], ["04", "68 01"]]) {
			for (const value of ["00", "01", "02", "03", "05", "07", "08", "fe"])
				assert.equal(command(peer, `${code} ${value}`), answer);
		}
	});

	it("when the client leaves then the rate is 115200 again", () => {
		const peer = client();
		command(peer, "01 00 0e 10 00");
		assert.equal(uart.baud, 921_600);
		peer.end();
		time.advance(50);
		assert.equal(uart.baud, 115_200);
	});
});

describe("rfc2217: controls, breaks and the rest", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(faults, []));

	it("when flow control of any kind is asked for or about then there is none", () => {
		const peer = client();
		for (const value of ["00", "01", "02", "03", "11", "13"])
			assert.equal(command(peer, `05 ${value}`), "69 01", value);
		for (const value of ["0d", "0e", "0f", "10", "12"])
			assert.equal(command(peer, `05 ${value}`), "69 0e", value);
	});

	it("when DTR and RTS are set then they are remembered", () => {
		const peer = client();
		for (const [query, on, off] of [["07", "08", "09"], ["0a", "0b", "0c"]]) {
			assert.equal(command(peer, `05 ${query}`), `69 ${on}`);
			for (const value of [off, on, off, off]) {
				assert.equal(command(peer, `05 ${value}`), `69 ${value}`);
				assert.equal(command(peer, `05 ${query}`), `69 ${value}`);
			}
		}
	});

	it("when a break is begun and ended then it is sent with that length, after what was written before", () => {
		const peer = client();
		assert.equal(command(peer, "05 04"), "69 06");
		assert.equal(command(peer, "05 05"), "69 05");
		assert.equal(command(peer, "05 04"), "69 05");
		time.advance(150);
		assert.deepEqual(cable.breaks, []);
		assert.equal(command(peer, "05 06"), "69 06");
		assert.deepEqual(cable.breaks, [250]);
		assert.equal(command(peer, "05 04"), "69 06");
	});

	it("when it is begun twice then the first counts, when it is ended twice or without begin then nothing more is sent", () => {
		const peer = client();
		assert.equal(command(peer, "05 06"), "69 06");
		command(peer, "05 05");
		command(peer, "05 05");
		command(peer, "05 06");
		command(peer, "05 06");
		assert.deepEqual(cable.breaks, [100]);
	});

	it("when it is as short as nothing or longer than a second then it is 1 ms or 1 s", () => {
		const peer = client();
		ask(peer, "ff fa 2c 05 05 ff f0 ff fa 2c 05 06 ff f0");
		command(peer, "05 05");
		time.advance(60_000);
		command(peer, "05 06");
		assert.deepEqual(cable.breaks, [1, 1_000]);
	});

	it("when telnet's own break comes then it is a break of 250 ms, and one during another is none", () => {
		const peer = connect();
		assert.equal(ask(peer, "ff f3"), "");
		assert.equal(ask(peer, "ff f3"), "");
		assert.deepEqual(cable.breaks, [250]);
		time.advance(250);
		ask(peer, "ff f3");
		assert.deepEqual(cable.breaks, [250, 250]);
	});

	it("when a client leaves with a break begun then none is sent", () => {
		const peer = client();
		command(peer, "05 05");
		peer.end();
		time.advance(1_000);
		assert.deepEqual(cable.breaks, []);
	});

	it("when other telnet commands come then they are ignored", () => {
		const peer = connect();
		assert.equal(ask(peer, "ff f1 ff f2 ff f4 ff f5 ff f6 ff f7 ff f8 ff f9 ff ef ff 00"), "");
		assert.equal(heard(), "");
	});

	it("when the receive side is purged then output that waits is forgotten, and later output comes", () => {
		const peer = client();
		for (const kind of ["01", "03"]) {
			say("old");
			time.advance(5);
			peer.send(unhex(`ff fa 2c 0c ${kind} ff f0`));
			time.advance(50);
			assert.equal(take(peer), `ff fa 2c 70 ${kind} ff f0`);
			say("new");
			time.advance(50);
			assert.equal(peer.take(), "new");
		}
	});

	it("when the send side is purged then what the driver still has is forgotten, and later input goes out", () => {
		const peer = client();
		for (const kind of ["02", "03"]) {
			cable.recorded = [];
			peer.send(new Uint8Array(1_000).fill(97));
			time.advance(10);
			assert.equal(command(peer, `0c ${kind}`), `70 ${kind}`);
			peer.send("z");
			time.advance(200);
			assert.match(heard(), /^a{100,200}z$/);
		}
	});

	it("when the queue is full and is purged then input goes on", () => {
		setUp({ cable: { transmitQueue: 256 } });
		const peer = client();
		peer.send(new Uint8Array(256).fill(97));
		time.advance(1);
		command(peer, "0c 02");
		peer.send("on and on");
		time.advance(200);
		assert.match(heard(), /on and on$/);
	});

	it("when nothing in particular is purged then there is no answer", () => {
		const peer = client();
		assert.equal(command(peer, "0c 00"), "");
		assert.equal(command(peer, "0c 04"), "");
	});

	it("when the client suspends output then it waits in the log until he resumes", () => {
		const peer = client();
		assert.equal(command(peer, "08"), "");
		say("waiting");
		time.advance(10_000);
		assert.equal(take(peer), "");
		assert.equal(command(peer, "02 08"), "66 08");
		peer.send(unhex("ff fa 2c 09 ff f0"));
		time.advance(50);
		assert.equal(peer.take(), "waiting");
		say("flowing");
		time.advance(50);
		assert.equal(peer.take(), "flowing");
	});

	it("when the modem's state is asked for then a three-wire cable's is told", () => {
		const peer = client();
		assert.equal(command(peer, "07"), "6b b0");
	});

	it("when masks are set then they are confirmed", () => {
		const peer = client();
		for (const mask of ["00", "01", "fe"]) {
			assert.equal(command(peer, `0a ${mask}`), `6e ${mask}`);
			assert.equal(command(peer, `0b ${mask}`), `6f ${mask}`);
		}
		assert.equal(command(peer, "0a ff ff"), "6e ff ff");
	});

	it("when bytes were lost then who asked to be told is told once, and who only asks hears of it", () => {
		setUp({ cable: { receiveBuffer: 16, grain: 64 } });
		const peer = client();
		const lose = (): void => {
			const { overruns } = uart.counters;
			cable.send(new Uint8Array(64).fill(0x78));
			time.advance(100);
			assert.ok(uart.counters.overruns > overruns);
		};
		lose();
		peer.take();
		assert.equal(command(peer, "06"), "6a 02");
		assert.equal(command(peer, "06"), "6a 00");
		command(peer, "0a 02");
		lose();
		assert.match(take(peer), /^(78 )+ff fa 2c 6a 02 ff f0$/);
		say("more");
		time.advance(50);
		assert.equal(peer.take(), "more");
	});

	it("when the signature is asked for then it is text, and a client's own needs no answer", () => {
		const peer = client();
		assert.equal(command(peer, "00"), `64 ${hex(bytesOf("rackpod"))}`);
		assert.equal(command(peer, "00 61 62 63"), "");
	});

	it("when a command has no value, a short one, an unknown code, or is another option's then there is no answer", () => {
		const peer = client();
		for (const content of ["01", "01 00", "01 00 01 c2", "01 00 01 c2 00 00", "02", "03", "04", "05", "0a", "0b", "0c", "0d", "63", "65", "fe", "05 14", "05 fe"])
			assert.equal(command(peer, content), "", content);
		assert.equal(ask(peer, "ff fa 2c ff f0 ff fa ff f0 ff fa 18 01 ff f0 ff fa 00 01 08 ff f0"), "");
		assert.equal(command(peer, "02 08"), "66 08");
		assert.equal(uart.baud, 115_200);
	});
});

describe("rfc2217: data", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(faults, []));

	/** Bytes of all values, with many 0xFFs, alone and in runs. */
	function mixture(length: number, seed: number): Uint8Array {
		const random = new Random(seed);
		return Uint8Array.from({ length }, () => random.below(3) ? random.below(256) : 0xff);
	}

	function quoted(bytes: Uint8Array): Uint8Array {
		const list: number[] = [];
		for (const byte of bytes) {
			list.push(byte);
			if (byte === 0xff)
				list.push(byte);
		}
		return Uint8Array.from(list);
	}

	it("when bytes of all values with many 0xFFs go both ways, in segments of any size, then they arrive as they were", () => {
		for (const [sendBuffer, most] of [[5_744, 5_000], [64, 3], [17, 1]] as const) {
			const random = new Random(most);
			setUp({ cable: { grain: 64 }, network: { sendBuffer, segment: left => Math.min(left, 1 + random.below(most)) } });
			const peer = client();
			const sent = mixture(6_000, 1);
			const said = mixture(6_000, 2);
			peer.send(quoted(sent));
			cable.send(said);
			time.advance(5_000);
			assert.deepEqual(Uint8Array.from(cable.recorded), sent);
			assert.deepEqual(peer.received, quoted(said));
			assert.deepEqual([bridge.client!.received, bridge.client!.sent], [sent.length, said.length]);
		}
	});

	it("when 64 KB of nothing but 0xFF are sent at once then TCP holds the client back and all arrive", () => {
		setUp({ cable: { transmitQueue: 128, grain: 64 } });
		const peer = client();
		peer.send(new Uint8Array(131_072).fill(0xff));
		time.advance(1_000);
		assert.ok(peer.unread > 131_072 - 2 * 11_600 - 2_048, `${peer.unread} unread after a second`);
		time.advance(5_000);
		assert.equal(cable.recorded.length, 65_536);
		assert.ok(cable.recorded.every(byte => byte === 0xff));
	});

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

	it("when output waits for a client who takes nothing then it is kept as on the raw port, and commands of his are held", () => {
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

	it("when noise comes then the pod lives, and the next client is served", () => {
		const random = new Random(9);
		for (let round = 0; round < 50; round++) {
			const peer = network.connect(PORT);
			time.advance(1);
			peer.send(Uint8Array.from({ length: 3_000 }, () => random.below(2) ? 240 + random.below(16) : random.pick([44, 1, 5, 12, 0, random.below(256)])));
			time.advance(1_000);
			if (round % 2)
				peer.abort();
			time.advance(10);
		}
		const peer = client();
		assert.equal(command(peer, "01 00 01 c2 00"), "65 00 01 c2 00");
		say("alive");
		time.advance(50);
		assert.equal(peer.take(), "alive");
	});
});

describe("rfc2217: one console over both ports", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(faults, []));

	it("when clients come by either port then the newest takes over, and the one before is really closed", () => {
		const peers = [RAW, PORT, PORT, RAW, PORT].map(port => {
			const peer = network.connect(port);
			time.advance(10);
			peer.take();
			return peer;
		});
		assert.deepEqual(peers.map(peer => peer.closed), [true, true, true, true, false]);
		assert.deepEqual([bridge.connections, bridge.takeovers, network.sockets.size], [5, 4, 1]);
		say("mine");
		time.advance(50);
		assert.deepEqual(peers.map(peer => peer.text), ["", "", "", "", "mine"]);
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
		bridge = new Bridge({ io: network.Listener, tcp: network.TCP, port: RAW, time, uart, onFault: (where, error) => void faults.push(`${where}: ${error}`) });
		assert.equal(bridge.rfc2217Port, undefined);
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

	it("when there is no memory for a client then the next one is served", () => {
		network.broken = true;
		network.connect(PORT);
		time.advance(10);
		assert.equal(faults.length, 1);
		assert.match(faults.pop()!, /no memory/);
		network.broken = false;
		client();
	});
});

describe("rfc2217: while fastboot has the port", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(faults, []));

	it("when a client opens it then his requests are answered, and he sees the output", () => {
		uart.claim(fastboot);
		const peer = connect();
		assert.equal(ask(peer, `${NEGOTIATION} ${SETTINGS}`), `ff fd 03 ff fb 2c ff fd 2c ff fa 2c 6b b0 ff f0 ${ANSWERS}`);
		assert.equal(command(peer, "0c 03"), "70 03");
		say("boot output");
		time.advance(50);
		assert.equal(peer.take(), "boot output");
	});

	it("when he types then it waits, and goes out when the port is free; so do commands behind it", () => {
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

	it("when he sends a lot then TCP holds him back and nothing is lost", () => {
		const line = uart.claim(fastboot);
		const peer = client();
		peer.send(new Uint8Array(10_000).fill(97));
		time.advance(1_000);
		assert.ok(peer.unread >= 10_000 - 1_024);
		line.release();
		time.advance(2_000);
		assert.equal(heard(), "a".repeat(10_000));
	});

	it("when he wants another rate, a break or a purge then fastboot is not disturbed, and he is told what is in force", () => {
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

	it("when he leaves with input that waits then it still goes out afterwards", () => {
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

	it("when he leaves with input that waits and another comes then the other has the console at once", () => {
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

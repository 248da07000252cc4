import { strict as assert } from "node:assert";
import { bytesOf, joined } from "../../support/strings";
import { ANSWERS, SETTINGS, ask, bridge, cable, client, command, connect, defects, heard, hex, say, setUp, take, time, uart, unhex } from "./support";

describe("rfc2217: settings", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when the rate is set then it is switched when all before has left, answered then, and what follows leaves at the new rate", () => {
		const peer = client();
		const rates: number[] = [];
		cable.far!.receive = bytes => void rates.push(...Array.from(bytes, () => cable.serial!.baud));
		// the camera changes its rate with the pod
		cable.onBaud = rate => void (cable.far!.baud = rate);
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

describe("rfc2217: controls and the rest", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

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

	it("when other telnet commands come then they are ignored", () => {
		const peer = connect();
		assert.equal(ask(peer, "ff f1 ff f2 ff f5 ff f6 ff f7 ff f8 ff f9 ff ef ff 00"), "");
		assert.equal(heard(), "");
	});

	it("when a client interrupts with a Synch, as for its user's Ctrl-C, then the camera gets a Ctrl-C in its place and all that follows", () => {
		const peer = connect();
		// "interrupt process", data mark, and the question when the rest was passed over (RFC 860): we don't, it must not wait for it
		assert.equal(ask(peer, "61 ff f4 ff f2 ff fd 06 62"), "ff fc 06");
		assert.equal(heard(), "a\x03b");
	});

	it("when hundreds of commands come at once then others get their turn between them", () => {
		const peer = connect();
		let received = -1;
		peer.send(joined([unhex("ff f1 ".repeat(500)), bytesOf("x")]));
		time.after(0, () => received = bridge.client!.received);
		time.advance(0);
		assert.deepEqual([received, bridge.client!.received], [0, 1]);
	});

	it("when a client tells the name of its terminal and its environment then that is ignored", () => {
		const peer = client();
		assert.equal(ask(peer, "ff fa 18 00 5f 5f 70 72 6f 74 6f 5f 5f ff f0 ff fa 27 00 00 50 53 31 01 1b 5b 32 4a ff f0 61"), "");
		assert.equal(heard(), "a");
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

	it("when the client suspends output then it waits in the log until the client resumes", () => {
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

/** Line ends where a client doesn't take, or doesn't send, binary data (RFC 854, 856). */
import { strict as assert } from "node:assert";
import { quoteText } from "rfc2217/telnet";
import { textOf } from "../../support/strings";
import { bytes, events, IAC } from "./stream";
import { PORT, ask, cable, defects, heard, network, refusing, say, setUp, take, time, unhex } from "./support";

/** One byte per character. */
function latin1(text: string): Uint8Array {
	return Uint8Array.from(text, character => character.charCodeAt(0));
}

describe("telnet: a client's text", () => {
	it("when a line ends in CR LF or CR NUL then it ends in CR, and nothing else is touched", () => {
		const read = (...values: number[]): string => events([bytes(...values)], 1_000, false).join();
		assert.equal(read(65, 13, 10, 66, 13, 0, 67), "data 65 13 66 13 67");
		assert.equal(read(10, 0, 13, 13, 10, 10, 13, 0, 0), "data 10 0 13 13 10 13 0");
		assert.equal(read(13, 65, 10, 13, IAC, IAC, 10), "data 13 65 10 13 255 10");
	});

	it("when commands stand within a line's end then it is one all the same", () => {
		assert.deepEqual(events([bytes(13, IAC, 241, 10, 65)], 1_000, false), ["data 13", "command 241", "data 65"]);
		assert.deepEqual(events([bytes(13, IAC, 250, 24, 10, IAC, 240, 0, 65)], 1_000, false), ["data 13", "subnegotiation 24 10", "data 65"]);
	});

	it("when no data is taken then the second half of a line's end is, and nothing behind it", () => {
		assert.deepEqual(events([bytes(65, 13), bytes(10), bytes(66)], 1, false), ["data 65 13 66"]);
	});
});

describe("telnet: text for a client", () => {
	function written(pieces: string[]): string {
		let text = "";
		let returned = false;
		for (const piece of pieces) {
			const into = new Uint8Array(piece.length * 2 + 1);
			text += textOf(into.subarray(0, quoteText(latin1(piece), into, returned)));
			returned = piece.endsWith("\r");
		}
		return text;
	}

	it("when a CR is followed by anything but LF then a NUL comes between, however it is split", () => {
		const said = "a\r\nb\rc\r\r\n\r\xff\xff\r\0\n\r";
		const expected = "a\r\nb\r\0c\r\0\r\n\r\0\xff\xff\xff\xff\r\0\0\n\r";
		for (let a = 1; a < said.length; a++) {
			for (let b = a + 1; b < said.length; b++)
				assert.equal(written([said.slice(0, a), said.slice(a, b), said.slice(b)]), expected, `split at ${a} and ${b}`);
		}
		assert.equal(written([said]), expected);
	});

	it("when all is CR or 0xFF then the room that is asked for is enough", () => {
		assert.equal(written(["\r", "\xff\xff\xff"]), "\r\0" + "\xff".repeat(6));
		assert.equal(written(["\r", "\r\r\r"]), "\r\0\r\0\r\0\r");
	});
});

describe("rfc2217: a client that refuses binary data", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when it ends its lines in CR LF or CR NUL then the camera gets each line once", () => {
		for (const end of ["\r\n", "\r\0"]) {
			setUp();
			const peer = refusing();
			peer.send(latin1(`sf erase 0 10000${end}${end}md 0${end}`));
			time.advance(50);
			assert.equal(heard(), "sf erase 0 10000\r\rmd 0\r");
		}
	});

	it("when each byte comes alone, or a line's end is split, then the camera gets the same", () => {
		const text = "one\r\ntwo\r\0\r\n\xff\xff\r\n";
		for (let at = 0; at <= text.length; at++) {
			setUp();
			const peer = refusing();
			for (const piece of at === text.length ? Array.from(text) : [text.slice(0, at), text.slice(at)]) {
				peer.send(latin1(piece));
				time.advance(5);
			}
			time.advance(50);
			assert.equal(heard(), "one\rtwo\r\r\xff\r", `split at ${at}`);
		}
	});

	it("when the line has room for one byte at a time then the camera gets the same", () => {
		setUp({ cable: { transmitQueue: 1, grain: 1 } });
		const peer = refusing();
		peer.send(latin1("one\r\ntwo\r\0three"));
		time.advance(100);
		assert.equal(heard(), "one\rtwo\rthree");
	});

	it("when it says WILL BINARY, and later WONT, then its line ends are what they are between the two", () => {
		const peer = refusing();
		peer.send(unhex("61 0d 0a ff fb 00 62 0d 0a 0d 00 ff fc 00 63 0d 0a"));
		time.advance(50);
		assert.equal(heard(), "a\rb\r\n\r\0c\r");
		assert.equal(take(peer), "ff fd 00 ff fe 00");
	});

	it("when it agrees in the middle of a line's end then what follows is binary", () => {
		const peer = refusing();
		peer.send(unhex("0d ff fb 00 0a"));
		time.advance(50);
		assert.equal(heard(), "\r\n");
	});

	it("when the camera sends a CR without LF then a NUL follows it, at the latest with the next output", () => {
		const peer = refusing();
		say("10 %\r20 %\r\n");
		time.advance(50);
		assert.equal(peer.take(), "10 %\r\x0020 %\r\n");
		say("\r");
		time.advance(50);
		say("\n\r");
		time.advance(50);
		say("x");
		time.advance(50);
		assert.equal(peer.take(), "\r\n\r\0x");
	});

	it("when it takes binary output in the end then CRs come as they are", () => {
		const peer = refusing();
		assert.equal(ask(peer, "ff fd 00"), "ff fb 00");
		say("\rx");
		time.advance(50);
		assert.equal(peer.take(), "\rx");
	});

	it("when it has not yet said whether it takes binary then output waits for the answer, half a second at most", () => {
		const binary = network.connect(PORT);
		time.advance(10);
		say("a\rb");
		time.advance(300);
		take(binary);
		assert.equal(ask(binary, "ff fd 00"), "61 0d 62");
		setUp();
		const silent = network.connect(PORT);
		time.advance(10);
		say("a\rb");
		time.advance(400);
		silent.take();
		time.advance(100);
		assert.equal(silent.take(), "a\r\0b");
	});

	it("when the socket takes a few bytes at a time then text comes whole", () => {
		for (const sendBuffer of [14, 15, 17, 23]) {
			setUp({ network: { sendBuffer } });
			const peer = refusing();
			cable.send(latin1("\r\xff".repeat(500)));
			time.advance(2_000);
			assert.equal(peer.text, "\r\0\xff\xff".repeat(500), String(sendBuffer));
		}
	});
});

/** The camera's output as a live body, in virtual time: what a slow reader gets, and how seldom many readers are told. */
import { strict as assert } from "node:assert";
import { LogStream } from "log-stream";
import { UART } from "uart/uart";
import { lab, request, type Lab } from "../modules/http/support.ts";
import { Cable } from "../support/serial.ts";
import type { Peer } from "../support/tcp.ts";

const RING = 16_384;

interface Bench extends Lab {
	uart: UART;
	say(text: string): void;
	read(from?: string): Peer;
	/** Each body's end. */
	ends: string[];
}

function bench(): Bench {
	const world = lab();
	const cable = new Cable({ time: world.time, grain: 1_000 });
	cable.far = { baud: 115_200, receive() {} };
	const uart = new UART({ io: cable.io, time: world.time, log: { size: RING }, onDefect: (where, error) => world.reports.push(`${where}: ${error}`) });
	const ends: string[] = [];
	world.handler = exchange => {
		const stream = new LogStream(uart, uart.log.end);
		const { ended } = stream;
		stream.ended = reason => {
			ends.push(reason);
			ended.call(stream, reason);
		};
		exchange.respond(200, stream);
	};
	const read = (from = "10.0.0.1"): Peer => {
		const peer = world.network.connect(80, from);
		peer.send(request("GET /uart/stream HTTP/1.1"));
		world.time.advance(0);
		return peer;
	};
	return Object.assign(world, { uart, ends, read, say: (text: string) => cable.send(Array.from(text, character => character.charCodeAt(0))) });
}

function body(peer: Peer): string {
	return peer.text.slice(peer.text.indexOf("\r\n\r\n") + 4).replace(/([0-9a-f]+)\r\n([^]*?)\r\n(?=[0-9a-f]|$)/g, "$2");
}

describe("the camera's output as a live body", () => {
	it("when it speaks all the time then readers are told fifty times a second at most, all together, and get it all", () => {
		const world = bench();
		const readers = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(world.read);
		let writes = 0;
		const { write } = Object.getPrototypeOf(Object.getPrototypeOf((world.server as any).places.live[0].socket));
		for (const live of (world.server as any).places.live)
			live.socket.write = function (bytes: Uint8Array) {
				writes++;
				write.call(this, bytes);
			};
		world.say("x".repeat(11_520));
		world.time.advance(1_100);
		assert.ok(writes <= 3 * 55, `${writes} chunks in a second`);
		assert.deepEqual(readers.map(reader => body(reader).length), [11_520, 11_520, 11_520]);
	});

	it("when nobody reads along then nothing is timed", () => {
		const world = bench();
		world.read().end();
		world.time.advance(0);
		world.say("x");
		world.time.advance(1);
		assert.deepEqual(world.ends, ["client gone"]);
		assert.equal((world.uart.followers as unknown as { alarm: unknown }).alarm, undefined);
	});

	it("when a reader takes nothing while the camera says more than the ring holds then it is cut off where the ring has overtaken it, with no gap before", () => {
		const world = bench();
		const slow = world.read();
		const quick = world.read();
		slow.window = 0;
		const text = Array.from({ length: 40_000 }, (_, index) => String.fromCharCode(97 + index % 23)).join("");
		world.say(text);
		world.time.advance(5_000);
		slow.open();
		world.time.advance(0);
		assert.deepEqual([world.ends, slow.closed, world.reports], [["log_overwritten"], true, []]);
		assert.ok(text.startsWith(body(slow)) && body(slow).length > 1_000, `${body(slow).length}`);
		assert.ok(!slow.text.endsWith("\r\n0\r\n\r\n"));
		assert.equal(body(quick), text);
	});
});

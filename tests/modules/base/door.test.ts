/** What the servers do with newcomers when a door is shut, or room in memory is scarce. */
import { strict as assert } from "node:assert";
import type { Door } from "base/door";
import { Bridge } from "console/bridge";
import { RAW } from "console/raw";
import { UART } from "uart/uart";
import { VirtualTime } from "../../support/clock.ts";
import { Cable } from "../../support/serial.ts";
import { Network } from "../../support/tcp.ts";
import { Probe, requestOf } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, SERVER } from "../../support/tftp-lab.ts";
import { RecordingSink, lab } from "../http/support.ts";

class TestDoor implements Door {
	open = true;
	room = true;
	asked: (string | undefined)[] = [];

	admits(localAddress: string | undefined): boolean {
		this.asked.push(localAddress);
		return this.open;
	}

	hasRoom(): boolean {
		return this.room;
	}
}

const GET = "GET / HTTP/1.1\r\nHost: pod\r\n\r\n";

describe("the doors of servers", () => {
	it("when HTTP's door is shut then a client is disconnected without a word, and the door was asked for the pod's own address", () => {
		const door = new TestDoor();
		const world = lab({ door });
		door.open = false;
		const peer = world.connect();
		peer.send(GET);
		world.time.advance(10);
		assert.deepEqual([peer.closed, peer.text, world.server.connections], [true, "", 0]);
		assert.equal(door.asked.length, 1);
		assert.notEqual(door.asked[0], undefined);
	});

	it("when there is no room then HTTP lets two in and tells the others so, until there is room again", () => {
		const door = new TestDoor();
		const world = lab({ door });
		door.room = false;
		world.handler = () => {};
		const first = [world.connect(), world.connect()];
		for (const peer of first)
			peer.send(GET);
		world.time.advance(0);
		assert.equal(world.exchanges.length, 2);
		assert.match(world.ask(GET), /^HTTP\/1\.1 503 [^]*no_room$/);
		assert.equal(world.exchanges.length, 2);
		door.room = true;
		world.ask(GET);
		assert.equal(world.exchanges.length, 3);
	});

	it("when there is no room and uploads go on then short requests are let in beside them", () => {
		const door = new TestDoor();
		const world = lab({ door });
		world.handler = exchange => exchange.method === "PUT" ? exchange.receive(new RecordingSink(() => {})) : exchange.respond(200, "");
		const uploads = [1, 2, 3].map(() => {
			const peer = world.connect();
			peer.send("PUT / HTTP/1.1\r\nHost: pod\r\nContent-Length: 90000\r\n\r\n");
			return peer;
		});
		world.time.advance(0);
		door.room = false;
		assert.match(world.ask(GET), /^HTTP\/1\.1 200 /);
		assert.equal(uploads.some(peer => peer.closed), false);
	});

	it("when there is no room then a newcomer gets the place of who says nothing any more", () => {
		const door = new TestDoor();
		const world = lab({ door });
		world.handler = exchange => exchange.respond(200, "");
		const peers = [1, 2, 3].map(() => {
			const peer = world.connect();
			peer.send(GET);
			world.time.advance(10);
			return peer;
		});
		door.room = false;
		assert.match(world.ask(GET), /^HTTP\/1\.1 200 /);
		assert.deepEqual(peers.map(peer => peer.closed), [true, false, false]);
	});

	it("when HTTP is to give room back then the newest upload goes first, but nobody whose request is essential", () => {
		const world = lab();
		world.handler = exchange => {
			exchange.essential = exchange.path === "/firmware";
			exchange.receive(new RecordingSink(() => {}));
		};
		const peers = ["/a", "/b", "/firmware"].map(path => {
			const peer = world.connect();
			peer.send(`PUT ${path} HTTP/1.1\r\nHost: pod\r\nContent-Length: 90000\r\n\r\n`);
			world.time.advance(0);
			return peer;
		});
		peers.push(world.connect());
		world.time.advance(0);
		assert.deepEqual([world.server.shed(), world.server.shed(), world.server.shed()], [true, true, false]);
		world.time.advance(0);
		assert.deepEqual(peers.map(peer => peer.closed), [true, true, false, false]);
	});

	it("when HTTP is to give room back then the newest connections go, but never the first two", () => {
		const world = lab();
		world.handler = () => {};
		const peers = [1, 2, 3, 4].map(() => {
			const peer = world.connect();
			peer.send(GET);
			world.time.advance(0);
			return peer;
		});
		assert.equal(world.server.shed(), true);
		world.time.advance(0);
		assert.deepEqual(peers.map(peer => peer.closed), [false, false, false, true]);
		assert.equal(world.server.shed(), true);
		assert.equal(world.server.shed(), false);
		world.time.advance(0);
		assert.deepEqual(peers.map(peer => peer.closed), [false, false, true, true]);
		assert.deepEqual(world.reports, []);
	});

	it("when there is no room then TFTP refuses new transfers with error 2, and goes on with those under way", () => {
		const world = new Lab();
		world.file("f", 100_000);
		const one = new Probe(world.network.at(CAMERA), 2000);
		const two = new Probe(world.network.at(CAMERA), 2001);
		one.udp.write(requestOf(1, "f", "octet"), SERVER, 69);
		world.time.advance(0);
		world.room = false;
		two.udp.write(requestOf(1, "f", "octet"), SERVER, 69);
		world.time.advance(0);
		assert.deepEqual(two.received.map(packet => [...new Uint8Array(packet).subarray(0, 4)]), [[0, 5, 0, 2]]);
		assert.equal(world.server.transfers().length, 1);
		assert.equal(world.server.shed("the pod is out of memory"), true);
		world.time.advance(0);
		assert.equal(world.server.transfers().length, 0);
		assert.equal(world.server.shed("the pod is out of memory"), false);
	});

	it("when the console's door is shut then a client is disconnected without a word; without room it is told, and who has the line keeps it", () => {
		const time = new VirtualTime();
		const network = new Network({ time });
		const door = new TestDoor();
		const defects: string[] = [];
		const onDefect = (where: string, error: unknown): void => void defects.push(`${where}: ${error}`);
		const uart = new UART({ io: new Cable({ time }).io, time, onDefect });
		const bridge = new Bridge({ io: network.Listener, tcp: network.TCP, ports: [{ port: 9_000, protocol: RAW }], time, uart, door, onDefect });
		const first = network.connect(9_000);
		time.advance(10);
		door.room = false;
		const second = network.connect(9_000);
		time.advance(2_000);
		assert.match(second.take(), /^rackpod: the pod's own memory is nearly full; /);
		assert.deepEqual([first.closed, second.closed], [false, true]);
		door.open = false;
		const third = network.connect(9_000);
		time.advance(2_000);
		assert.deepEqual([third.closed, third.take(), first.closed, defects], [true, "", false, []]);
		door.open = door.room = true;
		const fourth = network.connect(9_000);
		time.advance(10);
		assert.equal(bridge.shed(), true);
		time.advance(10);
		assert.deepEqual([first.closed, fourth.closed], [false, true]);
		assert.deepEqual([bridge.shed(), bridge.shed(), bridge.client], [true, false, undefined]);
		bridge.close();
	});
});

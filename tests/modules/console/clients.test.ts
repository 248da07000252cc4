import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import type { Network } from "../../support/tcp";
import { bridge, cable, client, defects, heardByCamera, keepOut, network, say, setUp, time, uart } from "./support";

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
		setUp({ limits: { idle: 10_000 } });
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
			assert.match(peer.text, /^rackpod: too many connections to the console at once; GET \/uart\/log\?since=0 reads along without one, as rackpod log -f does\r\n$/);
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
		keepOut(new Refusal<"restarting">("restarting", "the pod restarts"));
		const late = network.connect(9_000);
		time.advance(10);
		assert.deepEqual([late.closed, late.text, bridge.refusals, bridge.newcomers], [true, "rackpod: the pod restarts\r\n", 1, 0]);
		peer.send("still mine");
		time.advance(50);
		assert.equal(heardByCamera(), "still mine");
		keepOut(undefined);
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
		defects.splice(0);
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

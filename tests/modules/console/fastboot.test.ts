import { strict as assert } from "node:assert";
import { bridge, client, defects, heardByCamera, say, setUp, time, uart } from "./support";

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

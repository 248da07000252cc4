import { strict as assert } from "node:assert";
import { bridge, client, defects, say, setUp, time } from "./support";

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

	it("when the client was used 1 ms after the clock began then it has 600 s from there", () => {
		const { peer } = client();
		time.advance(1);
		bridge.activity();
		time.advance(599_999);
		assert.equal(peer.closed, false);
		time.advance(1);
		assert.equal(peer.closed, true);
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
		setUp({ limits: { idle: 0 } });
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

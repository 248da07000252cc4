import { strict as assert } from "node:assert";
import { bridge, cable, client, defects, heardByCamera, setUp, time } from "./support";

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
			setUp({ cable: { transmitQueue, grain: 64 } });
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
		setUp({ cable: { transmitQueue: 64 } });
		const { peer } = client();
		peer.send("q".repeat(1_000));
		time.advance(500);
		assert.equal(cable.recorded.length, 1_000);
	});

	it("when the client leaves with input under way then the camera gets all of it", () => {
		setUp({ cable: { transmitQueue: 64 } });
		const { peer } = client();
		peer.send("r".repeat(1_000));
		peer.end();
		time.advance(500);
		assert.equal(cable.recorded.length, 1_000);
		assert.equal(bridge.client, undefined);
	});
});

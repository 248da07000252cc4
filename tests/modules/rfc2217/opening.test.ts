import { strict as assert } from "node:assert";
import { ANSWERS, CONTROLS, NEGOTIATION, SETTINGS, ask, bridge, cable, client, command, connect, defects, heard, refusing, setUp, time, uart, unhex } from "./support";

describe("rfc2217: how clients open the port", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

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
		const peer = refusing();
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

	it("when a client takes binary both ways then no line end is touched", () => {
		const peer = connect();
		const line = unhex("68 69 0d 00 0d 0a 0d 0a 0d");
		peer.send(line);
		cable.send(line);
		time.advance(50);
		assert.deepEqual(Uint8Array.from(cable.recorded), line);
		assert.deepEqual(peer.received, line);
	});
});

import { strict as assert } from "node:assert";
import { ask, bridge, cable, client, command, connect, defects, heard, network, setUp, take, time, uart, unhex } from "./support";

describe("rfc2217: breaks", () => {
	beforeEach(() => setUp());
	afterEach(() => assert.deepEqual(defects, []));

	it("when a break is begun and ended then it is sent with that length, after what was written before", () => {
		const peer = client();
		assert.equal(command(peer, "05 04"), "69 06");
		assert.equal(command(peer, "05 05"), "69 05");
		assert.equal(command(peer, "05 04"), "69 05");
		time.advance(150);
		assert.deepEqual(cable.breaks, []);
		assert.equal(command(peer, "05 06"), "");
		assert.deepEqual(cable.breaks, [250]);
		time.advance(199);
		assert.equal(take(peer), "");
		time.advance(50);
		assert.equal(take(peer), "ff fa 2c 69 06 ff f0");
		assert.equal(command(peer, "05 04"), "69 06");
	});

	it("when breaks and data follow one another at once then each waits for the one before", () => {
		const peer = client();
		const begin = "ff fa 2c 05 05 ff f0";
		const end = "ff fa 2c 05 06 ff f0";
		ask(peer, begin);
		peer.send(unhex(`61 ${end} 62 ff f3 63 ${begin} ${end} 64`));
		time.advance(40);
		assert.deepEqual([heard(), cable.breaks], ["a", [50]]);
		time.advance(200);
		assert.deepEqual([heard(), cable.breaks], ["ab", [50, 250]]);
		time.advance(400);
		assert.deepEqual([heard(), cable.breaks], ["abcd", [50, 250, 1]]);
		assert.equal(take(peer), "ff fa 2c 69 06 ff f0 ff fa 2c 69 05 ff f0 ff fa 2c 69 06 ff f0");
	});

	it("when the driver is late then the next break and the answer wait for it", () => {
		cable.lazyBreak = 30;
		const peer = client();
		const answers: number[] = [];
		uart.sendBreak(100, () => void answers.push(time.now()));
		const start = time.now();
		time.advance(129);
		assert.deepEqual(answers, []);
		time.advance(6);
		assert.ok(answers[0]! - start >= 130);
		ask(peer, "ff f3 ff f3");
		time.advance(600);
		assert.deepEqual(cable.breaks, [100, 250, 250]);
	});

	it("when it is begun twice then the first counts, when it is ended twice or without begin then nothing more is sent", () => {
		const peer = client();
		assert.equal(command(peer, "05 06"), "69 06");
		command(peer, "05 05");
		command(peer, "05 05");
		ask(peer, "ff fa 2c 05 06 ff f0 ff fa 2c 05 06 ff f0");
		time.advance(200);
		assert.deepEqual(cable.breaks, [100]);
		assert.equal(take(peer), "ff fa 2c 69 06 ff f0 ff fa 2c 69 06 ff f0");
	});

	it("when it is as short as nothing or longer than a second then it is 1 ms or 1 s", () => {
		const peer = client();
		ask(peer, "ff fa 2c 05 05 ff f0 ff fa 2c 05 06 ff f0");
		command(peer, "05 05");
		time.advance(60_000);
		command(peer, "05 06");
		time.advance(2_000);
		assert.deepEqual(cable.breaks, [1, 1_000]);
	});

	it("when telnet's own break comes then it is a break of 250 ms, and during somebody else's there is none", () => {
		const peer = connect();
		assert.equal(ask(peer, "ff f3 61"), "");
		assert.deepEqual([heard(), cable.breaks], ["", [250]]);
		time.advance(300);
		assert.equal(heard(), "a");
		uart.sendBreak(1_000, () => {});
		assert.equal(ask(peer, "ff f3 62"), "");
		assert.deepEqual([heard(), cable.breaks], ["ab", [250, 1_000]]);
	});

	it("when the client leaves during a break then nothing is left over, and the next one is served", () => {
		const peer = connect();
		peer.send(unhex("ff f3 61"));
		time.advance(10);
		peer.end();
		time.advance(100);
		assert.notEqual(bridge.client, undefined);
		assert.equal(network.sockets.size, 0, "its socket is closed, though what it sent is still to be dealt with");
		const next = connect();
		time.advance(500);
		assert.deepEqual([next.closed, heard(), network.sockets.size], [false, "", 1]);
	});

	it("when a client leaves with a break begun then none is sent", () => {
		const peer = client();
		command(peer, "05 05");
		peer.end();
		time.advance(1_000);
		assert.deepEqual(cable.breaks, []);
	});
});

/** A client that asks again: because its packet or the answer was late or lost, or because it has started again. */
import { strict as assert } from "node:assert";
import { ackOf, errorOf, requestOf } from "../../support/tftp-clients.ts";
import { Lab } from "../../support/tftp-lab.ts";
import { Hand, READ } from "./support.ts";

describe("TFTP server", () => {
	describe("the same request again", () => {
		it("when it comes at once then it is taken for the network's, and later it is answered by the same transfer", () => {
			const lab = new Lab();
			lab.file("f", 5000);
			const hand = new Hand(lab);
			assert.equal(hand.say(READ).length, 1);
			const port = hand.from;
			assert.deepEqual(hand.say(READ), []);
			hand.wait(300);
			assert.deepEqual(hand.say(READ), ["OACK timeout|5|blksize|1468"]);
			assert.equal(hand.from, port);
			assert.equal(lab.opened.length, 1);
			lab.server.close();
		});

		it("when data flows then the first transfer goes on with the client's next ACK", () => {
			const lab = new Lab();
			const file = lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			const port = hand.from;
			hand.say(ackOf(0), port);
			assert.deepEqual(hand.say(READ), ["OACK timeout|5|blksize|1468"]);
			assert.notEqual(hand.from, port);
			assert.deepEqual(hand.say(READ), [], "a second ghost");
			assert.equal(lab.server.transfers().length, 2);
			assert.deepEqual(hand.say(ackOf(1), port), ["DATA 2 (1468 B)"]);
			assert.equal(lab.server.transfers().length, 1);
			assert.equal(file.outcome.result, "superseded");
			assert.equal(lab.server.counters.failed, 0);
			lab.server.close();
		});

		it("when data flows and the client's own timer repeats its ACK then the first transfer goes on by itself", () => {
			const lab = new Lab();
			lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			const port = hand.from;
			hand.say(ackOf(0), port);
			hand.say(READ);
			assert.deepEqual(hand.say(ackOf(0), port), []);
			assert.equal(lab.server.transfers().length, 1);
			assert.deepEqual(hand.wait(200), ["DATA 1 (1468 B)"]);
			lab.server.close();
		});

		it("when the client has started again then the second transfer serves it and the first is silent", () => {
			const lab = new Lab();
			const file = lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			hand.say(ackOf(0), hand.from);
			const old = hand.from;
			hand.say(READ);
			const port = hand.from;
			assert.notEqual(port, old);
			for (const line of hand.wait(3000))
				assert.match(line, /^OACK/);
			for (let block = 0; block < 4; block++)
				assert.match(hand.say(ackOf(block), port)[0]!, new RegExp(`^DATA ${block + 1}`));
			hand.say(ackOf(4), port);
			assert.deepEqual(file.outcomes.map(outcome => outcome.result), ["superseded", "completed"]);
			assert.deepEqual(hand.wait(20_000), []);
			lab.empty();
		});

		it("when the client refuses the second offer then the first transfer goes on by itself", () => {
			const lab = new Lab();
			lab.file("f", 5000);
			const hand = new Hand(lab);
			hand.say(READ);
			hand.say(ackOf(0), hand.from);
			hand.say(READ);
			hand.say(errorOf(5, "unknown"), hand.from);
			assert.match(hand.wait(400).join(), /DATA 1/);
			assert.equal(lab.server.transfers().length, 1);
			lab.server.close();
		});

		it("when another file is asked for from the same port then it replaces the first at once", () => {
			const lab = new Lab();
			const file = lab.file("f", 5000);
			lab.file("g", 10);
			const hand = new Hand(lab);
			hand.say(READ);
			hand.say(ackOf(0), hand.from);
			assert.deepEqual(hand.say(requestOf(1, "g", "octet")), ["DATA 1 (10 B)"]);
			assert.equal(file.outcome.result, "superseded");
			hand.say(ackOf(1), hand.from);
			assert.deepEqual(hand.wait(20_000), []);
			lab.empty();
		});
	});
});

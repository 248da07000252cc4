/** More transfers than the server has places for: who gets one, and who gives way. */
import { strict as assert } from "node:assert";
import { RFCClient, ackOf, errorOf } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, SERVER } from "../../support/tftp-lab.ts";
import { Hand, READ } from "./support.ts";

describe("TFTP server", () => {
	describe("at the limit", () => {
		/** `count` clients at `address` whose transfers move. */
		function moving(lab: Lab, count: number, from = 2000, address = CAMERA): Hand[] {
			return Array.from({ length: count }, (_, index) => {
				const hand = new Hand(lab, from + index, address);
				assert.equal(hand.say(READ).length, 1);
				assert.equal(hand.say(ackOf(0), hand.from).length, 1);
				return hand;
			});
		}

		it("when all transfers move then a request is refused with error 2, nobody else notices, and there is room later", () => {
			const lab = new Lab();
			lab.file("f", 50_000);
			const hands = moving(lab, 8);
			const late = new Hand(lab, 3000);
			assert.deepEqual(late.say(READ), ["ERROR 2 all 8 transfers are in use; try again"]);
			assert.deepEqual([lab.server.counters.full, lab.server.counters.refused], [1, 1]);
			for (const hand of hands)
				assert.deepEqual(hand.say(ackOf(1), hand.from), ["DATA 2 (1468 B)"]);
			hands[0]!.say(errorOf(0, "bye"), hands[0]!.from);
			assert.equal(late.say(READ).length, 1);
			lab.server.close();
		});

		it("when a client in the middle was silent for 10 s then it gives way, the longest silent first, and is told", () => {
			const lab = new Lab(1, { transfers: 2 });
			lab.file("f", 5000);
			const [first, second] = [moving(lab, 1)[0]!, (lab.time.advance(1000), moving(lab, 1, 2001)[0]!)];
			const third = new Hand(lab, 2002);
			third.wait(8000);
			assert.match(third.say(READ)[0]!, /^ERROR 2/);
			third.wait(5000);
			assert.match(third.say(READ)[0]!, /^OACK/);
			assert.deepEqual(first.wait(0).at(-1), "ERROR 2 others wanted its place");
			assert.deepEqual(lab.server.transfers().map(transfer => transfer.client), [second, third].map(({ udp }) => `${CAMERA}:${udp.port}`));
			lab.server.close();
		});

		it("when requests flood in from many ports then offers that are not answered give way without a word, and who meets only new ones hears nothing and gets in later", () => {
			const lab = new Lab();
			lab.file("f", 50_000);
			const flood = Array.from({ length: 8 }, (_, index) => new Hand(lab, 4000 + index));
			for (const hand of flood)
				hand.say(READ);
			const camera = new Hand(lab, 2000);
			assert.deepEqual(camera.say(READ), []);
			assert.deepEqual([lab.server.counters.full, lab.server.counters.refused], [1, 0]);
			for (let round = 0; round < 20; round++) {
				for (const hand of flood)
					hand.say(READ);
				camera.wait(50);
			}
			assert.match(camera.say(READ)[0]!, /^OACK/);
			for (let round = 0; round < 20; round++) {
				assert.match(camera.say(ackOf(round), camera.from)[0]!, new RegExp(`^DATA ${round + 1} `));
				for (const hand of flood)
					hand.say(READ);
				camera.wait(300);
			}
			assert.equal(lab.server.transfers().filter(({ state }) => state === "moving").length, 1);
			lab.server.close();
		});

		it("when one client has all transfers then another one gets a place at once, and one that has its share gets no more", () => {
			const lab = new Lab();
			lab.file("f", 50_000);
			moving(lab, 8, 2000, "192.168.1.66");
			moving(lab, 4, 1);
			assert.match(new Hand(lab, 5).say(READ)[0]!, /^ERROR 2/);
			const count = (address: string): number => lab.server.transfers().filter(({ client }) => client.startsWith(address)).length;
			assert.deepEqual([count("192.168.1.66:"), count(`${CAMERA}:`)], [4, 4]);
			lab.server.close();
		});

		it("when any number of transfers come and go then their packets lie in memory that was planned once", () => {
			const lab = new Lab();
			const file = lab.file("f", 50_000);
			for (let round = 0; round < 5; round++) {
				for (let port = 2000; port < 2008; port++)
					new RFCClient({ io: lab.network.at(CAMERA), time: lab.time, server: SERVER, name: "f", options: { blksize: 1468, windowsize: 1 + port % 3 }, from: port });
				assert.equal(lab.server.counters.full, 0);
				lab.until(() => lab.server.transfers().length === 0);
				lab.time.advance(1000);
			}
			lab.empty();
			assert.ok(file.outcomes.every(({ result, bytes }) => result === "completed" && bytes === 50_000));
			assert.equal(file.outcomes.length, 40);
			assert.deepEqual(lab.allocated, [8 * 1472]);
		});

		it("when a transfer only waits for its last ACK then it gives way at once, as completed", () => {
			const lab = new Lab(1, { transfers: 1 });
			const file = lab.file("f", 10);
			const hands = [2000, 2001].map(port => new Hand(lab, port));
			hands[0]!.say(READ);
			assert.deepEqual(hands[0]!.say(ackOf(0), hands[0]!.from), ["DATA 1 (10 B)"]);
			assert.equal(hands[1]!.say(READ).length, 1);
			assert.equal(file.outcomes[0]!.result, "completed");
			lab.server.close();
		});

		it("when there is no socket then the client is refused with error 2 and the file is given back", () => {
			const lab = new Lab();
			const file = lab.file("f", 10);
			lab.network.sockets = 1;
			const hand = new Hand(lab);
			assert.deepEqual(hand.say(READ), ["ERROR 2 no socket is free; try again"]);
			assert.equal(file.outcome.result, "superseded");
			assert.deepEqual(lab.faults.splice(0), ["tftp.socket: no more sockets"]);
			lab.empty();
		});
	});
});

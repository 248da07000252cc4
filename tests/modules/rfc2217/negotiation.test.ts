import { strict as assert } from "node:assert";
import { Negotiation } from "rfc2217/negotiation";
import { Random } from "../../support/random";

let sent: string[];
let ours: Negotiation;

describe("negotiation of options", () => {
	beforeEach(() => {
		sent = [];
		ours = new Negotiation({ send: (verb, option) => void sent.push(`${verb} ${option}`) }, [0, 44], 251, 252);
	});

	it("when the peer asks for what we can then we agree once, however often it asks", () => {
		for (let i = 0; i < 3; i++)
			ours.asked(44);
		assert.deepEqual(sent, ["251 44"]);
		assert.ok(ours.isOn(44));
		assert.ok(!ours.isOn(0));
	});

	it("when it asks for what we don't know then we refuse", () => {
		ours.asked(31);
		assert.deepEqual(sent, ["252 31"]);
		assert.ok(!ours.isOn(31));
	});

	it("when it agrees to what we offered, or asks for it at the same time, then that is no question", () => {
		ours.offer(0);
		assert.ok(!ours.isOn(0));
		ours.asked(0);
		ours.asked(0);
		assert.deepEqual(sent, ["251 0"]);
		assert.ok(ours.isOn(0));
	});

	it("when it declines what we offered then that stays off without a word, and it may ask later", () => {
		ours.offer(0);
		ours.declined(0);
		ours.declined(0);
		assert.deepEqual(sent, ["251 0"]);
		assert.ok(!ours.isOn(0));
		ours.asked(0);
		assert.deepEqual(sent, ["251 0", "251 0"]);
	});

	it("when it ends what is on then we confirm once", () => {
		ours.asked(44);
		ours.declined(44);
		ours.declined(44);
		assert.deepEqual(sent, ["251 44", "252 44"]);
		assert.ok(!ours.isOn(44));
	});

	it("when two of us negotiate at cross purposes then it ends, and both agree what is on", () => {
		const random = new Random(3);
		for (let round = 0; round < 300; round++) {
			const toHer: [number, number][] = [];
			const toHim: [number, number][] = [];
			const he = new Negotiation({ send: (verb, option) => void toHer.push([verb, option]) }, [0, 1, 2], 251, 252);
			const she = new Negotiation({ send: (verb, option) => void toHim.push([verb, option]) }, [1, 2, 3], 253, 254);
			const heOffers = [0, 1, 2].filter(() => random.below(2));
			const sheOffers = [1, 2, 3].filter(() => random.below(2));
			heOffers.forEach(option => he.offer(option));
			sheOffers.forEach(option => she.offer(option));
			let messages = 0;
			while (toHer.length + toHim.length > 0) {
				assert.ok(++messages < 20, "a loop");
				const [queue, peer, yes] = toHer.length > 0 && (random.below(2) || toHim.length === 0) ? [toHer, she, 251] as const : [toHim, he, 253] as const;
				const [verb, option] = queue.shift()!;
				if (verb === yes)
					peer.asked(option);
				else
					peer.declined(option);
			}
			for (const option of [0, 1, 2, 3])
				assert.equal(he.isOn(option), she.isOn(option), `option ${option}`);
		}
	});
});

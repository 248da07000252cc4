import { strict as assert } from "node:assert";
import { Starter } from "network/starter";
import { VirtualTime } from "../../support/clock";

describe("network/starter", function () {
	let time: VirtualTime;
	let events: string[];

	function make(fails: boolean): Starter {
		time = new VirtualTime();
		events = [];
		return new Starter({
			time,
			onDefect: (where, error) => events.push(`${where}: ${String(error)}`),
			start: () => {
				events.push("start");
				if (fails)
					throw new RangeError("no memory");
			},
			restart: () => events.push(`restart at ${time.now()}`)
		});
	}

	it("when networks come up again and again then the servers are made once", function () {
		const starter = make(false);
		for (let times = 0; times < 3; times++) {
			starter.up();
			time.advance(60_000);
		}
		assert.deepEqual(events, ["start"]);
		assert.equal(time.pending, 0);
	});

	it("when the servers can't be made then that is reported, and the firmware is started anew once", function () {
		const starter = make(true);
		starter.up();
		starter.up();
		assert.deepEqual(events, ["start", "start: RangeError: no memory"]);
		time.advance(60_000);
		assert.deepEqual(events.slice(2), ["restart at 10000"]);
	});
});

/** A dump that doesn't fit on the pod at once, in a restore that fails: it has to end, and to tidy up. */
import { strict as assert } from "node:assert";
import { Dump } from "./support/dump.ts";
import type { FakePodOptions } from "./support/fake-pod.ts";
import { RestoreBench } from "./support/restore-bench.ts";

describe("a restore in rounds that fails", () => {
	const bench = new RestoreBench();
	let large: Dump;

	before(() => {
		large = new Dump({ "mtd0.boot.bin": 65536, "mtd1.env.bin": 65536, "mtd2.rootfs.bin": 2 * 1024 * 1024 });
	});
	after(() => large.remove());

	for (const [what, options, kind, message] of [
		["the first write changes nothing", { camera: { protects: { says: "ok" } } }, "verification", /write-protected/],
		["no write is right", { camera: { writesCorrupt: Infinity } }, "verification", /reads back CRC-32/],
		["no load succeeds", { camera: { loadsFail: Infinity } }, "camera", /in 4 tries/],
		["RAM is always wrong", { camera: { loadsCorrupt: Infinity } }, "verification", /RAM has CRC-32/],
		["the pod refuses what is to be staged", { answers: ["", ".0x20000"].map(part => ({ request: `PUT /tftp/mtd2.rootfs.bin${part}`, status: 400, body: { error: "bad_name" } })) }, "refused", /bad_name/]
	] as const) {
		for (const [where, room] of [["room for some", { room: 1_200_000 }], ["one slot", { slots: 1 }]] as const) {
			it(`when ${what}, with ${where}, then it ends with that, and nothing stays on the pod`, async function () {
				this.timeout(60_000);
				const failure = await bench.failure(bench.run({ flashSize: 4 * 1024 * 1024, ...room, ...structuredClone(options) } as FakePodOptions, await large.load()));
				assert.equal(failure.kind, kind, failure.message);
				assert.match(failure.message, message);
				assert.equal(bench.fake.files.size, 0);
			});
		}
	}

	it("when it is interrupted while staging waits for room then it ends, and nothing stays on the pod", async function () {
		this.timeout(60_000);
		const stop = new AbortController();
		const failure = await bench.failure(bench.run({ flashSize: 4 * 1024 * 1024, slots: 1 }, { ...await large.load(), signal: stop.signal, onEvent: event => {
			if (event.event === "step" && event.step === "erase")
				stop.abort();
		} }));
		assert.equal(failure.kind, "interrupted");
		assert.equal(bench.fake.files.size, 0);
	});
});

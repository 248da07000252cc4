/** How far a whole restore is said to be. */
import { strict as assert } from "node:assert";
import { WholeJob } from "../../host-tools/jobs/estimate.ts";
import type { JobEvent, JobStep } from "../../host-tools/jobs/events.ts";
import { VirtualTime } from "../support/clock.ts";

const MB = 1 << 20;
/** Seconds a MB of a camera that is three times as slow as usual. */
const SLOW: Readonly<Record<JobStep, number>> = { compare: 1, load: 3, check: 0.3, erase: 8, write: 9, verify: 1, recheck: 1 };

describe("the progress of a whole restore", () => {
	let time: VirtualTime;
	let job: WholeJob;
	const note = (event: JobEvent): void => job.note(event);
	const step = (name: string, size: number, which: JobStep): void => {
		note({ event: "step", name, step: which });
		const seconds = SLOW[which] * size / MB;
		time.advance(seconds * 1000);
		note({ event: "step-done", name, step: which, elapsed_ms: seconds * 1000, size });
	};
	const piece = (name: string, length: number): { partition: string; name: string; offset: number; length: number; crc32: string } => ({ partition: name, name, offset: 0, length, crc32: "00000000" });

	beforeEach(() => {
		time = new VirtualTime();
		job = new WholeJob(time);
		note({ event: "plan", total: 3 * MB, spl: 20_000, uboot: 100_000, pieces: [piece("a", MB), piece("b", MB), piece("c", MB)] });
	});

	it("when the camera is slower than usual then the estimate has learnt that after the first piece, and the part grows to the end", () => {
		const parts = [job.part];
		const expected = (pieces: number): number => pieces * Object.values(SLOW).reduce((sum, seconds) => sum + seconds) - SLOW.recheck + 15;
		note({ event: "fastboot-done", elapsed_ms: 15_000, total: 120_000, banner: null });
		for (const name of ["a", "b", "c"]) {
			for (const which of ["compare", "load", "check", "erase", "write", "verify"] as const) {
				step(name, MB, which);
				parts.push(job.part);
			}
			note({ event: "piece-done", name, partition: name, state: "verified", crc32: "" });
			if (name === "a")
				assert.ok(Math.abs(job.left - expected(2) - 2 * SLOW.recheck) < 5, `${job.left} s left, ${expected(2)} expected`);
		}
		step("a", MB, "recheck");
		step("b", MB, "recheck");
		note({ event: "reset", waiting_for: "login:" });
		parts.push(job.part);
		time.advance(15_000);
		note({ event: "started", text: "login:", elapsed_ms: 15_000 });
		parts.push(job.part);
		assert.deepEqual(parts, [...parts].sort((one, other) => one - other));
		assert.equal(parts.at(-1), 1);
		assert.equal(job.left, 0);
	});

	it("when a piece is right already then its work is left out; when a step comes again then what follows it is ahead again", () => {
		const before = job.left;
		step("a", MB, "compare");
		note({ event: "piece-done", name: "a", partition: "a", state: "equal", crc32: "" });
		assert.ok(job.left < before - 5);
		step("b", MB, "load");
		step("b", MB, "check");
		step("b", MB, "erase");
		const once = job.left;
		note({ event: "step", name: "b", step: "load" });
		assert.ok(job.left > once);
	});

	it("when the camera tells how far a step is then the time left follows that", () => {
		note({ event: "step", name: "a", step: "erase" });
		time.advance(4000);
		note({ event: "step", name: "a", step: "erase", percent: 25 });
		const quarter = job.left;
		time.advance(8000);
		note({ event: "step", name: "a", step: "erase", percent: 75 });
		assert.ok(Math.abs(quarter - job.left - 8) < 0.01, `${quarter} ${job.left}`);
	});
});

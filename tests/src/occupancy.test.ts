/** Who may act when: every cell of the table, and the doors that are no routes (those: tests/lab/occupancy.test.ts). */
import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import type { Fastboot } from "fastboot";
import { Occupancy, TABLE, type Action, type Job } from "occupancy";
import { SETTINGS } from "settings";
import { Settings } from "settings/settings";
import { Setup } from "setup/setup";
import { Staging } from "staging";
import { FileStore } from "store/files";
import { PagePool } from "store/pages";
import type { Updates } from "updates";
import { VirtualTime } from "../support/clock.ts";
import { NorFlash } from "../support/flash.ts";
import { bytesOf } from "../support/strings.ts";

const ACTIONS = Object.keys(TABLE) as Action[];
const JOBS: readonly Job[] = ["restart", "fastboot", "update"];
const CODES: Readonly<Record<Job, string>> = { restart: "restarting", fastboot: "busy", update: "update_running" };

/** A pod on which nothing but `jobs` goes on, and what became of them. */
function podWith(...jobs: Job[]): { occupancy: Occupancy; ended: string[] } {
	const ended: string[] = [];
	const fastboot = {
		running: jobs.includes("fastboot"),
		cancel(reason: string): boolean {
			ended.push(`fastboot: ${reason}`);
			return this.running;
		}
	};
	const updates = {
		running: jobs.includes("update") ? { size: 100, received: 7 } : undefined,
		cancel(reason: string): boolean {
			ended.push(`update: ${reason}`);
			return this.running !== undefined;
		}
	};
	const occupancy = new Occupancy(fastboot as unknown as Fastboot, updates as unknown as Updates);
	occupancy.restarting = jobs.includes("restart");
	return { occupancy, ended };
}

/** The refusal's code. */
function refused(action: () => unknown): string | undefined {
	try {
		action();
		return undefined;
	}
	catch (error) {
		return (error as Refusal).code;
	}
}

describe("occupancy: who may act when", () => {
	it("when nothing goes on then everything may begin, and nothing was there to be ended", () => {
		for (const action of ACTIONS) {
			const { occupancy } = podWith();
			assert.equal(refused(() => occupancy.check(action)), undefined, action);
			assert.equal(occupancy.begin(action, "test"), false, action);
		}
	});

	for (const job of JOBS)
		it(`when ${job === "update" ? "an" : "a"} ${job} goes on then each action is refused by its name, ends it, or goes on beside it, as the table says`, () => {
			for (const action of ACTIONS) {
				const { occupancy, ended } = podWith(job);
				const meeting = TABLE[action][job];
				const expected = meeting === "refused" ? CODES[job] : undefined;
				assert.equal(refused(() => occupancy.check(action)), expected, action);
				assert.equal(ended.length, 0, `${action}: a check ends nothing`);
				if (meeting === "refused")
					assert.equal(refused(() => occupancy.begin(action, "test")), expected, action);
				else
					assert.equal(occupancy.begin(action, "test"), meeting === "ends", action);
				assert.equal(ended.includes(`${job}: test`), meeting === "ends", action);
			}
		});

	it("when a user looks at the table then off works always, every job can be ended but a restart, and nothing but off and an end ends one", () => {
		for (const job of JOBS)
			assert.notEqual(TABLE.power_off[job], "refused");
		assert.deepEqual(ACTIONS.filter(action => Object.values(TABLE[action]).includes("ends")), ["power_off", "cancel_fastboot", "cancel_update"]);
		assert.deepEqual([TABLE.cancel_fastboot.fastboot, TABLE.cancel_update.update, TABLE.power_off.fastboot], ["ends", "ends", "ends"]);
	});

	it("when several go on then the restart is the reason that is named first, and an update tells how far it is", () => {
		const { occupancy } = podWith("fastboot", "update");
		assert.equal(refused(() => occupancy.check("update")), "busy");
		occupancy.restarting = true;
		assert.equal(refused(() => occupancy.check("update")), "restarting");
		assert.throws(() => podWith("update").occupancy.check("restart"), ({ detail }: Refusal) => detail.size === 100 && detail.received === 7);
	});

	for (const job of JOBS)
		it(`when ${job === "update" ? "an" : "a"} ${job} goes on then the set-up console changes settings and restarts the pod only if the table lets it`, () => {
			const { occupancy } = podWith(job);
			const settings = new Settings({ schema: SETTINGS, flash: new NorFlash(4) });
			let restarts = 0;
			let shown = "";
			const setup = new Setup({ settings, write: text => shown += text, status: () => ["wifi down"], restart: () => void restarts++, check: action => occupancy.check(action) });
			const type = (line: string): boolean => {
				shown = "";
				setup.receive(bytesOf(`${line}\r`));
				return shown.includes("refused: ");
			};
			const keeps = (action: Action): boolean => TABLE[action][job] === "refused";
			assert.equal(type("set file_idle 7000"), keeps("settings"));
			assert.equal(settings.get("file_idle") === 7_000, !keeps("settings"));
			assert.equal(type("wifi LAB password"), keeps("settings"));
			assert.equal(type("name rack-7"), keeps("settings"));
			assert.equal(type("restart"), keeps("restart"));
			assert.equal(restarts, keeps("restart") ? 0 : 1);
			assert.equal(type("status"), false);
			assert.match(shown, /wifi down/);
		});

	for (const job of JOBS)
		it(`when ${job === "update" ? "an" : "a"} ${job} goes on then the camera may upload into an armed slot only if the table lets it, and read in any case`, () => {
			const store = new FileStore({ pool: new PagePool({ bytes: 1 << 20 }), time: new VirtualTime() });
			store.arm("dump", 10);
			const upload = store.create("uImage", 3);
			upload.write(new Uint8Array(3));
			upload.commit();
			const staging = new Staging(store, podWith(job).occupancy);
			assert.equal(refused(() => staging.create("dump", 10)), TABLE.stage[job] === "refused" ? CODES[job] : undefined);
			assert.equal(store.uploads.length, TABLE.stage[job] === "refused" ? 0 : 1);
			assert.equal(staging.open("uImage")?.size, 3);
		});
});

/** Numbers on screens, at the places where they change their form: rounding, units, plurals, time left, percent. */
import { strict as assert } from "node:assert";
import { clearLongRuns, hex, parseSize, roundUp, sizeText } from "../../host-tools/base/bytes.ts";
import type { Clock } from "../../host-tools/base/clock.ts";
import { counted } from "../../host-tools/base/counted.ts";
import { Progress } from "../../host-tools/cli/screen/progress.ts";
import { RestoreView } from "../../host-tools/cli/screen/restore-view.ts";
import { statusScreen } from "../../host-tools/cli/screen/status-screen.ts";
import { agoText, durationText, paceText, rateText, secondsText, timed } from "../../host-tools/cli/screen/text.ts";
import { regionText } from "../../host-tools/flash/region.ts";
import { fastbootSeconds, restoreSeconds } from "../../host-tools/jobs/estimate.ts";
import type { Piece } from "../../host-tools/jobs/plan.ts";
import { JobReport } from "../../host-tools/jobs/report.ts";
import type { PodStatus } from "../../modules/protocol/answers.ts";

const K = 1024;
const M = K * K;

/** A function of the left ones gives the right ones. */
function rows<T>(what: string, of: (value: T) => unknown, table: readonly (readonly [T, unknown])[]): void {
	for (const [value, text] of table) {
		it(`when ${what} is ${JSON.stringify(value)} then that is ${JSON.stringify(text)}`, () => {
			assert.deepEqual(of(value), text);
		});
	}
}

describe("numbers for people", () => {
	rows("a time in milliseconds", secondsText, [[0, "0.0 s"], [149, "0.1 s"], [1500, "1.5 s"], [83_440, "83.4 s"], [120_000, "120.0 s"]]);
	rows("a rough time in seconds", durationText, [[0, "0 s"], [0.1, "10 s"], [10, "10 s"], [10.1, "20 s"], [80.1, "90 s"], [89.9, "90 s"], [90, "2 min"], [120, "2 min"], [120.1, "3 min"], [3600, "60 min"]]);
	rows("a time since, in seconds", agoText, [[0, "0 s"], [59.99, "59 s"], [60, "1 min"], [119, "1 min"], [3599, "59 min"], [3600, "1 h 0 min"], [3660, "1 h 1 min"], [86_399, "23 h 59 min"], [86_400, "1 d 0 h"], [90_000, "1 d 1 h"], [172_799, "1 d 23 h"]]);
	rows("a rate of bytes and milliseconds", ([bytes, milliseconds]: [number, number]) => rateText(bytes, milliseconds), [
		[[100, 9], ""], [[100, 10], "9.8 KB/s"], [[K, 1000], "1.0 KB/s"], [[M - K, 1000], "1023.0 KB/s"], [[M, 1000], "1.0 MB/s"], [[3 * M, 2000], "1.5 MB/s"], [[0, 1000], "0.0 KB/s"]
	]);
	rows("a pace of done, total and milliseconds", ([done, total, milliseconds]: [number, number, number]) => paceText(done, total, milliseconds), [
		[[K, 11 * K, 1000], "1.0 KB/s, 10 s left"], [[K, 12 * K, 1000], "1.0 KB/s, 20 s left"], [[K, 100 * K, 1000], "1.0 KB/s, 2 min left"], [[K, K, 1000], "1.0 KB/s"], [[0, K, 1000], "0.0 KB/s"], [[K, 2 * K, 9], ""]
	]);
	rows("what bytes took", ([bytes, milliseconds]: [number, number]) => timed(bytes, milliseconds), [[[K, 1000], "1.0 s, 1.0 KB/s"], [[K, 9], "0.0 s"]]);
	rows("a size", sizeText, [[0, "0 bytes"], [1, "1 byte"], [2, "2 bytes"], [1023, "1023 bytes"], [1024, "1 KB"], [1025, "1.0 KB"], [1536, "1.5 KB"], [7_848_000, "7664.1 KB"], [8 * M, "8192 KB"]]);
	rows("a size of", parseSize, [["65536", 65536], ["0x10000", 65536], ["64k", 64 * K], ["64 KiB", 64 * K], ["16M", 16 * M], ["16MB", 16 * M], ["1b", 1], ["0", 0], ["", undefined], ["16G", undefined], ["-1", undefined], ["1.5M", undefined], ["0x", undefined], ["k", undefined]]);
	rows("a region", regionText, [[{ offset: 0x770000, length: 0x890000 }, "0x770000 to 0xffffff (8768 KB)"], [{ offset: 0, length: 1 }, "0x0 to 0x0 (1 byte)"]]);
	rows("a number to be rounded up", ([value, unit]: [number, number]) => roundUp(value, unit), [[[0, 64], 0], [[1, 64], 64], [[64, 64], 64], [[65, 64], 128]]);
	rows("a number in hexadecimal", hex, [[0, "0x0"], [255, "0xff"], [0x42000000, "0x42000000"]]);
	rows("a count", (number: number) => [counted(number, "byte"), counted(number, "try", "tries")], [[0, ["0 bytes", "0 tries"]], [1, ["1 byte", "1 try"]], [2, ["2 bytes", "2 tries"]]]);

	it("when runs of 0xFF are cleared then those of 12 and more are, wherever they are, and shorter ones stay", () => {
		for (const [length, cleared] of [[11, 0], [12, 1], [13, 1]] as const) {
			for (const place of [0, 5, 40 - length]) {
				const bytes = new Uint8Array(40).fill(1);
				bytes.fill(0xFF, place, place + length);
				assert.equal(clearLongRuns(bytes), cleared);
				assert.deepEqual([...bytes.subarray(place, place + length)], Array.from({ length }, () => cleared ? 0 : 0xFF));
				assert.equal(bytes.reduce((sum, byte) => sum + byte, 0), 40 - length + (cleared ? 0 : length * 0xFF));
			}
		}
	});

	const screen = (change: object): string => statusScreen({ name: "p", version: "1", ...change } as unknown as PodStatus).join("\n");
	for (const [change, text] of [
		[{ tftp: { completed: 1, failed: 0, under_way: [] } }, "1 transfer completed, 0 failed"],
		[{ tftp: { completed: 0, failed: 2, under_way: [{}] } }, "0 transfers completed, 2 failed, 1 under way"],
		[{ memory: { files: 1, max_files: 32, uploads: 1, psram_free_bytes: M } }, "1 of 32, 1 on its way; 1024 KB free"],
		[{ memory: { files: 1, max_files: 32, uploads: 2, psram_free_bytes: M } }, "1 of 32, 2 on their way; 1024 KB free"],
		[{ uart: { owner: null, baud: 9600, overruns: 0, dropped: 1 } }, "free, 9600 baud; 1 byte lost"],
		[{ uart: { owner: null, baud: 9600, overruns: 4, dropped: 0 } }, "free, 9600 baud; 4 bytes lost"],
		[{ faults: { count: 1, last: "x" } }, "1 defect of the firmware; the last one: x"],
		[{ fastboot: { running: true, phase: "spl", bytes_sent: 999, bytes_total: 1000, last_result: null } }, "running: spl, 99 %"],
		[{ fastboot: { running: true, phase: "spl", bytes_sent: 1, bytes_total: 1000, last_result: null } }, "running: spl, 0 %"],
		[{ fastboot: { running: true, phase: "power", last_result: null } }, "running: power"],
		[{ power: { camera_on: false, switching: true, seconds: 59 } }, "off, being switched for 59 s"]
	] as const) {
		it(`when a pod says ${JSON.stringify(change)} then the screen says "${text}"`, () => {
			assert.ok(screen(change).split("\n").some(line => line.endsWith(`  ${text}`)), screen(change));
		});
	}
});

describe("numbers while something is done", () => {
	let now: number;
	let text: string;
	const clock: Clock = { now: () => now, after: () => ({}), cancel: () => undefined };
	const progress = (isTTY: boolean): Progress => new Progress({ output: { isTTY, columns: 80, write: written => void (text += String(written)) }, env: {}, clock, json: false });

	beforeEach(() => {
		now = 0;
		text = "";
	});

	for (const [part, bar] of [[0, `[${" ".repeat(24)}]   0 %`], [0.5, `[${"#".repeat(12)}${" ".repeat(12)}]  50 %`], [0.999, `[${"#".repeat(24)}]  99 %`], [1, `[${"#".repeat(24)}] 100 %`]] as const) {
		it(`when ${part} is done then the bar is ${bar}`, () => {
			progress(true).update("a", "work", part);
			assert.ok(text.includes(`work ${bar}\n`), text);
		});
	}

	it("when there is no terminal then a line comes at each quarter, not within 2 s of the last, and none at the end", () => {
		const plain = progress(false);
		for (const [at, part] of [[0, 0.3], [1999, 0.3], [2000, 0.3], [3000, 0.55], [3999, 0.6], [4000, 0.609], [6000, 0.74], [6001, 0.75], [9000, 1]] as const) {
			now = at;
			plain.update("a", "work", part);
		}
		assert.equal(text, "work: 30 %\nwork: 60 %\nwork: 75 %\n");
	});

	it("when programs read along then events of a series come once a second, each series by itself, and all others at once", () => {
		const lines = new Progress({ output: { write: written => void (text += String(written)) }, env: {}, clock, json: true });
		for (const [at, series] of [[0, "a"], [999, "a"], [999, "b"], [999, undefined], [1000, "a"], [1000, undefined], [1999, "a"], [2000, "a"]] as const) {
			now = at;
			lines.event({ event: "x", at, series: series ?? null }, series);
		}
		const told = text.trimEnd().split("\n").map(line => JSON.parse(line) as { at: number; series: string | null });
		assert.deepEqual(told.map(({ at, series }) => [at, series]), [[0, "a"], [999, "b"], [999, null], [1000, "a"], [1000, null], [2000, "a"]]);
	});

	it("when a job works then the time it has taken, and that of each step, count from its own start", async () => {
		now = 1000;
		const events: object[] = [];
		const report = new JobReport({ onEvent: event => events.push(event) }, clock, "starting");
		now = 3500.4;
		await report.step({ name: "mtd1", partition: "env", length: 7 } as Piece, "load", async () => void (now = 4000));
		assert.deepEqual(events, [{ event: "step", name: "mtd1", step: "load" }, { event: "step-done", name: "mtd1", step: "load", elapsed_ms: 500, size: 7 }]);
		assert.equal(report.elapsed, 3000);
	});

	it("when a restore is done then lines count pieces, bytes and seconds as they are", () => {
		const view = new RestoreView(progress(false), clock);
		const piece = { partition: "env", name: "mtd1", offset: 0x40000, length: 65536, crc32: "00000001" };
		view.show({ event: "plan", pieces: [piece], total: 65536, spl: 24576, uboot: 1 });
		view.show({ event: "plan", pieces: [piece, { ...piece, name: "mtd2", length: 100 }], total: 65636, spl: 24576, uboot: 1 });
		view.show({ event: "staged", name: "mtd1", size: 65536, crc32: "00000001", elapsed_ms: 500, reused: false });
		view.show({ event: "step-done", name: "mtd1", step: "erase", elapsed_ms: 2000, size: 65536 });
		view.show({ event: "step-done", name: "mtd1", step: "check", elapsed_ms: 100, size: 65536, crc32: "00000001" });
		view.show({ event: "retry", name: "mtd1", step: "load", attempt: 1, attempts: 4, reason: "lost" });
		view.show({ event: "started", text: "login:", elapsed_ms: 15_000 });
		view.show({ event: "done", elapsed_ms: 60_000, written: 1, equal: 2, untouched: [{ offset: 0, length: 65536 }] });
		assert.deepEqual(text.trimEnd().split("\n"), [
			"1 piece, 64 KB, in this order; SPL 24 KB, U-Boot 1 byte",
			"  env  0x0040000  65536  crc32 00000001  mtd1",
			"2 pieces, 64.1 KB, in this order; SPL 24 KB, U-Boot 1 byte",
			"  env  0x0040000  65536  crc32 00000001  mtd1",
			"  env  0x0040000    100  crc32 00000001  mtd2",
			"staged mtd1: 64 KB, crc32 00000001, 0.5 s, 128.0 KB/s",
			"mtd1: erased 64 KB, 2.0 s, 32.0 KB/s",
			"mtd1: RAM holds crc32 00000001, 0.1 s",
			"mtd1: lost; try 2 of 4",
			"the camera said \"login:\" 15.0 s after its reset",
			"not touched, since nothing was given for it: 0x0 to 0xffff (64 KB)",
			"restored in 60.0 s: 1 written and verified, 2 right already"
		]);
	});

	it("when nothing is known of a camera then a restore is estimated by typical rates", () => {
		assert.equal(fastbootSeconds(0), 4);
		assert.equal(fastbootSeconds(110_000), 14);
		const piece = (length: number): Piece => ({ length }) as Piece;
		assert.equal(restoreSeconds([], 0), 19);
		assert.equal(restoreSeconds([piece(0), piece(0)], 0), 22);
		// 4.2 MB: 3.5 s to load, 10 to erase, 12 to write, 5.6 to read four times
		assert.equal(restoreSeconds([piece(4_200_000)], 0), 52);
	});
});

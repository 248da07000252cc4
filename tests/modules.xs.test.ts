/**
 * The firmware modules' tests on XS, where the modules will live, and those of the whole pod that need nothing of Node's: each file in a new machine of the debug build, without
 * the exhaustive ones; with PROVE=1 these, too, and each test in a machine of its own.
 *
 * In the stress run (ASAN, a garbage collection at every allocation) STRESS=1 takes those of all C code, the host's and the modules';
 * STRESS=all every file but the exhaustive ones, which takes hours.
 */
import { strict as assert } from "node:assert";
import { XSRun, buildTests, deviceOf, each, listTests, runTest, testFiles } from "./node/xs.ts";
import { thorough } from "./support/thorough.ts";

/** Tests of the host itself: they know nothing but XS. */
const HOST = testFiles("tests/host", ".ts").filter(file => !/support|fixtures/.test(file));

/** The files of tests/lab that run on Node alone, with what keeps them there. All others run here, too. */
const ON_NODE: Readonly<Record<string, string>> = {
	"cli": "the command, and files",
	"config-effects": "100,000 bytes over the serial line, bit by bit, which takes XS most of a minute",
	"determinism": "the command, and files",
	"documents": "what pod-lab.ts imports",
	"fastboot": "the simulated camera, and the client library",
	"fastboot-cameras": "the simulated camera",
	"faults": "the client library",
	"library": "the client library",
	"names": "the client library",
	"request-limits": "the simulated camera",
	"restore": "the command, and files",
	"restore-faults": "the command, and files",
	"restore-interrupted": "the command, and files",
	"restore-shared": "the command, and files",
	"room": "what pod-lab.ts imports",
	"setting-effects": "the simulated camera",
	"setup": "what pod-lab.ts imports",
	"staged-files": "what pod-lab.ts imports",
	"token": "the command",
	"transfers": "the client library"
};
const LAB = testFiles("tests/lab").filter(file => !(/(\w[\w-]*)\.test$/.exec(file)![1]! in ON_NODE));

/** The modules that have C code which runs on Linux. */
const NATIVE = ["bytes", "sha256"];

/**
 * What the lab's wires and the scenarios take while they run, beside the chip's own heap; what they take when they are loaded the
 * runner has measured. Slots: half of it ends the scenarios with a fastboot. Bytes: bodies of up to a megabyte, with their copies on the simulated wires.
 */
const LAB_ROOM = { slots: 8_192, bytes: 33_554_432 };

const stress = process.env.STRESS !== undefined;
const xs = await buildTests(stress ? "stress" : "debug");

function files(): string[] {
	if (process.env.STRESS === "1")
		return [...NATIVE.flatMap(module => testFiles(`tests/modules/${module}`)), ...HOST];
	return [...testFiles("tests/modules").filter(file => (thorough && !stress) || !file.endsWith(".exhaustive.test")), ...LAB, ...HOST];
}

const device = stress ? undefined : deviceOf(xs, LAB_ROOM);

const listed = await each(files(), async file => ({ file, tests: await listTests(xs, file).catch((error: unknown) => error as Error) }));

for (const { file, tests } of listed)
	describe(`${file} on XS`, function () {
		if (stress)
			this.timeout(1_200_000);
		if (tests instanceof Error) {
			// one file that doesn't load fails alone
			it("when the file is loaded then it names its tests", () => {
				throw tests;
			});
			return;
		}
		const as = LAB.includes(file) ? device : undefined;
		let run: XSRun | undefined;
		if (!thorough || stress) {
			// under stress everything is slower by about that
			const options = stress ? ["--time-scale", "20"] : as?.options ?? [];
			before(() => run = new XSRun(xs, options, file, ...stress ? ["stress"] : as?.command ?? []));
			after(() => run?.stop());
		}
		tests.forEach((titles, index) => {
			it(titles.join(" > "), () => run?.result(index) ?? runTest(xs, file, index, as));
		});
	});

if (!stress)
	describe("the heap in which the lab runs on XS", function () {
		const HOARD = "tests/xs/fixtures/hoard";

		it("when nothing is kept of a thousand requests then they fit", () => runTest(xs, HOARD, 0, device));

		it("when a closure is kept of each then the memory is full, as on the chip", () => {
			return assert.rejects(runTest(xs, HOARD, 1, device), /memory full/);
		});

		it("when a file is said to run on Node alone then there is one", function () {
			assert.deepEqual(Object.keys(ON_NODE).filter(name => !testFiles("tests/lab").includes(`tests/lab/${name}.test`)), []);
		});
	});

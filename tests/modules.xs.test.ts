/**
 * The firmware modules' tests on XS, where the modules will live, and those of the whole pod that need nothing of Node's: each file in a new machine of the debug build, without
 * the exhaustive ones; with PROVE=1 these, too, and each test in a machine of its own.
 *
 * In the stress run (ASAN, a garbage collection at every allocation) STRESS=1 takes those of all C code, the host's and the modules';
 * STRESS=all every file but the exhaustive ones, which takes hours.
 */
import { XSRun, buildTests, each, listTests, runTest, testFiles } from "./node/xs.ts";
import { thorough } from "./support/thorough.ts";

/** Tests of the host itself: they know nothing but XS. */
const HOST = testFiles("tests/host", ".ts").filter(file => !/support|fixtures/.test(file));

/** A whole pod in one process: what needs neither the client library nor the simulated camera, which are Node's. */
const LAB = ["settings", "firmware", "occupancy", "power", "crowd"].map(name => `tests/lab/${name}.test`);

/** The modules that have C code which runs on Linux. */
const NATIVE = ["bytes", "sha256"];

const stress = process.env.STRESS !== undefined;
const xs = await buildTests(stress ? "stress" : "debug");

function files(): string[] {
	if (process.env.STRESS === "1")
		return [...NATIVE.flatMap(module => testFiles(`tests/modules/${module}`)), ...HOST];
	return [...testFiles("tests/modules").filter(file => (thorough && !stress) || !file.endsWith(".exhaustive.test")), ...LAB, ...HOST];
}

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
		let run: XSRun | undefined;
		if (!thorough || stress) {
			// under stress everything is slower by about that
			before(() => run = stress ? new XSRun(xs, ["--time-scale", "20"], file, "stress") : new XSRun(xs, [], file));
			after(() => run?.stop());
		}
		tests.forEach((titles, index) => {
			it(titles.join(" > "), () => run?.result(index) ?? runTest(xs, file, index));
		});
	});

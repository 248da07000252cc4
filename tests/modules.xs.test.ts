/**
 * The firmware modules' tests on XS, where the modules will live: each in a new machine of the debug build.
 *
 * In the stress run (ASAN, a garbage collection at every allocation) a file runs as a whole. STRESS=1: those of all C code, the host's
 * and the modules'. STRESS=all: every file but the exhaustive ones; that takes hours.
 */
import { buildTests, listTests, runTests, testFiles } from "./node/xs.ts";

/** Tests of the host itself: they know nothing but XS. */
const HOST = testFiles("tests/host", ".ts").filter(file => !/support|fixtures/.test(file));

/** The modules that have C code which runs on Linux. */
const NATIVE = ["bytes", "sha256"];

const stress = process.env.STRESS !== undefined;
const xs = await buildTests(stress ? "stress" : "debug");

function files(): string[] {
	if (process.env.STRESS === "1")
		return [...NATIVE.flatMap(module => testFiles(`tests/modules/${module}`)), ...HOST];
	return [...testFiles("tests/modules").filter(file => !stress || !file.endsWith(".exhaustive.test")), ...HOST];
}

for (const file of files())
	describe(`${file} on XS`, function () {
		if (stress) {
			it("when garbage is collected at every allocation then nothing dangles", async function () {
				this.timeout(1_200_000);
				// everything is slower by about that
				await runTests(xs, ["--time-scale", "20"], file, "all", "stress");
			});
			return;
		}
		let tests: string[][] = [];
		try {
			tests = listTests(xs, file);
		}
		catch (error) {
			// one file that doesn't load fails alone
			it("when the file is loaded then it names its tests", () => {
				throw error;
			});
		}
		tests.forEach((titles, index) => {
			it(titles.join(" > "), async function () {
				await runTests(xs, [], file, "run", String(index));
			});
		});
	});

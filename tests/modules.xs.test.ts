/**
 * The firmware modules' tests on XS, where the modules will live: each in a new machine of the debug build. With HUNT=1 each file as a
 * whole in the memory hunt, where garbage is collected at every allocation.
 */
import { buildTests, listTests, runTests, testFiles } from "./node/xs.ts";

/** Tests of the host itself: they know nothing but XS. */
const HOST = testFiles("tests/host", ".ts").filter(file => !/support|fixtures/.test(file));

const hunt = process.env.HUNT === "1";
const xs = await buildTests(hunt ? "hunt" : "debug");

for (const file of [...testFiles("tests/modules"), ...HOST])
	describe(`${file} on XS`, function () {
		if (hunt) {
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

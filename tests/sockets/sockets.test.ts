/** The device's sockets on a real lwIP, under two sanitizers: the tests in xs/, each in a new machine. */
import { listTests, runTests, testFiles } from "../node/xs.ts";
import { needsNo } from "../support/needs.ts";
import type { XSTests } from "../node/xs.ts";
import { buildSockets, missing } from "./build.ts";

const FILES = testFiles("tests/sockets/xs", ".ts");

for (const sanitizer of ["address", "thread"] as const) {
	const xs: XSTests | undefined = missing() ? undefined : await buildSockets(sanitizer);

	describe(`the device's sockets, sanitizer ${sanitizer}`, function () {
		needsNo(missing);

		for (const file of FILES) {
			listTests(xs!, file).forEach((titles, index) => {
				it(titles.join(" > "), async function () {
					await runTests(xs!, [], file, "run", String(index));
				});
			});
		}
	});
}

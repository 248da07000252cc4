/** Firmware that only the chip runs, on a fake chip: the tests in xs/, each in a new machine, which is a new life of the chip. */
import { each, listTests, runTest, testFiles } from "../node/xs.ts";
import { buildBoard } from "./build.ts";

const xs = await buildBoard();
const listed = await each(testFiles("tests/board/xs", ".ts"), async file => ({ file, tests: await listTests(xs, file) }));

describe("the board with an ESP32-S3", function () {
	for (const { file, tests } of listed) {
		tests.forEach((titles, index) => {
			it(titles.join(" > "), () => runTest(xs, file, index));
		});
	}
});

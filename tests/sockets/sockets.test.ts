/** The device's sockets on a real lwIP, under two sanitizers: the tests in xs/, each in a new machine. */
import { strict as assert } from "node:assert";
import { each, listTests, runTest, testFiles } from "../node/xs.ts";
import { needsNo } from "../support/needs.ts";
import type { XSTests } from "../node/xs.ts";
import { buildSockets, missing } from "./build.ts";

const FILES = testFiles("tests/sockets/xs", ".ts");
/** The tests in which both tasks are busy with one socket, by words of their titles: a machine of ThreadSanitizer's takes a second to start. */
const BUSY = [
	"every n, then one socket suffers, and everything is given back (1 of", "by the other interface then it is not", "window opens and closes with the reader",
	"window closes", "before the connection was read then it is announced", "before it was read then its addresses", "resets with output on its way",
	"right after a write", "inside of any callback", "moves to a new instance", "a silent peer", "connections pending", "segments are tiny", "news at once",
	"segments arrive while", "garbage is collected", "inside of its callback", "faster than they are read", "each hears its own", "keeps what was told", "multicast group"
];

for (const sanitizer of ["address", "thread"] as const) {
	const xs: XSTests | undefined = missing() ? undefined : await buildSockets(sanitizer);
	const listed = xs ? await each(FILES, async file => ({ file, tests: await listTests(xs, file) })) : [];

	describe(`the device's sockets, sanitizer ${sanitizer}`, function () {
		const left = new Set(sanitizer === "thread" ? BUSY : []);
		needsNo(missing);

		for (const { file, tests } of listed) {
			tests.forEach((titles, index) => {
				const title = titles.join(" > ");
				const words = BUSY.find(words => title.includes(words));
				if (words)
					left.delete(words);
				if (words || sanitizer === "address")
					it(title, () => runTest(xs!, file, index));
			});
		}

		it("when the busy tests are chosen then each word of the choice is in a title", function () {
			assert.deepEqual([...left], []);
		});
	});
}

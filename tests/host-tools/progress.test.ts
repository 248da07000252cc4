import { strict as assert } from "node:assert";
import { Progress } from "../../host-tools/cli/screen/progress.ts";
import { agoText, outline, paceText, rateText, table } from "../../host-tools/cli/screen/text.ts";
import { VirtualTime } from "../support/clock.ts";

/** What a terminal shows after `text`: the few control sequences that Progress uses. */
function screen(text: string): string[] {
	const rows: string[] = [""];
	let row = 0;
	let column = 0;
	for (const [token] of text.matchAll(/\x1b\[(\d*)([A-Z])|\x1b\[\d*m|[\s\S]/g)) {
		const up = /^\x1b\[(\d+)A$/.exec(token);
		if (up)
			row -= Number(up[1]);
		else if (token === "\x1b[J") {
			rows.length = row + 1;
			rows[row] = rows[row]!.slice(0, column);
		}
		else if (token === "\r")
			column = 0;
		else if (token === "\n") {
			row++;
			column = 0;
			rows[row] ??= "";
		}
		else if (!token.startsWith("\x1b")) {
			rows[row] = rows[row]!.slice(0, column) + token;
			column++;
		}
	}
	return rows.filter(line => line);
}

describe("progress", () => {
	let time: VirtualTime;
	let text: string;

	beforeEach(() => {
		time = new VirtualTime();
		text = "";
	});

	function make(options: { tty?: boolean; json?: boolean; env?: Record<string, string>; columns?: number } = {}): Progress {
		const output = { isTTY: options.tty ?? false, columns: options.columns ?? 80, write: (part: string | Uint8Array) => void (text += part as string) };
		return new Progress({ output, env: options.env ?? {}, clock: time, json: options.json ?? false });
	}

	it("when it is a terminal then bars are redrawn in place and lines move up", () => {
		const progress = make({ tty: true });
		progress.update("a", "staging kernel", 0.25, "100.0 KB/s");
		time.advance(200);
		progress.update("b", "fastboot spl", 0.5);
		time.advance(200);
		progress.update("a", "staging kernel", 0.5, "99.0 KB/s");
		progress.line("something happened");
		assert.deepEqual(screen(text), ["something happened", "staging kernel [############            ]  50 % 99.0 KB/s", "fastboot spl [############            ]  50 %"]);
		progress.finish("a", "staged kernel");
		progress.close();
		assert.deepEqual(screen(text), ["something happened", "staged kernel"]);
	});

	it("when updates come fast then they are drawn ten times a second", () => {
		const progress = make({ tty: true });
		for (let count = 0; count < 1000; count++) {
			progress.update("a", "x", count / 1000);
			time.advance(1);
		}
		assert.equal(text.split("\x1b[J").length - 1, 10);
	});

	it("when a bar is wider than the terminal then it is cut", () => {
		make({ tty: true, columns: 20 }).update("a", "a very long label indeed", 0.5);
		assert.ok(screen(text).every(line => line.length < 20));
	});

	it("when a terminal does not know its width then it is taken for 80", () => {
		make({ tty: true, columns: 0 }).update("a", "a", 0.5, "1.0 KB/s");
		assert.deepEqual(screen(text), ["a [############            ]  50 % 1.0 KB/s"]);
	});

	it("when nobody knows how much there is then there is no bar", () => {
		make({ tty: true }).update("a", "waiting", undefined, "1 s");
		assert.deepEqual(screen(text), ["waiting ... 1 s"]);
	});

	const untilDone = (step: number): void => {
		const progress = make();
		for (let count = 0; count <= 100; count++) {
			progress.update("a", "staging", count / 100, "5 KB/s");
			time.advance(step);
		}
		progress.finish("a", "staged");
	};

	it("when it is no terminal then quarters are plain lines", () => {
		untilDone(100);
		assert.equal(text, "staging: 25 %, 5 KB/s\nstaging: 50 %, 5 KB/s\nstaging: 75 %, 5 KB/s\nstaged\n");
	});

	it("when it is no terminal and a task is short then only its end is a line", () => {
		untilDone(10);
		assert.equal(text, "staged\n");
	});

	it("when NO_COLOR is set then bars stay and colours go", () => {
		make({ tty: true }).line("good", "good");
		assert.ok(text.includes("\x1b[32m"));
		text = "";
		const progress = make({ tty: true, env: { NO_COLOR: "1" } });
		progress.line("good", "good");
		progress.update("a", "x", 1);
		assert.ok(!/\x1b\[\d+m/.test(text));
		assert.ok(text.includes("[####"));
	});

	it("when the terminal is dumb or absent then there is no control sequence", () => {
		for (const progress of [make({ tty: true, env: { TERM: "dumb" } }), make()]) {
			progress.update("a", "x", 0.5);
			progress.line("bad", "bad");
			progress.finish("a", "done");
			progress.close();
		}
		assert.ok(!text.includes("\x1b"));
	});

	it("when JSON is wanted then there are events and nothing else", () => {
		const progress = make({ tty: true, json: true });
		progress.event({ event: "a", n: 1 });
		progress.line("x");
		progress.update("a", "x", 0.5);
		progress.finish("a", "done");
		progress.close();
		assert.equal(text, "{\"event\":\"a\",\"n\":1}\n");
	});

	it("when events of a series come fast then one a second is written, and others are not held up", () => {
		const progress = make({ json: true });
		for (let count = 0; count < 30; count++) {
			progress.event({ event: "staging", name: "a" }, "staging a");
			progress.event({ event: "staging", name: "b" }, "staging b");
			time.advance(100);
		}
		progress.event({ event: "staged" });
		assert.deepEqual(text.trim().split("\n").map(line => (JSON.parse(line) as { name?: string }).name), ["a", "b", "a", "b", "a", "b", undefined]);
	});

	it("when there is a stamp and a log then each event has the one, and each line that stays is in the other, with JSON, too", () => {
		for (const json of [true, false]) {
			const log: string[] = [];
			text = "";
			const progress = new Progress({ output: { write: part => void (text += part as string) }, env: {}, clock: time, json, stamp: () => ({ job: "j" }), log: line => log.push(line) });
			progress.event({ event: "a", n: 1 });
			progress.update("x", "x", 0.5);
			progress.line("one");
			progress.finish("x", "two");
			assert.deepEqual(log, ["one", "two"]);
			assert.equal(text, json ? "{\"event\":\"a\",\"job\":\"j\",\"n\":1}\n" : "one\ntwo\n");
		}
	});

	it("when numbers are shown then they are readable", () => {
		assert.equal(rateText(1024 * 1024, 1000), "1.0 MB/s");
		assert.equal(rateText(5120, 500), "10.0 KB/s");
		assert.equal(rateText(1, 0), "");
		assert.equal(paceText(512 * 1024, 2048 * 1024, 10_000), "51.2 KB/s, 30 s left");
		assert.deepEqual([paceText(10, 10, 1000), paceText(0, 10, 1000), paceText(5, 10, 0)], ["0.0 KB/s", "0.0 KB/s", ""]);
		assert.deepEqual([0, 59.9, 60, 3_599, 12_000, 360_000].map(agoText), ["0 s", "59 s", "1 min", "59 min", "3 h 20 min", "4 d 4 h"]);
		assert.deepEqual(table([[1, "a", "b"], [100, "ccc", ""]]), ["  1  a    b", "100  ccc"]);
		assert.deepEqual(outline({ a: 1, b: { c: [] , d: null } }), ["a: 1", "b:", "  c: none", "  d: null"]);
	});
});

import { strict as assert } from "node:assert";
import { Log, LogReader } from "uart/log";

describe("uart: the log", () => {
	it("when less was received than it holds then all of it is there, from offset 0", () => {
		const log = filledLog(10, "abc");
		assert.equal(log.start, 0);
		assert.equal(log.end, 3);
		assert.equal(text(log), "abc");
	});

	it("when more was received than it holds then the newest bytes are there and the offsets go on", () => {
		for (let length = 1; length < 40; length++) {
			const all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".slice(0, length);
			const log = filledLog(10, all);
			assert.equal(log.end, length);
			assert.equal(log.start, Math.max(0, length - 10));
			assert.equal(text(log), all.slice(-10));
		}
	});

	it("when it is read since an offset then what is gone is counted", () => {
		const log = filledLog(10, "abcdefghijklmnop");
		const excerpt = log.read(2);
		assert.equal(excerpt.from, 6);
		assert.equal(excerpt.end, 16);
		assert.equal(excerpt.lost, 4);
		assert.equal(excerpt.size, 10);
		assert.equal(log.read(9).lost, 0);
		assert.equal(log.read(16).size, 0);
	});

	it("when a limit is given then next continues without a gap", () => {
		const log = filledLog(10, "abcdefghijklmnop");
		let all = "";
		for (let since = log.start; since < log.end;) {
			const excerpt = log.read(since, 3);
			assert.ok(excerpt.size <= 3);
			all += textOf(excerpt);
			since = excerpt.end;
		}
		assert.equal(all, "ghijklmnop");
	});

	it("when an offset never existed then it is refused with the range", () => {
		const log = filledLog(10, "abcdefghijklmnop");
		for (const since of [-1, 17, 1.5, NaN, Infinity])
			assert.throws(() => log.read(since), (error: { code: string; detail: { start: number; end: number } }) => error.code === "bad_since" && error.detail.start === 6 && error.detail.end === 16);
	});

	it("when bytes of an excerpt are overwritten while it is sent then that is an error and never other bytes", () => {
		const log = filledLog(10, "abcdefghij");
		const excerpt = log.read();
		assert.equal(String.fromCharCode(...excerpt.span(0, 3)), "abc");
		put(log, "1234");
		assert.throws(() => excerpt.span(3, 3), (error: { code: string }) => error.code === "log_overwritten");
		assert.equal(String.fromCharCode(...excerpt.span(4, 100)), "efghij");
	});

	it("when a text is searched then it is found across the ring's end, and from the offset on only", () => {
		for (let before = 0; before < 30; before++) {
			const log = filledLog(16, "x".repeat(before) + "autoboot");
			const pattern = Array.from("autoboot", c => c.charCodeAt(0));
			assert.equal(log.indexOf(pattern, 0), before);
			assert.equal(log.indexOf(pattern, before), before);
			assert.equal(log.indexOf(pattern, before + 1), -1);
			assert.equal(log.endsWith(pattern), true);
			put(log, "!");
			assert.equal(log.endsWith(pattern), false);
			assert.equal(log.indexOf(pattern, 0), before);
		}
		assert.equal(filledLog(16, "autoboo").indexOf(Array.from("autoboot", c => c.charCodeAt(0)), 0), -1);
		assert.equal(filledLog(16, "aaautaautoboot").indexOf(Array.from("autoboot", c => c.charCodeAt(0)), 0), 6);
	});

	it("when a reader begins then it gets nothing from before", () => {
		const log = filledLog(10, "abc");
		const reader = new LogReader(log);
		assert.equal(reader.waiting, 0);
		put(log, "de");
		assert.equal(String.fromCharCode(...reader.span(100)), "de");
		reader.skip(1);
		assert.equal(String.fromCharCode(...reader.span(100)), "e");
		reader.toEnd();
		assert.equal(reader.waiting, 0);
	});

	it("when a reader falls a whole ring behind then it continues with the oldest byte, and the loss is counted for it and in all", () => {
		const log = new Log({ size: 10 });
		const slow = new LogReader(log);
		const quick = new LogReader(log);
		put(log, "abcdefg");
		quick.skip(7);
		put(log, "hijklmno");
		assert.equal(slow.waiting, 10);
		assert.equal(String.fromCharCode(...slow.span(1)), "f");
		assert.equal(slow.lost, 5);
		assert.equal(quick.waiting, 8);
		assert.equal(quick.lost, 0);
		assert.equal(log.dropped, 5);
	});
});

function filledLog(size: number, content: string): Log {
	const log = new Log({ size });
	put(log, content);
	return log;
}

function put(log: Log, content: string): void {
	for (let i = 0; i < content.length; i++) {
		log.space()[0] = content.charCodeAt(i);
		log.advance(1);
	}
}

function text(log: Log): string {
	return textOf(log.read());
}

function textOf(excerpt: ReturnType<Log["read"]>): string {
	let all = "";
	for (let span = excerpt.span(0, 1_000); span.length > 0; span = excerpt.span(all.length, 1_000))
		all += String.fromCharCode(...span);
	return all;
}

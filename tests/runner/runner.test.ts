/** The runner of the tests: what it calls a failure, what it starts first, and that nothing outlives it. */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { until } from "../support/running-pod.ts";
import { next, suites, type Costs, type Suite } from "./plan.ts";
import { runAll, type RunOptions } from "./run-all.ts";

const suite = (title: string, seconds: number, cpu: number): Suite => ({ title, files: [title], environment: {}, seconds, cpu });

describe("the runner's plan", () => {
	const COSTS: Costs = { "tests/a/1.test.ts": { seconds: 1, cpu: 1 }, "tests/a/2.test.ts": { seconds: 1, cpu: 1 }, "tests/a/3.test.ts": { seconds: 90, cpu: 9 }, "tests/b/4.test.ts": { seconds: 1, cpu: 1 } };

	it("when files are quick then those of a folder share a process, and nobody is left out", () => {
		const made = suites(["tests/b/4.test.ts", "tests/a/1.test.ts", "tests/a/2.test.ts", "tests/a/3.test.ts", "tests/a/new.test.ts"], COSTS);
		assert.deepEqual(made.map(({ files }) => files), [["tests/a/1.test.ts", "tests/a/2.test.ts"], ["tests/a/3.test.ts"], ["tests/a/new.test.ts"], ["tests/b/4.test.ts"]]);
	});

	it("when nothing was recorded then each file has a process", () => {
		assert.deepEqual(suites(["tests/a/2.test.ts", "tests/a/1.test.ts"], {}).map(({ files }) => files), [["tests/a/1.test.ts"], ["tests/a/2.test.ts"]]);
	});

	it("when suites wait for a processor then the longest is first, and those that wait for other things run beside it", () => {
		const busy = suite("busy", 50, 50);
		const waiter = suite("waiter", 100, 5);
		const short = suite("short", 5, 5);
		assert.equal(next([short, busy, waiter], [], 2, 8), waiter);
		assert.equal(next([short, busy], [waiter], 1, 8), undefined, "more than one processor");
		assert.equal(next([short, busy], [waiter], 2, 8), busy);
		assert.equal(next([waiter], [busy, short], 3, 8), waiter);
		assert.equal(next([waiter], [busy, short], 3, 2), undefined, "too many at a time");
		assert.equal(next([suite("greedy", 10, 90)], [], 2, 8)?.title, "greedy");
	});
});

describe("the runner", function () {
	let root: string;
	let said: string;
	let options: RunOptions;
	let over: AbortController;

	beforeEach(() => {
		root = mkdtempSync(join(resolve(import.meta.dirname, "../../build"), "runner-")); // where mocha's types are found
		said = "";
		over = new AbortController();
		options = { root, processors: 2, limit: 100, say: text => said += text, signal: over.signal };
		mkdirSync(join(root, "tests"));
	});
	afterEach(() => rmSync(root, { recursive: true, force: true }));

	function file(name: string, text: string): string {
		writeFileSync(join(root, "tests", name), text);
		return `tests/${name}`;
	}

	const TEST = `it("passes", () => console.log("a word of no interest"));\n`;

	it("when all pass then it counts them and says nothing of theirs", async () => {
		const summary = await runAll(suites([file("a.ts", TEST + TEST), file("b.ts", TEST)], {}), options);
		assert.deepEqual(summary.failures, []);
		assert.doesNotMatch(said, /of no interest/);
		assert.match(said, /^✔ tests\/a\.ts: 2 passed, /m);
		assert.match(summary.text(), /^the 2 slowest:\n +\d+\.\d s {2}tests\/[ab]\.ts [^]*\n3 tests passed, 0 failed, 0 skipped, in 2 files and 0 min /m);
	});

	it("when one fails in whatever way then the run fails and its whole output is shown", async () => {
		const ways = [
			["a test fails", `it("breaks", () => { console.log("a word of interest"); throw new Error("the reason"); });`, "tests failed"],
			["a hook fails", `describe("x", () => { before(() => { console.log("a word of interest"); throw new Error("the reason"); }); ${TEST} });`, "tests failed"],
			["there are no tests", `console.log("a word of interest", "the reason");`, "no tests in tests/2.ts"],
			["it does not load", `console.log("a word of interest"); throw new Error("the reason");`, "mocha ended with 1"],
			["it dies", `it("dies", () => { console.log("a word of interest", "the reason"); process.kill(process.pid, "SIGKILL"); });`, "mocha died by SIGKILL"],
			["it leaves in the middle", `it("leaves", () => { console.log("a word of interest", "the reason"); process.exit(0); });`, "no tests in tests/5.ts"],
			["a test goes wrong after its end", `it("passes", done => { console.log("a word of interest"); done(); setTimeout(() => { throw new Error("the reason"); }); }); it("waits", done => { setTimeout(done, 300); });`, "tests failed"]
		] as const;
		const summary = await runAll(suites([...ways.map(([, text], index) => file(`${index}.ts`, text)), file("good.ts", TEST)], {}), options);
		assert.deepEqual([...summary.failures].sort(), ways.map(([, , failure], index) => `tests/${index}.ts: ${failure}`));
		for (const [index, [title]] of ways.entries()) {
			const shown = said.slice(said.indexOf(`✖ tests/${index}.ts`), said.lastIndexOf(`✖ tests/${index}.ts`));
			assert.match(shown, /a word of interest/, title);
			assert.match(shown, /the reason/, title);
		}
		assert.doesNotMatch(said, /of no interest/);
		assert.match(summary.text(), /^7 suites failed:\n {4}tests\/\d\.ts: /m);
	});

	it("when a suite hangs then it is ended and counts as failed", async () => {
		const summary = await runAll(suites([file("a.ts", `await new Promise(resolve => setTimeout(resolve, 1e9));`)], {}), { ...options, limit: 0.5 });
		assert.deepEqual(summary.failures, ["tests/a.ts: it did not end within 0.5 s"]);
	});

	it("when it is interrupted then it stops all that it started, and starts nothing more", async () => {
		const pids = join(root, "pids");
		const hang = (name: string): string => file(name, `import { spawn } from "node:child_process"; import { appendFileSync } from "node:fs";
			it("hangs", function (done) { this.timeout(0); const child = spawn("sleep", ["1000"]); appendFileSync(${JSON.stringify(pids)}, process.pid + " " + child.pid + " "); });`);
		const run = runAll(suites([hang("a.ts"), hang("b.ts"), hang("c.ts")], {}), { ...options });
		const started = (): number[] => {
			try {
				return readFileSync(pids, "utf8").trim().split(" ").map(Number);
			}
			catch {
				return [];
			}
		};
		await until("two suites run", async () => started().length === 4);
		over.abort();
		assert.equal((await run).failures.length, 2);
		assert.equal(started().length, 4);
		assert.deepEqual(started().filter(isRunning), []);
	});
});

/** A zombie isn't: whoever is to reap it may take its time. */
function isRunning(pid: number): boolean {
	try {
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
	}
	catch {
		return false;
	}
}

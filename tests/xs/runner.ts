/**
 * A small mocha for XS: describe, it, beforeEach, afterEach.
 *
 *     xs-host MAP tests/xs/runner SPECIFIER list        prints the titles of all tests, suites and all, as a JSON array
 *     xs-host MAP tests/xs/runner SPECIFIER run N   runs the Nth test; exit code 0 when it passes, 1 when not, the reason on stderr
 *     xs-host MAP tests/xs/runner SPECIFIER all [stress]   runs one after the other in this machine; a line of JSON on stdout for each as it
 *                                                          ends: null when it passed, the reason when not
 *
 * With `stress` garbage is collected at every allocation; with `verbose` each title is printed before its test runs. `room SLOTS BYTES` (in
 * device mode) leaves so much of the heap to the tests, however much of it the file and what it imports have taken.
 */
import Process from "host/process";
import Timer from "timer";

type Body = (this: object) => unknown;

interface Suite {
	parent: Suite | undefined;
	title: string;
	before: Body[];
	after: Body[];
}

interface Test {
	suite: Suite;
	title: string;
	body: Body;
}

/** Milliseconds a test may take before it counts as hung. */
const PATIENCE = 50_000;

const tests: Test[] = [];
let current: Suite = { parent: undefined, title: "", before: [], after: [] };

Object.assign(globalThis, {
	describe(title: string, body: () => void): void {
		current = { parent: current, title, before: [], after: [] };
		body.call({});
		current = current.parent!;
	},
	it(title: string, body: Body): void {
		tests.push({ suite: current, title, body });
	},
	beforeEach(body: Body): void {
		current.before.push(body);
	},
	afterEach(body: Body): void {
		current.after.push(body);
	}
});

function lineage(suite: Suite | undefined): Suite[] {
	return suite ? [...lineage(suite.parent), suite] : [];
}

function titles(test: Test): string[] {
	return [...lineage(test.suite).map(suite => suite.title).filter(Boolean), test.title];
}

async function run(test: Test): Promise<void> {
	const context = { timeout(): void {}, slow(): void {} };
	const suites = lineage(test.suite);
	try {
		for (const suite of suites) {
			for (const body of suite.before)
				await body.call(context);
		}
		await test.body.call(context);
	}
	finally {
		for (const suite of suites.reverse()) {
			for (const body of suite.after)
				await body.call(context);
		}
	}
}

/** Why it failed; undefined when it passed. */
async function failure(test: Test): Promise<string | undefined> {
	const timer = Timer.set(() => {
		trace(titles(test).join(" > "), ": hung\n");
		Process.exit(1);
	}, PATIENCE);
	try {
		await run(test);
		return undefined;
	}
	catch (error) {
		return `${titles(test).join(" > ")}\n${(error as Error)?.stack ?? error}`;
	}
	finally {
		Timer.clear(timer);
	}
}

/** What takes the rest of the heap. */
const ballast: object[] = [];

function leave(slots: number, bytes: number): void {
	Process.collect();
	if (Process.freeSlots < slots || Process.freeChunks < bytes)
		throw new Error(`it and what it imports leave ${Process.freeSlots} slots and ${Process.freeChunks} bytes, not ${slots} and ${bytes}`);
	while (Process.freeSlots > slots + 2)
		ballast.push({});
	Process.collect();
	ballast[0] = new ArrayBuffer(Process.freeChunks - bytes);
}

async function start(specifier: string, command: string, options: string[]): Promise<void> {
	await import(specifier);
	if (command === "list") {
		Process.print(JSON.stringify(tests.map(titles)));
		Process.exit(0);
	}
	if (options.includes("stress"))
		Process.stress();
	const room = options.indexOf("room");
	if (room >= 0)
		leave(Number(options[room + 1]), Number(options[room + 2]));
	let failures = 0;
	for (const test of command === "run" ? [tests[Number(options[0])]!] : tests) {
		if (options.includes("verbose"))
			trace(titles(test).join(" > "), "\n");
		const reason = await failure(test);
		if (reason !== undefined)
			failures++;
		if (command === "all")
			Process.print(JSON.stringify(reason ?? null));
		else if (reason !== undefined)
			trace(reason, "\n");
	}
	Process.exit(failures ? 1 : 0);
}

const [specifier, command, ...options] = Process.args as [string, string, ...string[]];
void start(specifier, command, options);

/**
 * Runs the tests: `npm test` (the gate), `npm run quick` (what needs no pod), `npm run prove` (the slow proofs, too).
 *
 *     node --import tsx tests/run.ts gate|quick|prove [--repeat N] [--record] [--processors N] [FILE or FOLDER...]
 *
 * Files run in processes of their own beside each other, as many as there are processors for; those that mostly wait for pods, QEMU and
 * real clients need little of one. A failed suite's output is shown whole. It ends with 0 only when every file has tests and all passed.
 *
 * A test learns from PROVE=1 that it is to be thorough (support/thorough.ts). --record writes down what each file took (runner/durations.json).
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { buildForChildren } from "../simulator/build.ts";
import { TESTS } from "./node/xs.ts";
import { suites, type Cost, type Suite } from "./runner/plan.ts";
import { runAll } from "./runner/run-all.ts";

const ROOT = resolve(import.meta.dirname, "..");
const DURATIONS = join(ROOT, "tests/runner/durations.json");

/** Folders whose tests, most of them, start no process and wait for nothing. */
const QUICK = ["tests/modules/", "tests/src/", "tests/structure/", "tests/docs/names", "tests/docs/tables", "tests/camera/", "tests/host-tools/", "tests/lab/"];
/** Of these, files that took no longer when it was recorded. */
const QUICK_SECONDS = 4;

/** What runs once more with garbage collected at every allocation: all C code, and one pod. */
const STRESS = { gate: ["tests/modules.xs.test.ts", "tests/pod/staging.test.ts"], prove: ["tests/modules.xs.test.ts", "tests/pod/staging.test.ts", "tests/pod/bad-input.test.ts"] };

/** Seconds that no suite needs. */
const LIMIT = { gate: 1800, quick: 300, prove: 6 * 3600 };

type Tier = keyof typeof LIMIT;

interface Wanted {
	tier: Tier;
	repeat: number;
	record: boolean;
	processors: number;
	/** Files or folders; all when empty. */
	paths: string[];
}

function parse(args: string[]): Wanted {
	const wanted: Wanted = { tier: "gate", repeat: 1, record: false, processors: availableParallelism(), paths: [] };
	const number = (text: string | undefined): number => {
		if (!/^[1-9]\d*$/.test(text ?? ""))
			usage();
		return Number(text);
	};
	const [tier, ...rest] = args;
	if (tier === undefined || !Object.hasOwn(LIMIT, tier))
		usage();
	wanted.tier = tier as Tier;
	while (rest.length) {
		const arg = rest.shift()!;
		if (arg === "--repeat")
			wanted.repeat = number(rest.shift());
		else if (arg === "--processors")
			wanted.processors = number(rest.shift());
		else if (arg === "--record")
			wanted.record = true;
		else if (arg.startsWith("-"))
			usage();
		else
			wanted.paths.push(relative(ROOT, resolve(arg)));
	}
	return wanted;
}

function usage(): never {
	process.stderr.write("usage: tests/run.ts gate|quick|prove [--repeat N] [--record] [--processors N] [FILE or FOLDER...]\n");
	process.exit(2);
}

function testFiles({ paths }: Wanted): string[] {
	const all = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(".test.ts")).map(name => `tests/${name}`);
	const chosen = (path: string): string[] => all.filter(file => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`));
	const nothing = paths.find(path => chosen(path).length === 0);
	if (nothing !== undefined) {
		process.stderr.write(`there are no tests at ${nothing}\n`);
		process.exit(2);
	}
	return paths.length ? [...new Set(paths.flatMap(chosen))] : all;
}

function plan(wanted: Wanted, costs: Record<string, Cost>): Suite[] {
	const files = testFiles(wanted);
	if (wanted.tier === "quick")
		return suites(files.filter(file => QUICK.some(folder => file.startsWith(folder)) && (costs[file]?.seconds ?? 0) <= QUICK_SECONDS), costs);
	const made: Suite[] = [];
	for (let round = 0; round < wanted.repeat; round++)
		made.push(...suites(files, costs));
	const stressed = STRESS[wanted.tier].filter(file => files.includes(file));
	return [...made, ...suites(stressed, costs, { STRESS: wanted.tier === "prove" ? "all" : "1", POD_FLAVOUR: "stress" }, " (stress)")];
}

async function main(): Promise<number> {
	const wanted = parse(process.argv.slice(2));
	const recorded: Record<string, Cost> = JSON.parse(readFileSync(DURATIONS, "utf8"));
	const waiting = plan(wanted, recorded);
	if (wanted.tier === "prove")
		process.env["PROVE"] = "1";
	if (wanted.tier !== "quick")
		await buildForChildren([{ flavour: "release" }, { flavour: "debug" }, { ...TESTS, flavour: "debug" }, ...waiting.some(({ environment }) => environment.STRESS) ? [{ flavour: "stress" as const }, { ...TESTS, flavour: "stress" as const }] : []]);

	const over = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.on(signal, () => over.abort());
	const summary = await runAll(waiting, { root: ROOT, processors: wanted.processors, limit: LIMIT[wanted.tier], say: text => process.stdout.write(text), signal: over.signal });
	if (wanted.record)
		writeFileSync(DURATIONS, summary.recorded(recorded));
	process.stdout.write(summary.text());
	return over.signal.aborted ? 130 : summary.failures.length ? 1 : 0;
}

process.exitCode = await main();

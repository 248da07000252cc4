/**
 * Runs tests on XS from Node: builds the host, the modules and the tests, and starts programs with them.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { ROOT, build, compile, locked, type BuildOptions, type Flavour } from "../../simulator/build.ts";

const OUTPUT = join(ROOT, "build/xs-tests");

/** The whole firmware, for tests. */
export const TESTS: Pick<BuildOptions, "name" | "manifest"> = {
	name: "xs-tests",
	manifest: ["manifest.json", "tests/host/fixtures/manifest.json"].map(path => join(ROOT, path))
};

export interface XSTests {
	host: string;
	map: string;
}

export async function buildTests(flavour: Flavour): Promise<XSTests> {
	const log = (line: string): void => void process.stderr.write(`${line}\n`);
	const { host, map } = await build({ ...TESTS, flavour });
	await locked(() => compile(join(ROOT, "tests/xs/tsconfig.json"), OUTPUT, ["tests/modules", "tests/support", "tests/host", "tests/sockets", "tests/xs"], log));
	const lines = [readFileSync(map, "utf8"), `node:assert\t${join(OUTPUT, "tests/xs/assert.js")}\n`];
	for (const entry of readdirSync(OUTPUT, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		if (path.endsWith(".js"))
			lines.push(`${relative(OUTPUT, path).slice(0, -3)}\t${path}\n`);
	}
	const whole = join(OUTPUT, `${flavour}.map`);
	// another process may be reading it
	writeFileSync(`${whole}.${process.pid}`, lines.join(""));
	renameSync(`${whole}.${process.pid}`, whole);
	return { host, map: whole };
}

/** The specifiers of all files below `folder` (relative to the tree's root) whose names end like that. */
export function testFiles(folder: string, ending = ".test.ts"): string[] {
	if (!existsSync(join(ROOT, folder)))
		return [];
	return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(ending)).sort().map(name => `${folder}/${name.slice(0, -3)}`);
}

/** Suites and title of each test in the file. Throws what XS said when the file doesn't load. */
export function listTests({ host, map }: XSTests, specifier: string): string[][] {
	return JSON.parse(execFileSync(host, [map, "tests/xs/runner", specifier, "list"], { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })) as string[][];
}

/** Runs tests in a new machine; rejects with what it wrote to stderr when one fails. `options` are xs-host's. */
export async function runTests({ host, map }: XSTests, options: string[], specifier: string, ...command: string[]): Promise<void> {
	try {
		await promisify(execFile)(host, [...options, map, "tests/xs/runner", specifier, ...command], { cwd: ROOT, encoding: "utf8" });
	}
	catch (error) {
		const { stderr, signal } = error as { stderr: string; signal: string | null };
		throw new Error(`on XS${signal ? ` (${signal})` : ""}: ${stderr.trim()}`);
	}
}

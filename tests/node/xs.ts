/**
 * Runs tests on XS from Node: builds the host, the modules and the tests, and starts programs with them.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { MANIFESTS } from "./resource.ts";
import { deviceSize, writeDevice } from "../../simulator/pod.ts";
import { ROOT, build, compile, locked, type BuildOptions, type BuildFlavour } from "../../simulator/build.ts";

const OUTPUT = join(ROOT, "build/xs-tests");

/** The whole firmware, for tests. */
export const TESTS: Pick<BuildOptions, "name" | "manifest"> = {
	name: "xs-tests",
	manifest: [...MANIFESTS]
};

/** Room for a file of tests and what it imports: ample, the runner takes away what is left of it. */
const LOADED = { slots: 65_536, bytes: 8_388_608 };

/** The firmware's callers are the lab's simulated wires, whose callers are promises of the tests: times the chip's stack. */
const STACK = 4;

export interface XSTests {
	host: string;
	map: string;
}

export interface FirmwareTests extends XSTests {
	/** The firmware's modules that the chip's image holds ready. */
	preload: string[];
}

export async function buildTests(flavour: BuildFlavour): Promise<FirmwareTests> {
	const log = (line: string): void => void process.stderr.write(`${line}\n`);
	const { host, map, preload } = await build({ ...TESTS, flavour });
	await locked(() => compile(join(ROOT, "tests/xs/tsconfig.json"), OUTPUT, ["tests/modules", "tests/support", "tests/lab", "simulator/chip-flash.ts", "simulator/random.ts", "simulator/camera", "tests/host", "tests/sockets", "tests/board", "tests/xs"], log));
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
	return { host, map: whole, preload };
}

/** The specifiers of all files below `folder` (relative to the tree's root) whose names end like that. */
export function testFiles(folder: string, ending = ".test.ts"): string[] {
	if (!existsSync(join(ROOT, folder)))
		return [];
	return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(ending)).sort().map(name => `${folder}/${name.slice(0, -3)}`);
}

/** Suites and title of each test in the file. Rejects with what XS said when the file doesn't load. */
export async function listTests({ host, map }: XSTests, specifier: string): Promise<string[][]> {
	const { stdout } = await promisify(execFile)(host, [map, "tests/xs/runner", specifier, "list"], { cwd: ROOT });
	return JSON.parse(stdout) as string[][];
}

/** Options and command with which tests run as on the chip: the firmware's modules preloaded and read-only, and a heap of a fixed size. */
export interface Device {
	options: string[];
	command: string[];
}

/**
 * Of the chip's size, and `more` for what isn't firmware. What a file and the modules it imports take when they are loaded is no part of it:
 * the runner leaves so much to the tests, whatever that was.
 */
export function deviceOf({ map, preload }: FirmwareTests, more: { slots: number; bytes: number }): Device {
	const { slots, chunks, stack } = deviceSize();
	// the chip's entry needs the chip's board; what the lab puts in its place is a part of the tests
	const firmware = preload.filter(specifier => specifier !== "main");
	const path = `${map}.device`;
	const written = writeDevice(`${path}.${process.pid}`, firmware, {
		slots: LOADED.slots + slots + more.slots,
		chunks: LOADED.bytes + chunks + more.bytes,
		stack: stack * STACK
	});
	// another process may be reading it
	renameSync(written, path);
	return { options: ["--device", path], command: ["room", String(slots + more.slots), String(chunks + more.bytes)] };
}

/** A machine that runs all tests of a file, one after the other. `options` are xs-host's. */
export class XSRun {
	private readonly lines: AsyncIterator<string>;
	private readonly child: ChildProcess;
	private stderr = "";
	private readonly results: Promise<void>[] = [];

	constructor({ host, map }: XSTests, options: string[], specifier: string, ...command: string[]) {
		this.child = spawn(host, [...options, map, "tests/xs/runner", specifier, "all", ...command], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
		this.child.stderr!.on("data", (bytes: Buffer) => this.stderr += bytes.toString());
		this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
	}

	/** Settles as the test did. */
	async result(index: number): Promise<void> {
		while (this.results.length <= index) {
			const result = this.next();
			result.catch(() => {}); // until somebody asks
			this.results.push(result);
			await result.catch(() => {});
		}
		return this.results[index];
	}

	stop(): void {
		this.child.kill("SIGKILL");
	}

	private async next(): Promise<void> {
		const { value, done } = await this.lines.next() as { value: string; done?: boolean };
		if (done) {
			if (this.child.exitCode === null && this.child.signalCode === null)
				await once(this.child, "exit");
			throw new Error(`XS ended before it (${this.child.signalCode ?? this.child.exitCode}): ${this.stderr.trim()}`);
		}
		const reason = JSON.parse(value) as string | null;
		if (reason !== null)
			throw new Error(`on XS: ${reason}\n${this.stderr.trim()}`);
	}
}

/** What `work` makes of each, a few at a time. */
export async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>, atATime = 4): Promise<R[]> {
	const made: R[] = [];
	let at = 0;
	const worker = async (): Promise<void> => {
		while (at < all.length) {
			const index = at++;
			made[index] = await work(all[index]!);
		}
	};
	await Promise.all(Array.from({ length: atATime }, worker));
	return made;
}

/** Runs one test in a new machine; rejects with what it wrote to stderr when it fails. */
export async function runTest({ host, map }: XSTests, specifier: string, index: number, device?: Device): Promise<void> {
	try {
		const command = ["run", String(index), ...device?.command ?? []];
		await promisify(execFile)(host, [...device?.options ?? [], map, "tests/xs/runner", specifier, ...command], { cwd: ROOT, encoding: "utf8" });
	}
	catch (error) {
		const { stderr, signal } = error as { stderr: string; signal: string | null };
		throw new Error(`on XS${signal ? ` (${signal})` : ""}: ${stderr.trim()}`);
	}
}

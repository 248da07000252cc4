/**
 * Builds what is stale of the Linux side: the engine's sources, the compiled firmware, the map of its modules, and xs-host.
 *
 *     npm run build [-- --debug | --stress]
 *
 * Types are not checked here (`npm run check` does that). Processes that build at the same time wait for each other.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareEngine } from "./engine.ts";
import { unusable, usableFolder } from "./folder.ts";
import { isAlive, lock } from "./lock.ts";
import { lower } from "./lower.ts";
import { readManifest, type Manifest } from "./manifest.ts";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BUILD = join(ROOT, "build");
/** Of a pod on Linux. */
const MANIFEST = join(ROOT, "simulator/manifest.json");

/** Of one C file, with two at a time on a usual computer. */
const SECONDS_PER_FILE = 1;

/** simulator/host/Makefile says what they are. */
export type BuildFlavour = "release" | "debug" | "stress";

export interface BuildOptions {
	flavour?: BuildFlavour;
	/** One or several manifest.json; simulator/manifest.json when absent. */
	manifest?: string | string[];
	/** Of the map file; the first manifest's folder when absent. */
	name?: string;
	/** No progress lines on stderr. */
	quiet?: boolean;
}

export interface Built {
	/** The program to run. */
	host: string;
	/** Its first argument: lines of `specifier<TAB>absolute path`, and of `data:name<TAB>absolute path`. */
	map: string;
	config: Record<string, unknown>;
	/** What the manifests preload. */
	preload: string[];
	/** The simulated camera's program, for Node: compiled, as it starts with nearly every pod. */
	camera: string;
}

/**
 * In the environment of children of a program that has built everything (tests/run.ts): they take its word as long as it runs, for this
 * tree. Nobody else sets it.
 */
const BUILT_BY = "RACKPOD_BUILT_BY";

interface Word {
	pid: number;
	root: string;
	built: Record<string, Built>;
}

/** Builds all of them, and spares this program's children to look whether something is stale. */
export async function buildForChildren(all: readonly BuildOptions[]): Promise<void> {
	const word: Word = { pid: process.pid, root: ROOT, built: {} };
	for (const options of all)
		word.built[keyOf(options)] = await build(options);
	process.env[BUILT_BY] = JSON.stringify(word);
}

function keyOf({ flavour = "release", manifest = MANIFEST, name }: BuildOptions): string {
	return [flavour, name, manifest].flat().join(" ");
}

function builtBefore(options: BuildOptions): Built | undefined {
	const text = process.env[BUILT_BY];
	if (text === undefined)
		return undefined;
	const { pid, root, built } = JSON.parse(text) as Word;
	return root === ROOT && isAlive(pid) ? built[keyOf(options)] : undefined;
}

export async function build(options: BuildOptions = {}): Promise<Built> {
	const before = builtBefore(options);
	if (before)
		return before;
	const { flavour = "release", manifest = MANIFEST, quiet = false } = options;
	let begin = 0;
	/** What is going to be done now. */
	const log = (line: string): void => {
		begin ||= Date.now();
		if (!quiet)
			process.stderr.write(`${line}\n`);
	};
	const paths = [manifest].flat();
	const name = options.name ?? basename(dirname(resolve(paths[0]!)));
	return locked(() => {
		prepareEngine(BUILD, log);
		compile(join(ROOT, "simulator/tsconfig.json"), join(BUILD, "firmware"), ["src", "modules", "simulator/host", "simulator/board.ts", "simulator/chip.ts", "simulator/chip-flash.ts"], log);
		compile(join(ROOT, "simulator/camera/tsconfig.json"), join(BUILD, "camera"), ["simulator", "host-tools", "modules/base", "modules/protocol"], log);
		const found = readManifest(join(ROOT, "simulator/host/manifest.json"), ...paths);
		const map = writeMap(name, found);
		const host = make(flavour, found.natives, log);
		if (begin)
			log(`built in ${((Date.now() - begin) / 1000).toFixed(0)} s; what doesn't change isn't built again`);
		return { host, map, config: found.config, preload: [...found.preload], camera: join(BUILD, "camera/simulator/camera/main.js") };
	});
}

/**
 * Runs the compiler on a project unless nothing changed below `sources` since it last did. Returns whether it ran. The whole output
 * folder is the project's.
 */
export function compile(project: string, output: string, sources: string[], log: (line: string) => void): boolean {
	const state = createHash("sha256");
	for (const path of [project, "tsconfig.json", "tsconfig.firmware.json", ...sources.flatMap(source => scripts(join(ROOT, source)))])
		state.update(`${path} ${statSync(resolve(ROOT, path)).mtimeMs}\n`);
	const digest = state.digest("hex");
	const stamp = join(output, "stamp");
	if (existsSync(stamp) && readFileSync(stamp, "latin1") === digest)
		return false;
	log(`compiling the TypeScript of ${relative(ROOT, dirname(project))} and what it takes in: some seconds`);
	const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
	const staging = `${output}.new`;
	rmSync(staging, { recursive: true, force: true });
	run(process.execPath, [tsc, "-p", project, "--noCheck", "--outDir", staging], "the compiler failed");
	// file by file, so that a program that starts meanwhile finds each of them whole
	for (const entry of readdirSync(staging, { recursive: true, withFileTypes: true })) {
		if (entry.isFile()) {
			const path = relative(staging, join(entry.parentPath, entry.name));
			const text = readFileSync(join(staging, path), "utf8");
			replace(join(output, path), path.endsWith(".js") ? lowerIfPossible(text, path) : text);
		}
	}
	rmSync(staging, { recursive: true });
	replace(stamp, digest);
	return true;
}

/** Whether everything could be lowered matters only for modules that a manifest names: writeMap looks again. */
function lowerIfPossible(text: string, path: string): string {
	try {
		return lower(text, path);
	}
	catch {
		return text;
	}
}

function scripts(path: string): string[] {
	if (path.endsWith(".ts"))
		return existsSync(path) ? [path] : [];
	if (!existsSync(path))
		return [];
	return readdirSync(path, { withFileTypes: true }).filter(entry => entry.isDirectory() || entry.name.endsWith(".ts"))
		.flatMap(({ name }) => scripts(join(path, name)));
}

/** Where the compiler leaves the module at `path` (absolute, without extension). */
function compiled(path: string): string {
	return existsSync(`${path}.ts`) ? join(BUILD, "firmware", `${relative(ROOT, path)}.js`) : `${path}.js`;
}

function writeMap(name: string, manifest: Manifest): string {
	const lines: string[] = [];
	for (const [specifier, path] of manifest.modules) {
		const script = compiled(path);
		lines.push(`${specifier}\t${script}\n`);
		if (script !== `${path}.js`)
			lower(readFileSync(script, "utf8"), relative(ROOT, `${path}.ts`));
	}
	for (const [file, path] of manifest.data)
		lines.push(`data:${file}\t${path}\n`);
	const config = join(BUILD, "firmware", `${name}.config.js`);
	replace(config, `export default Object.freeze(${JSON.stringify(manifest.config)});\n`);
	lines.push(`mc/config\t${config}\n`);
	const map = join(BUILD, "firmware", `${name}.map`);
	replace(map, lines.join(""));
	return map;
}

/**
 * One program of each flavour holds the C of all modules that were ever asked for, so that two manifests don't fight over it. Their list
 * has paths relative to this tree, which may be copied elsewhere; those outside of it are not kept.
 */
function make(flavour: BuildFlavour, wanted: string[], log: (line: string) => void): string {
	const output = join(BUILD, "host", flavour);
	const list = join(output, "natives");
	const listed = existsSync(list) ? readFileSync(list, "utf8").split("\n").filter(Boolean) : [];
	const before = listed.map(path => resolve(ROOT, path)).filter(path => path.startsWith(`${ROOT}/`) && existsSync(path));
	const own = join(ROOT, "simulator/host/");
	const natives = [...new Set([...before, ...wanted])].filter(path => !path.startsWith(own)).sort();
	const twice = natives.find((path, index) => natives.findIndex(other => basename(other) === basename(path)) !== index);
	if (twice)
		throw new Error(`${relative(ROOT, twice)}: another module's C file has the same name`);
	replace(list, natives.map(path => `${relative(ROOT, path)}\n`).join(""));
	const args = ["--silent", "--no-print-directory", "-C", join(ROOT, "simulator/host"), `FLAVOUR=${flavour}`, `BUILD=${BUILD}`, `NATIVES=${natives.join(" ")}`];
	if (spawnSync("make", ["--question", ...args]).status !== 0) {
		const files = spawnSync("make", ["--dry-run", ...args], { encoding: "utf8" }).stdout?.match(/ -c /g)?.length ?? 0;
		log(`compiling ${files} C files of engine and host (${flavour}): about ${Math.max(1, Math.ceil(files * SECONDS_PER_FILE))} s on two cores`);
		run("make", ["--jobs=2", ...args], "make failed");
	}
	return join(output, "xs-host");
}

function run(command: string, args: string[], failure: string): void {
	const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
	if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT")
		throw new Error(`${command} is missing: the simulator is compiled here and needs gcc and make (Debian: apt install gcc make)`);
	if (error)
		throw error;
	if (status !== 0)
		throw new Error(`${failure}:\n${stdout}${stderr}`);
}

/** Leaves an equal file alone, and never a half-written one. */
function replace(path: string, text: string): void {
	if (existsSync(path) && readFileSync(path, "utf8") === text)
		return;
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(`${path}.new`, text);
	renameSync(`${path}.new`, path);
}

/** Does the work while no other process builds. */
export async function locked<T>(work: () => T): Promise<T> {
	const { release } = await lock(join(usableFolder(BUILD), "lock"), holder => process.stderr.write(`waiting for process ${holder} (build/lock)\n`)).catch((error: unknown) => {
		throw unusable(BUILD, error);
	});
	try {
		return work();
	}
	finally {
		release();
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const flavours = process.argv.slice(2).map(argument => argument.replace(/^--/, ""));
	const flavour = flavours[0] ?? "release";
	if (flavours.length > 1 || !["release", "debug", "stress"].includes(flavour)) {
		process.stderr.write("usage: npm run build [-- --debug | --stress]\n");
		process.exit(2);
	}
	try {
		await build({ flavour: flavour as BuildFlavour });
	}
	catch (error) {
		process.stderr.write(`${(error as Error).message}\n`);
		process.exit(1);
	}
}

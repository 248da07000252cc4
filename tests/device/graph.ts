/**
 * The firmware as the SDK would take it from the manifests for one platform: which module is which file, what is preloaded, which
 * defines and settings hold. A manifest comes after those it includes, its platform's includes last, each once; who comes later wins
 * (mcmanifest's parseManifest, mergeProperties). Of the SDK's own it is known what they do (sdk-modules.ts).
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, normalize } from "node:path";
import { SDK } from "./sdk-modules.ts";

export interface Problem {
	/** File, relative to the tree. */
	file: string;
	message: string;
}

export interface Graph {
	/** Specifier -> path without extension, relative to the tree. */
	modules: Map<string, string>;
	/** C files and headers without a face of their own, relative to the tree, without extension. */
	natives: Set<string>;
	/** Names of the files in the image that are no code -> path, relative to the tree. */
	data: Map<string, string>;
	/** Specifiers that the SDK provides. */
	provided: Set<string>;
	preload: Set<string>;
	defines: Record<string, unknown>;
	config: Record<string, unknown>;
	creation: Record<string, unknown>;
	/** Ours that set something in `creation`, by the name of what they set. */
	creators: Map<string, string>;
	/** By file, relative to the tree. */
	manifests: Map<string, Manifest>;
	problems: Problem[];
}

export interface Manifest {
	/** Relative to the tree, or the SDK's. */
	includes: string[];
	/** Specifiers of its own modules. */
	modules: string[];
}

type Json = Record<string, any>;

const PLATFORMS = ["esp32", "esp32/*"];
const EXTENSIONS = [".ts", ".js", ".c", ".h"];

/** The graph of the device: the root manifest and the board's, as `mcconfig -p esp32:./src/board/esp32s3` merges them. */
export function readGraph(root: string): Graph {
	const graph: Graph = { modules: new Map(), natives: new Set(), data: new Map(), provided: new Set(["mc/config"]), preload: new Set(), defines: {}, config: {}, creation: {}, creators: new Map(), manifests: new Map(), problems: [] };
	const seen = new Set<string>();
	take(root, "src/board/esp32s3/manifest.json", graph, seen);
	take(root, "manifest.json", graph, seen);
	return graph;
}

function take(root: string, file: string, graph: Graph, seen: Set<string>): void {
	if (seen.has(file))
		return;
	seen.add(file);
	let manifest: Json;
	try {
		manifest = JSON.parse(readFileSync(join(root, file), "utf8"));
	}
	catch (error) {
		graph.problems.push({ file, message: `can't be read: ${(error as Error).message}` });
		return;
	}
	const parts = [manifest, ...PLATFORMS.map(platform => manifest.platforms?.[platform])].filter(part => part !== undefined);
	const includes = parts.flatMap(part => list(part.include)).map(include => include.startsWith("$") ? include : normalize(join(dirname(file), include)));
	graph.manifests.set(file, { includes, modules: [] });
	for (const include of includes) {
		if (!include.startsWith("$"))
			take(root, include, graph, seen);
		else if (!seen.has(include)) {
			seen.add(include);
			provide(file, include, graph);
		}
	}
	for (const part of parts)
		merge(root, file, part, graph);
}

function merge(root: string, file: string, part: Json, graph: Graph): void {
	for (const [specifier, paths] of Object.entries(part.modules ?? {})) {
		for (const path of list(paths))
			addModule(root, file, specifier, path, graph);
	}
	for (const [name, paths] of Object.entries(part.data ?? {})) {
		for (const path of list(paths))
			addData(root, file, name, path, graph);
	}
	for (const specifier of list(part.preload))
		graph.preload.add(specifier);
	assign(graph.defines, part.defines);
	assign(graph.config, part.config);
	create(file, part.creation, graph);
}

/** Merges `creation`. What of ours somebody else changes afterwards is a problem. */
function create(file: string, creation: Json | undefined, graph: Graph): void {
	for (const [name, value] of leaves(creation ?? {})) {
		const creator = graph.creators.get(name);
		if (creator !== undefined && creator !== file)
			graph.problems.push({ file: creator, message: `creation.${name} is set again, to ${value}, by ${file}, which comes later` });
		if (!file.startsWith("$"))
			graph.creators.set(name, file);
	}
	assign(graph.creation, creation);
}

function leaves(tree: Json, prefix = ""): [string, unknown][] {
	return Object.entries(tree).flatMap(([key, value]) => typeof value === "object" ? leaves(value, `${prefix}${key}.`) : [[prefix + key, value] as [string, unknown]]);
}

function list(value: unknown): string[] {
	return value === undefined ? [] : Array.isArray(value) ? value : [value as string];
}

function assign(into: Json, from: Json = {}): void {
	for (const [key, value] of Object.entries(from)) {
		if (typeof value === "object" && value !== null && typeof into[key] === "object")
			assign(into[key], value);
		else
			into[key] = structuredClone(value);
	}
}

function provide(file: string, include: string, graph: Graph): void {
	const manifest = SDK[include];
	if (!manifest) {
		graph.problems.push({ file, message: `includes ${include}, of which tests/device/sdk-modules.ts doesn't know what it does` });
		return;
	}
	for (const specifier of manifest.modules)
		graph.provided.add(specifier);
	create(include, manifest.creation, graph);
}

function addModule(root: string, file: string, specifier: string, path: string, graph: Graph): void {
	if (path.startsWith("$")) {
		if (specifier !== "*")
			graph.provided.add(specifier);
		else if (/\/\w+$/.test(path))
			graph.provided.add(path.slice(path.lastIndexOf("/") + 1));
		return;
	}
	const base = normalize(join(dirname(file), path));
	if (!EXTENSIONS.some(extension => existsSync(join(root, base + extension)))) {
		graph.problems.push({ file, message: `${JSON.stringify(specifier)} is ${path}, but there is no ${base}.ts, .c or .h` });
		return;
	}
	if (existsSync(join(root, `${base}.ts`))) {
		const name = specifier === "*" ? base.slice(base.lastIndexOf("/") + 1) : specifier;
		graph.modules.set(name, base);
		graph.manifests.get(file)!.modules.push(name);
	}
	else
		graph.natives.add(base);
}

/** The SDK only warns of a file that isn't there, and mixes up two of one name. Names are mcmanifest's: with the file's extension. */
function addData(root: string, file: string, name: string, path: string, graph: Graph): void {
	const source = normalize(join(dirname(file), path));
	const target = name === "*" ? basename(source) : name + extname(source);
	const other = graph.data.get(target);
	if (!existsSync(join(root, source)))
		graph.problems.push({ file, message: `data ${JSON.stringify(name)} is ${path}, but there is no file ${source}` });
	else if (other !== undefined && other !== source)
		graph.problems.push({ file, message: `data ${target} is ${source}, but it is ${other} already` });
	else
		graph.data.set(target, source);
}

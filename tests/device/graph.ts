/**
 * The firmware as the SDK would take it from the manifests for one platform: which module is which file, what is preloaded, which
 * defines and settings hold. Of the SDK's own it is known what they do (sdk-modules.ts).
 */
import { existsSync } from "node:fs";
import { basename, dirname, extname, join, normalize, relative, resolve } from "node:path";
import { isForeign, list, mergeInto, walkManifests, type Part } from "../../simulator/manifest-walk.ts";
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

const PLATFORMS = ["esp32", "esp32/*"];
const EXTENSIONS = [".ts", ".js", ".c", ".h"];

/** The graph of the device: the root manifest and the board's, as `mcconfig -p esp32:./src/board/esp32s3` merges them. */
export function readGraph(root: string): Graph {
	const graph: Graph = { modules: new Map(), natives: new Set(), data: new Map(), provided: new Set(["mc/config"]), preload: new Set(), defines: {}, config: {}, creation: {}, creators: new Map(), manifests: new Map(), problems: [] };
	const seen = new Set<string>();
	const inTree = (path: string): string => isForeign(path) ? path : relative(root, path);
	for (const path of ["src/board/esp32s3/manifest.json", "manifest.json"]) {
		walkManifests(resolve(root, path), {
			choose: platforms => PLATFORMS.map(platform => platforms[platform]),
			begin: (path, includes) => graph.manifests.set(inTree(path), { includes: includes.map(inTree), modules: [] }),
			includeForeign: (path, include) => provide(inTree(path), include, graph),
			take: (path, part) => merge(root, inTree(path), part, graph),
			broken: (path, { message }) => graph.problems.push({ file: inTree(path), message: `can't be read: ${message}` })
		}, seen);
	}
	return graph;
}

function merge(root: string, file: string, part: Part, graph: Graph): void {
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
	mergeInto(graph.defines, part.defines);
	mergeInto(graph.config, part.config);
	create(file, part.creation, graph);
}

/** Merges `creation`. What of ours somebody else changes afterwards is a problem. */
function create(file: string, creation: Part["creation"], graph: Graph): void {
	for (const [name, value] of leaves(creation ?? {})) {
		const creator = graph.creators.get(name);
		if (creator !== undefined && creator !== file)
			graph.problems.push({ file: creator, message: `creation.${name} is set again, to ${value}, by ${file}, which comes later` });
		if (!file.startsWith("$"))
			graph.creators.set(name, file);
	}
	mergeInto(graph.creation, creation);
}

function leaves(tree: object, prefix = ""): [string, unknown][] {
	return Object.entries(tree).flatMap(([key, value]) => typeof value === "object" && value !== null ? leaves(value, `${prefix}${key}.`) : [[prefix + key, value] as [string, unknown]]);
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

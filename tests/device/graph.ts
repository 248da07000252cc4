/**
 * The firmware as the SDK would take it from the manifests for one platform: which module is which file, what is preloaded, which
 * defines and settings hold. Only the tree's own manifests are read; of the SDK's it is known what they provide (sdk-modules.ts).
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
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
	/** Specifiers that the SDK provides. */
	provided: Set<string>;
	preload: Set<string>;
	defines: Record<string, unknown>;
	config: Record<string, unknown>;
	creation: Record<string, unknown>;
	problems: Problem[];
}

type Json = Record<string, any>;

const PLATFORMS = ["esp32", "esp32/*"];
const EXTENSIONS = [".ts", ".js", ".c", ".h"];

/** The graph of the device: the root manifest and the board's, as `mcconfig -p esp32:./modules/board-s3` merges them. */
export function readGraph(root: string): Graph {
	const graph: Graph = { modules: new Map(), natives: new Set(), provided: new Set(["mc/config"]), preload: new Set(), defines: {}, config: {}, creation: {}, problems: [] };
	const seen = new Set<string>();
	take(root, "manifest.json", graph, seen);
	take(root, "modules/board-s3/manifest.json", graph, seen);
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
	for (const part of [manifest, ...PLATFORMS.map(platform => manifest.platforms?.[platform])])
		merge(root, file, part, graph, seen);
}

function merge(root: string, file: string, part: Json | undefined, graph: Graph, seen: Set<string>): void {
	if (!part)
		return;
	for (const include of list(part.include)) {
		if (include.startsWith("$"))
			provide(file, include, graph);
		else
			take(root, normalize(join(dirname(file), include)), graph, seen);
	}
	for (const [specifier, paths] of Object.entries(part.modules ?? {})) {
		for (const path of list(paths))
			addModule(root, file, specifier, path, graph);
	}
	for (const specifier of list(part.preload))
		graph.preload.add(specifier);
	assign(graph.defines, part.defines);
	assign(graph.config, part.config);
	assign(graph.creation, part.creation);
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
	const specifiers = SDK[include];
	if (!specifiers) {
		graph.problems.push({ file, message: `includes ${include}, of which tests/device/sdk-modules.ts doesn't know what it provides` });
		return;
	}
	for (const specifier of specifiers)
		graph.provided.add(specifier);
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
	if (existsSync(join(root, `${base}.ts`)))
		graph.modules.set(specifier === "*" ? base.slice(base.lastIndexOf("/") + 1) : specifier, base);
	else
		graph.natives.add(base);
}

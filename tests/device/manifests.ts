/**
 * Who imports whom, as the manifests say it: each includes the manifests of exactly the modules that its own import, if only a type. So a
 * room can be built with what its manifest includes and nothing else, and its manifest shows what it needs.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { Graph, Problem } from "./graph.ts";
import { SDK } from "./sdk-modules.ts";

/** Included by the root's manifest for everybody: the engine's own modules. And the module that each platform has one of its own of. */
const EVERYBODY = "$(MODDABLE)/examples/manifest_base.json";
const PLATFORM = "board";

export function checkIncludes(root: string, graph: Graph): Problem[] {
	const homes = homesOf(graph);
	const problems: Problem[] = [];
	for (const [file, { includes, modules }] of graph.manifests) {
		const needed = new Set<string>();
		for (const specifier of modules) {
			const path = `${graph.modules.get(specifier)}.ts`;
			for (const wanted of importsOf(readFileSync(join(root, path), "utf8"))) {
				const target = wanted.startsWith(".") ? posix.join(posix.dirname(specifier), wanted) : wanted;
				// a room whose manifest nobody includes at all
				const unknown = existsSync(join(root, "modules", `${target}.ts`)) ? posix.join("modules", posix.dirname(target), "manifest.json") : undefined;
				const home = homes.get(target) ?? unknown;
				if (home === undefined || home === file || home === EVERYBODY || target === PLATFORM)
					continue;
				if (!includes.includes(home) && !needed.has(home))
					problems.push({ file, message: `does not include ${home}, of which ${path} imports ${wanted}` });
				needed.add(home);
			}
		}
		for (const [index, include] of includes.entries()) {
			if (includes.indexOf(include) < index)
				problems.push({ file, message: `includes ${include} twice` });
			else if (modules.length > 0 && !needed.has(include) && graph.manifests.get(include)?.modules.length)
				problems.push({ file, message: `includes ${include}, of which it imports nothing` });
		}
	}
	return problems;
}

/** Specifier -> the manifest that has it. */
function homesOf(graph: Graph): Map<string, string> {
	const homes = new Map<string, string>();
	for (const [file, { includes, modules }] of graph.manifests) {
		for (const specifier of modules)
			homes.set(specifier, file);
		for (const include of includes) {
			for (const specifier of SDK[include]?.modules ?? [])
				homes.set(specifier, include);
		}
	}
	return homes;
}

/** Specifiers of all imports, types included, and what is passed on. */
function importsOf(source: string): string[] {
	return Array.from(source.matchAll(/^(?:import|export)\s[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm), ([, from, alone]) => (from ?? alone)!);
}

/**
 * What the text of the firmware's modules says about itself: imports, module bodies, native names. Text is enough: the style of the
 * tree (one statement a line, native functions in one-line bodies) is checked by everything else that reads it.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { Graph, Problem } from "./graph.ts";

/** `source` without comments, and with every string's content blanked, so that braces can be counted. */
export function bare(source: string): string {
	return source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g,
		match => match[0] === "/" ? match.replace(/[^\n]/g, " ") : match[0] + match.slice(1, -1).replace(/[^\n]/g, "_") + match[0]);
}

export function checkImports(root: string, graph: Graph): Problem[] {
	const problems: Problem[] = [];
	for (const [specifier, path] of graph.modules) {
		const file = `${path}.ts`;
		if (!graph.preload.has(specifier))
			problems.push({ file, message: `module ${specifier} is not preloaded: it would be compiled into RAM at start` });
		for (const wanted of importsOf(readFileSync(join(root, file), "utf8"))) {
			const resolved = wanted.startsWith(".") ? posix.normalize(posix.join(posix.dirname(specifier), wanted)) : wanted;
			if (!graph.modules.has(resolved) && !graph.provided.has(resolved))
				problems.push({ file, message: `imports ${wanted}, but no manifest has a module ${resolved}` });
		}
	}
	for (const specifier of graph.preload) {
		if (!graph.modules.has(specifier) && !graph.provided.has(specifier))
			problems.push({ file: "manifest.json", message: `preloads ${specifier}, but no manifest has such a module` });
	}
	return problems;
}

/** Specifiers imported at run time. */
function importsOf(source: string): string[] {
	const found: string[] = [];
	for (const [, clause, specifier] of source.matchAll(/^(?:import|export)\s+([^"';]*?)\s*from\s+"([^"]+)"|^import\s+"([^"]+)"/gm)) {
		if (specifier !== undefined && !/^type\b/.test(clause!))
			found.push(specifier);
	}
	return found;
}

/** Module bodies run when the image is built: no native code then, and what they leave behind is read-only afterwards. */
export function checkBodies(root: string, graph: Graph): Problem[] {
	const natives = nativeClasses(root, graph);
	const problems: Problem[] = [];
	for (const path of graph.modules.values()) {
		const file = `${path}.ts`;
		const source = bare(readFileSync(join(root, file), "utf8"));
		for (const { text, line } of bodyStatements(source)) {
			const where = `${file}:${line}`;
			const native = text.match(/\bnative\s*\(/) ?? text.match(new RegExp(`\\b(?:new\\s+)?(${[...natives, "Timer", "Native"].join("|")})\\s*[.(]`));
			if (native)
				problems.push({ file: where, message: `the module body calls native code: ${clip(text)}` });
			const state = text.match(/\bnew\s+(Map|Set|WeakMap|WeakSet|Date|DataView|\w*Array|\w*Buffer)\b/);
			if (state)
				problems.push({ file: where, message: `the module body keeps a ${state[1]}, which is read-only once preloaded: ${clip(text)}` });
			if (/^(?:export\s+)?(?:const|var)\s+[\w$]+[^=]*=\s*[{[]/.test(text))
				problems.push({ file: where, message: `the module body keeps unfrozen state: ${clip(text)}` });
			if (frozenOnTop(text))
				problems.push({ file: where, message: `frozen on the surface only (Object.freeze(..., true) freezes all of it on XS): ${clip(text)}` });
		}
		for (const [match] of source.matchAll(/^\t(?:(?:public|private|readonly)\s+)*static\s+(?:readonly\s+)?[#\w]+\s*(?::[^=;({]+)?=/gm))
			problems.push({ file, message: `static class field, not writable at build time: ${clip(match)}` });
	}
	return problems;
}

/** Is what `text` declares frozen, but not what it holds? */
function frozenOnTop(text: string): boolean {
	if (!/=\s*Object\.freeze[(<]/.test(text) || /,\s*true\s*\);?$/.test(text))
		return false;
	let rest = text.replace(/\{\s*\}/g, "").replace(/\(\s*\{[^{}]*\}\s*:[^()]*\)/g, "()").replace(/\bas [^,;)}]+/g, "");	// empty bodies, destructured parameters, casts
	for (let before = ""; before !== rest;) {
		before = rest;
		rest = rest.replace(/([:,[(]\s*)Object\.freeze\(\s*[{[][^{}[\]]*[}\]]\s*\)/g, "$1frozen");
	}
	return /Object\.freeze(?:<[^(]*>)?\(\s*[{[][^]*[{[]/.test(rest);
}

function clip(text: string): string {
	return text.replace(/\s+/g, " ").trim().slice(0, 80);
}

/** Names of the classes that are implemented in C. */
function nativeClasses(root: string, graph: Graph): string[] {
	const names: string[] = [];
	for (const path of graph.modules.values()) {
		const source = readFileSync(join(root, `${path}.ts`), "utf8");
		if (!/\bnative\("/.test(source))
			continue;
		for (const [, name] of source.matchAll(/^export (?:default )?class (\w+)/gm))
			names.push(name!);
	}
	return names.length ? names : ["Bytes"];
}

/** The statements of a module body: what is left when functions and classes are taken out. */
function bodyStatements(source: string): { text: string; line: number }[] {
	const statements: { text: string; line: number }[] = [];
	let text = "";
	let line = 1;
	let start = 1;
	let inside = 0;
	let functions = 0;	// depth of the innermost function or class body that is being skipped; 0: none
	for (let at = 0; at < source.length; at++) {
		const character = source[at]!;
		if (character === "\n")
			line++;
		if ("{([".includes(character)) {
			inside++;
			if (character === "{" && functions === 0 && startsBody(text))
				functions = inside;
		}
		if (functions === 0) {
			if (text.trim() === "" && /\s/.test(character))
				start = line;
			text += character;
		}
		if ("})]".includes(character)) {
			if (functions === inside && functions > 0) {
				functions = 0;
				text += "{}";
			}
			inside--;
		}
		const ended = inside === 0 && functions === 0 && (character === ";" || (character === "}" && /\b(?:class|function|interface)\b/.test(text)));
		if (ended) {
			if (!/^\s*(?:import|export\s+(?:type|interface|\{)|type|interface|declare)\b/.test(text) && !/^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|function|async function)\b/.test(text))
				statements.push({ text: withoutArrows(text.trim()), line: start });
			text = "";
			start = line;
		}
	}
	return statements;
}

/** Does the brace after `text` open the body of a function, a method or a class? */
function startsBody(text: string): boolean {
	return /=>\s*$/.test(text) || /\)\s*(?::\s*[^={}()]+)?\s*$/.test(text) || /\b(?:class|interface)\b[^{};]*$/.test(text);
}

/** An arrow without braces runs later, too. */
function withoutArrows(text: string): string {
	return text.replace(/=>\s*[^,;{}]+/g, "=> {}");
}

/** Every native name must have its C function beside the module, and every C function its name. */
export function checkNatives(root: string, graph: Graph): Problem[] {
	const problems: Problem[] = [];
	for (const path of graph.modules.values()) {
		const source = readFileSync(join(root, `${path}.ts`), "utf8");
		const names = new Set(Array.from(source.matchAll(/\b[nN]ative\("(\w+)"\)/g), match => match[1]!));
		if (names.size === 0)
			continue;
		if (!existsSync(join(root, `${path}.c`))) {
			problems.push({ file: `${path}.ts`, message: `has native functions, but there is no ${path}.c` });
			continue;
		}
		const code = bare(readFileSync(join(root, `${path}.c`), "utf8"));
		const functions = new Set(Array.from(code.matchAll(/^void (xs_\w+)\([^)]*\)\s*\{/gm), match => match[1]!));
		for (const name of names) {
			if (!functions.has(name))
				problems.push({ file: `${path}.c`, message: `the C function ${name} is missing` });
		}
		for (const name of functions) {
			if (!names.has(name))
				problems.push({ file: `${path}.ts`, message: `nothing calls the C function ${name}` });
		}
	}
	return problems;
}

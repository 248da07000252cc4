/** The files of the programs and what each imports, for rules about the structure (rules.ts). */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** The programs' folders. */
const PROGRAMS = ["modules", "src", "host-tools", "simulator"];

/** Whose exports tests may be the only users of, and whose imports count as uses. */
const USERS = ["tests"];

export interface Import {
	/** The file's path, from the root; undefined when it is none of this tree. */
	to: string | undefined;
	/** As written. */
	specifier: string;
	/** What is named; "*" for all. */
	names: string[];
	/** Only types: nothing is left of it at run time. */
	types: boolean;
}

export interface SourceFile {
	/** From the root. */
	path: string;
	text: string;
	imports: Import[];
}

export interface Tree {
	/** Of the programs. */
	files: SourceFile[];
	/** Files that may only use them. */
	users: SourceFile[];
}

export function readTree(root: string): Tree {
	const read = (folder: string): SourceFile[] => filesBelow(root, folder).map(path => {
		const text = readFileSync(join(root, path), "utf8");
		return { path, text, imports: /\.[ch]$/.test(path) ? includesIn(root, path, text) : importsIn(root, path, text) };
	});
	return { files: PROGRAMS.flatMap(read), users: USERS.flatMap(read) };
}

function filesBelow(root: string, folder: string): string[] {
	if (!existsSync(join(root, folder)))
		return [];
	return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
		.filter(entry => entry.isFile() && /\.(ts|c|h|js|py)$/.test(entry.name))
		.map(entry => join(entry.parentPath, entry.name).slice(normalize(root).replace(/\/$/, "").length + 1))
		.sort();
}

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}|(\*(?:\s+as\s+[\w$]+)?))?\s*(?:from\s*)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"\s*\)/g;

function importsIn(root: string, path: string, text: string): Import[] {
	const found: Import[] = [];
	for (const [, type, standard, named, all, specifier] of text.matchAll(IMPORT)) {
		const parts = (named ?? "").replace(/\/\/.*$/gm, "").split(",").map(part => part.trim()).filter(Boolean);
		const names = parts.map(part => part.replace(/^type\s+/, "").split(/\s+as\s+/)[0]!);
		const types = type !== undefined || (standard === undefined && !all && parts.length > 0 && parts.every(part => part.startsWith("type ")));
		found.push({ to: resolved(root, path, specifier!), specifier: specifier!, names: [...names, ...standard ? ["default"] : [], ...all ? ["*"] : []], types });
	}
	for (const [, specifier] of text.matchAll(DYNAMIC))
		found.push({ to: resolved(root, path, specifier!), specifier: specifier!, names: ["*"], types: false });
	return found;
}

function includesIn(root: string, path: string, text: string): Import[] {
	return [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, specifier]) => {
		const to = normalize(join(dirname(path), specifier!));
		return { to: existsSync(join(root, to)) ? to : undefined, specifier: specifier!, names: ["*"], types: false };
	});
}

function resolved(root: string, path: string, specifier: string): string | undefined {
	const candidates = specifier.startsWith(".") ? [normalize(join(dirname(path), specifier))]
		: specifier === "board" ? ["src/board/board"]
		: specifier.startsWith("host/") ? [`simulator/${specifier}`]
		: [`modules/${specifier}`, `src/${specifier}`];
	for (const candidate of candidates)
		for (const ending of ["", ".ts", ".d.ts"])
			if (/\.\w+$/.test(candidate + ending) && existsSync(join(root, candidate + ending)))
				return candidate + ending;
	return undefined;
}

/** What the structure of the programs must be. Each rule names what breaks it, a line each. */
import { dirname } from "node:path";
import type { Import, SourceFile, Tree } from "./tree.ts";

export interface Problem {
	/** The file that breaks the rule; the first of several. */
	file: string;
	/** How often, or how much. */
	count: number;
	text: string;
}

type Rule = (tree: Tree) => Problem[];

const MOST_LINES = 400;
const MOST_COLUMNS = 140;

const isCode = ({ path }: SourceFile): boolean => path.endsWith(".ts");
const isFirmware = ({ path }: SourceFile): boolean => /^(modules|src)\/|^simulator\/host\/.*\.ts$/.test(path);

/** A folder, as simulator/camera with all below it; a file beside the folders of its program is a room of its own. */
function roomOf(path: string): string {
	const parts = path.split("/");
	return parts.length > 2 ? parts.slice(0, 2).join("/") : path;
}

/** Groups of names that reach each other, each in order. */
function circles(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
	const reached = new Map<string, Set<string>>();
	for (const from of arrows.keys()) {
		const seen = new Set<string>();
		const left = [from];
		while (left.length)
			for (const to of arrows.get(left.pop()!) ?? [])
				if (!seen.has(to)) {
					seen.add(to);
					left.push(to);
				}
		reached.set(from, seen);
	}
	const groups = new Map<string, string[]>();
	for (const [from, seen] of reached)
		if (seen.has(from)) {
			const group = [...seen].filter(to => reached.get(to)?.has(from)).sort();
			groups.set(group.join(), group);
		}
	return [...groups.values()].sort();
}

function arrowsOf(tree: Tree, nameOf: (path: string) => string): Map<string, Set<string>> {
	const arrows = new Map<string, Set<string>>();
	for (const { path, imports } of tree.files)
		for (const { to } of imports) {
			const [from, name] = [nameOf(path), to && nameOf(to)];
			if (name && (from !== name || path === to))
				arrows.set(from, (arrows.get(from) ?? new Set()).add(name));
		}
	return arrows;
}

const fileCircles: Rule = tree => circles(arrowsOf(tree, path => path))
	.map(files => ({ file: files[0]!, count: files.length, text: `files in a circle: ${files.join(", ")}` }));

const roomCircles: Rule = tree => circles(arrowsOf(tree, roomOf)).map(rooms => {
	const ties = tree.files.filter(({ path }) => rooms.includes(roomOf(path))).flatMap(({ path, imports }) => imports
		.filter(({ to }) => to && roomOf(to) !== roomOf(path) && rooms.includes(roomOf(to)))
		.map(({ to }) => `${path} -> ${to}`));
	return { file: rooms[0]!, count: rooms.length, text: `folders in a circle: ${rooms.join(", ")} (${ties.join("; ")})` };
});

/** A rule about each import: `breaks` says why it must not be. */
function imports(breaks: (file: SourceFile, one: Import) => string | undefined): Rule {
	return tree => tree.files.flatMap(file => file.imports.flatMap(one => {
		const why = breaks(file, one);
		return why ? [{ file: file.path, count: 1, text: `${file.path} imports ${one.specifier}: ${why}` }] : [];
	}));
}

const ground = imports(({ path }, { to }) => /^modules\/(base|protocol)\//.test(path) && (to === undefined || dirname(to) !== dirname(path))
	? `${dirname(path)} imports nothing` : undefined);

const modules = imports(({ path }, { to, specifier }) => path.startsWith("modules/") && path.endsWith(".ts") && (specifier === "mc/config" || (to !== undefined && !to.startsWith("modules/")))
	? "a module knows nothing of the pod" : undefined);

const hostTools = imports(({ path }, { to }) => path.startsWith("host-tools/") && to !== undefined && !/^(host-tools|modules\/protocol)\//.test(to)
	? "host tools use modules/protocol of the firmware, and nothing of the simulator" : undefined);

const camera = imports(({ path }, { to, types }) => /^simulator\/(camera|qemu)\//.test(path) && to !== undefined && /^(modules|src)\//.test(to) && !types
	? "a model of what is outside must not be made of the firmware" : undefined);

/** A rule about each file's text: `found` are the words or lines that break it. */
function texts(applies: (file: SourceFile) => boolean, find: (text: string) => readonly (string | number)[], say: (found: string) => string): Rule {
	return ({ files }) => files.filter(applies).flatMap(({ path, text }) => {
		const found = [...new Set(find(text))];
		return found.length ? [{ file: path, count: found.length, text: `${path} ${say(found.join(", "))}` }] : [];
	});
}

/** All but the protocol, which is what the pod says. */
const podNames = texts(file => /^modules\/(?!protocol\/)/.test(file.path) && isCode(file),
	text => codeOf(text).match(/\b(?:[a-z]\w*)?[pP]od(?![a-z])\w*/g) ?? [],
	found => `names ${found}: a module knows nothing of the pod`);

const privates = texts(file => isFirmware(file) && isCode(file),
	text => codeOf(text).match(/(?<=[\s.])#[a-zA-Z]\w*/g) ?? [],
	found => `has ${found}: in the firmware private fields cost memory in every instance, write \`private\``);

const lengths: Rule = ({ files }) => files.flatMap(({ path, text }) => {
	const lines = text.split("\n").length - 1;
	return lines > MOST_LINES ? [{ file: path, count: lines, text: `${path} has ${lines} lines, more than ${MOST_LINES}` }] : [];
});

/** What a line says in quotes doesn't count: a message is not cut, so that it can be searched for. */
const columns = texts(() => true,
	text => text.split("\n").flatMap((line, index) => line.replace(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""').length > MOST_COLUMNS ? [index + 1] : []),
	found => `has lines of more than ${MOST_COLUMNS} columns: ${found}`);

/** Types may be there for those who call what is exported with them. */
const EXPORT = /^export (?:async )?(?:abstract )?(?:const|let|function\*?|class) ([\w$]+)/gm;

const deadExports: Rule = ({ files, users }) => {
	const used = new Set<string>();
	for (const { imports } of [...files, ...users])
		for (const { to, names } of imports)
			for (const name of names)
				used.add(`${to} ${name}`);
	return files.filter(file => isCode(file) && !file.path.endsWith(".d.ts") && !used.has(`${file.path} *`)).flatMap(({ path, text }) => {
		const dead = [...text.matchAll(EXPORT)].map(([, name]) => name!).filter(name => !used.has(`${path} ${name}`));
		return dead.length ? [{ file: path, count: dead.length, text: `${path} exports what nobody imports: ${dead.join(", ")}` }] : [];
	});
};

/** Without comments and texts. */
function codeOf(text: string): string {
	return text.replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, "").replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/`(?:[^`\\]|\\.)*`/g, "``");
}

export const RULES = { fileCircles, roomCircles, ground, modules, podNames, hostTools, camera, privates, lengths, columns, deadExports };

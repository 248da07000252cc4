/** The structure of the programs (rules.ts): that this tree keeps it, and that each rule sees what breaks it. */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { RULES, type Problem } from "./rules.ts";
import { readTree } from "./tree.ts";

const ROOT = resolve(import.meta.dirname, "../..");

type Name = keyof typeof RULES;

/** By file, how often it breaks a rule, or by how much. */
type Counts = Readonly<Record<string, number>>;

/** Files that break a rule since before there was one: no other may, and none of these more often. Only ever shrink it. */
const KNOWN = JSON.parse(readFileSync(join(import.meta.dirname, "known.json"), "utf8")) as Readonly<Record<string, Counts>>;

/** What can be taken from the list since it was mended: it would hide the next one that breaks the rule there. */
function outdated(known: Counts, problems: readonly Problem[]): string[] {
	return Object.entries(known).flatMap(([file, count]) => {
		const left = problems.find(problem => problem.file === file)?.count ?? 0;
		return left < count ? [`${file}: ${left}, not ${count}`] : [];
	});
}

/** In words, for the titles. */
const WORDS: Readonly<Record<Name, string>> = {
	fileCircles: "no files import each other in a circle",
	roomCircles: "no folders import each other in a circle",
	ground: "base and protocol import nothing",
	modules: "no module imports anything of the pod",
	podNames: "no module names the pod",
	hostTools: "host tools import of the firmware only its protocol",
	camera: "the simulated outside is not made of the firmware",
	privates: "the firmware has no #private",
	lengths: "no file has more than 400 lines",
	columns: "no line has more than 140 columns",
	deadExports: "nothing is exported that nobody imports"
};

describe("the structure of the programs", () => {
	const tree = readTree(ROOT);

	it("when the tree is read then its files and what they import are found", () => {
		assert.ok(tree.files.length > 300, `${tree.files.length} files`);
		const pod = tree.files.find(({ path }) => path === "src/pod.ts")!;
		assert.ok(pod.imports.some(({ to }) => to === "modules/http/server.ts"));
		for (const { path, imports } of tree.files)
			for (const { to, specifier } of imports)
				assert.ok(to !== undefined || !specifier.startsWith(".") || specifier.startsWith("../dist/"), `${path} imports ${specifier}, which is not found`);
	});

	for (const name of Object.keys(RULES) as Name[])
		it(`when it is measured then ${WORDS[name]}`, () => {
			const known = KNOWN[name] ?? {};
			const problems = RULES[name](tree).filter(({ file, count }) => count > (known[file] ?? 0));
			assert.deepEqual(problems.map(({ text }) => text), []);
		});

	it("when something was mended then known.json no longer allows it", () => {
		assert.deepEqual(Object.keys(KNOWN).filter(name => !(name in RULES)), []);
		for (const name of Object.keys(RULES) as Name[])
			assert.deepEqual(outdated(KNOWN[name] ?? {}, RULES[name](tree)), [], name);
	});
});

describe("the list of what breaks the rules", () => {
	const problems: Problem[] = [{ file: "a.ts", count: 2, text: "" }, { file: "b.ts", count: 1, text: "" }];

	it("when it allows what there is then it stays", () => {
		assert.deepEqual(outdated({ "a.ts": 2, "b.ts": 1 }, problems), []);
		assert.deepEqual(outdated({}, problems), []);
	});
	it("when it allows more in a file, or has one that breaks nothing, then both are named", () => {
		assert.deepEqual(outdated({ "a.ts": 3, "b.ts": 1, "c.ts": 1 }, problems), ["a.ts: 2, not 3", "c.ts: 0, not 1"]);
	});
});

describe("the rules of the structure", () => {
	let root: string;

	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), "rackpod-structure-"));
	});
	afterEach(() => rmSync(root, { recursive: true, force: true }));

	function problems(name: Name, files: Record<string, string>): string[] {
		for (const [path, text] of Object.entries(files)) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), text);
		}
		return RULES[name](readTree(root)).map(({ text }) => text);
	}

	const cases: { name: Name; title: string; bad: Record<string, string>; says: RegExp; good: Record<string, string> }[] = [
		{
			name: "fileCircles", title: "three files import each other, one only a type", says: /^files in a circle: modules\/a\/1\.ts, modules\/a\/2\.ts, modules\/a\/3\.ts$/,
			bad: { "modules/a/1.ts": `import { two } from "a/2";`, "modules/a/2.ts": `import type { Three } from "a/3";`, "modules/a/3.ts": `export { one } from "a/1";`, "modules/a/4.ts": `import "a/1";` },
			good: { "modules/a/3.ts": `import "a/4";`, "modules/a/4.ts": "" }
		},
		{
			name: "fileCircles", title: "two headers include each other", says: /^files in a circle: simulator\/host\/a\.h, simulator\/host\/b\.h$/,
			bad: { "simulator/host/a.h": `#include "b.h"\n`, "simulator/host/b.h": `# include "a.h"\n` }, good: { "simulator/host/b.h": `#include <a.h>\n` }
		},
		{
			name: "roomCircles", title: "two folders import each other in different files", says: /^folders in a circle: host-tools\/a, host-tools\/b \(host-tools\/a\/1\.ts -> host-tools\/b\/1\.ts; host-tools\/b\/2\.ts -> host-tools\/a\/2\.ts\)$/,
			bad: { "host-tools/a/1.ts": `import {\n\tone,\n\ttype Two\n} from "../b/1.ts";`, "host-tools/a/2.ts": "", "host-tools/b/1.ts": "", "host-tools/b/2.ts": `import * as all from "../a/2.ts";` },
			good: { "host-tools/b/2.ts": "" }
		},
		{ name: "ground", title: "base imports something", says: /^modules\/base\/io\.ts imports http\/server: /, bad: { "modules/base/io.ts": `import type { X } from "http/server";`, "modules/http/server.ts": "" }, good: { "modules/base/io.ts": `import type { X } from "base/time";`, "modules/base/time.ts": "" } },
		{ name: "ground", title: "the protocol imports what is not there", says: /^modules\/protocol\/a\.ts imports timer: /, bad: { "modules/protocol/a.ts": `import Timer from "timer";` }, good: { "modules/protocol/a.ts": "" } },
		{ name: "modules", title: "a module imports src", says: /^modules\/a\/1\.ts imports fields: /, bad: { "modules/a/1.ts": `import { FIELDS } from "fields";`, "src/fields.ts": "" }, good: { "modules/a/1.ts": `import Timer from "timer";` } },
		{ name: "modules", title: "a module imports the configuration", says: /imports mc\/config: /, bad: { "modules/a/1.ts": `import config from "mc/config";` }, good: { "modules/a/1.ts": `// not mc/config` } },
		{ name: "podNames", title: "a module has the pod in a name", says: /^modules\/a\/1\.ts names podName, PodStatus: /, bad: { "modules/a/1.ts": `const podName = (x: PodStatus) => "pod"; // the pod` }, good: { "modules/a/1.ts": `const name = "a pod"; /* Pod */` } },
		{ name: "hostTools", title: "host tools import the firmware", says: /^host-tools\/a\/1\.ts imports \.\.\/\.\.\/modules\/base\/io\.ts: /, bad: { "host-tools/a/1.ts": `import type { IO } from "../../modules/base/io.ts";`, "modules/base/io.ts": "" }, good: { "host-tools/a/1.ts": `import type { X } from "../../modules/protocol/x.ts";`, "modules/protocol/x.ts": "" } },
		{ name: "camera", title: "a model uses the firmware's code", says: /^simulator\/camera\/1\.ts imports /, bad: { "simulator/camera/1.ts": `import { crc } from "../../modules/bytes/bytes.ts";`, "modules/bytes/bytes.ts": "" }, good: { "simulator/camera/1.ts": `import type { crc } from "../../modules/bytes/bytes.ts";` } },
		{ name: "privates", title: "the firmware has a private field of JavaScript's", says: /^src\/1\.ts has #count: /, bad: { "src/1.ts": `class A { #count = 0; }` }, good: { "src/1.ts": `class A { private text = "#count"; }`, "host-tools/a/1.ts": `class A { #count = 0; }` } },
		{ name: "lengths", title: "a file is long", says: /^simulator\/host\/1\.c has 401 lines/, bad: { "simulator/host/1.c": "\n".repeat(401) }, good: { "simulator/host/1.c": "\n".repeat(400) } },
		{ name: "columns", title: "a line is long", says: /^src\/1\.ts has lines of more than 140 columns: 2$/, bad: { "src/1.ts": `\n${"x".repeat(141)}\n` }, good: { "src/1.ts": `\n${"x".repeat(140)}\nlog("${"x".repeat(140)}");\n` } },
		{ name: "deadExports", title: "nobody imports what is exported", says: /^modules\/a\/1\.ts exports what nobody imports: dead, Dead$/, bad: { "modules/a/1.ts": `export const alive = 1;\nexport function dead() {}\nexport class Dead {}\nexport interface Kept {}\n`, "modules/a/2.ts": `import { alive as other } from "a/1";` }, good: { "tests/a.test.ts": `import { dead, Dead } from "../modules/a/1.ts";` } }
	];

	for (const { name, title, bad, says, good } of cases)
		it(`when ${title} then it is named, and when it is mended no more`, () => {
			const found = problems(name, bad);
			assert.equal(found.length, 1, found.join("\n"));
			assert.match(found[0]!, says);
			assert.deepEqual(problems(name, good), []);
		});
});

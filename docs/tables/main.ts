/** `npm run docs`: writes every part of the pages that is made from the code, the device's memory plan among them, and folds long lines. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGraph } from "../../tests/device/graph.ts";
import { checkCode } from "../../tests/device/native-code.ts";
import { planMemories, PLAN, tablesOf } from "../../tests/device/plan.ts";
import { folded } from "./fold.ts";
import { withPart, type Part } from "./part.ts";
import { PARTS, PICTURES } from "./parts.ts";

const ROOT = join(import.meta.dirname, "../..");

function memoryPlan(): string {
	const graph = readGraph(ROOT);
	return tablesOf(planMemories(ROOT, graph, checkCode(ROOT, graph).statics));
}

function write(file: string, change: (before: string) => string, what: string): void {
	const path = join(ROOT, file);
	const before = existsSync(path) ? readFileSync(path, "utf8") : "";
	const after = change(before);
	if (after !== before) {
		writeFileSync(path, after);
		console.log(`${file}: ${what}`);
	}
}

const plan: Part = { ...PLAN, text: memoryPlan };
for (const { file, name, text } of [...PARTS, plan])
	write(file, before => withPart(before, name, text()), name);
const pages = readdirSync(join(ROOT, "docs")).filter(name => name.endsWith(".md")).map(name => `docs/${name}`);
for (const file of ["README.md", "CONTRIBUTING.md", ...pages])
	write(file, folded, "folded");
for (const { file, text } of PICTURES)
	write(file, text, "all of it");

/** `npm run docs`: writes every part of the pages that is made from the code, the device's memory plan among them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGraph } from "../../tests/device/graph.ts";
import { checkCode } from "../../tests/device/native-code.ts";
import { planMemories, PLAN, tablesOf } from "../../tests/device/plan.ts";
import { withPart, type Part } from "./part.ts";
import { PARTS } from "./parts.ts";

const ROOT = join(import.meta.dirname, "../..");

function memoryPlan(): string {
	const graph = readGraph(ROOT);
	return tablesOf(planMemories(ROOT, graph, checkCode(ROOT, graph).statics));
}

const plan: Part = { ...PLAN, text: memoryPlan };
for (const { file, name, text } of [...PARTS, plan]) {
	const path = join(ROOT, file);
	const before = readFileSync(path, "utf8");
	const after = withPart(before, name, text());
	if (after !== before) {
		writeFileSync(path, after);
		console.log(`${file}: ${name}`);
	}
}

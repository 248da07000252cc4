/**
 * `npm run check:device`: everything about the device's firmware that can be known without a board, the SDK or ESP-IDF. What the text
 * says is checked first, then the firmware runs in the Linux host's device mode (run.ts). Exit 0 when nothing is wrong; otherwise 1, and
 * each line names what and where. The memory plan is shown when it doesn't fit, and with `npm run check:device -- --plan`.
 */
import { resolve } from "node:path";
import { checkConfig, checkPartitions } from "./flash-layout.ts";
import { readGraph } from "./graph.ts";
import type { Problem } from "./graph.ts";
import { checkCode } from "./native-code.ts";
import { checkIncludes } from "./manifests.ts";
import { checkPlan, overfull, planMemories, tablesOf } from "./plan.ts";
import type { Memory } from "./plan.ts";
import { runDevice } from "./run.ts";
import { checkBodies, checkImports, checkNatives } from "./sources.ts";

export interface Report {
	problems: Problem[];
	modules: number;
	memories: Memory[];
}

export function checkDevice(root: string): Report {
	const graph = readGraph(root);
	const { problems, statics } = checkCode(root, graph);
	const memories = planMemories(root, graph, statics);
	return {
		problems: [
			...graph.problems, ...checkImports(root, graph), ...checkIncludes(root, graph), ...checkBodies(root, graph), ...checkNatives(root, graph), ...problems,
			...checkPartitions(root), ...checkConfig(root, graph), ...checkPlan(root, memories)
		],
		modules: graph.modules.size,
		memories
	};
}

if (import.meta.filename === process.argv[1]) {
	const { problems, modules, memories } = checkDevice(resolve(import.meta.dirname, "../.."));
	if (process.argv.includes("--plan") || memories.some(overfull))
		console.log(tablesOf(memories));
	const run = await runDevice();
	console.log(`${modules} modules; in device mode: ${run.slots} slots and ${run.chunks} bytes of chunks in use`);
	for (const { file, message } of [...problems, ...run.problems])
		console.error(`${file}: ${message}`);
	process.exitCode = problems.length + run.problems.length ? 1 : 0;
}

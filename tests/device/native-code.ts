/** The firmware's C: does it compile without a warning, and how much memory does it claim for ever? */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "./flash-layout.ts";
import type { Graph, Problem } from "./graph.ts";
import { INCLUDE_PATH } from "./include-path.ts";

const HERE = import.meta.dirname;
const FLAGS = ["-std=gnu17", "-fno-pie", "-Wall", "-Wextra", "-Werror", "-Os", "-ffunction-sections", "-fdata-sections"];
/** No single variable of the firmware may be larger. Bytes. */
const LARGEST_STATIC = 16 * 1024;

export function checkCode(root: string, graph: Graph): { problems: Problem[]; statics: number } {
	const problems: Problem[] = [];
	const work = mkdtempSync(join(tmpdir(), "rackpod-device-"));
	let statics = 0;
	try {
		const files = [...new Set([...graph.modules.values(), ...graph.natives])].filter(path => existsSync(join(root, `${path}.c`)));
		writeHeaders(work, root, files, graph);
		const headers = textsOf([...headersBelow(join(root, "modules")), ...headersBelow(join(root, "src")), ...headersBelow(work)]);
		for (const path of files) {
			const made = madeOf(root, work, `${path}.c`, headers);
			problems.push(...made.problems);
			statics += made.statics;
		}
	}
	finally {
		rmSync(work, { recursive: true, force: true });
	}
	return { problems, statics };
}

interface Made {
	problems: Problem[];
	statics: number;
}

/** By all that goes in: of many trees that differ in little, each file is compiled once. */
const made = new Map<string, Made>();

function madeOf(root: string, work: string, file: string, headers: string): Made {
	const key = createHash("sha256").update(`${file}\n${headers}\n`).update(readFileSync(join(root, file))).digest("hex");
	const before = made.get(key);
	if (before)
		return before;
	const object = join(work, `${file.replaceAll("/", "-")}.o`);
	const problems: Problem[] = [];
	const failure = compile(root, work, file, object);
	if (failure !== undefined)
		problems.push({ file, message: failure });
	const result = { problems, statics: failure === undefined ? weigh(file, object, problems) : 0 };
	made.set(key, result);
	return result;
}

function headersBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(".h")).sort().map(name => join(folder, name));
}

function textsOf(paths: readonly string[]): string {
	return createHash("sha256").update(paths.map(path => readFileSync(path, "latin1")).join("\0")).digest("hex");
}

/** What the SDK would generate: ids of properties, the manifests' defines, sdkconfig. */
function writeHeaders(work: string, root: string, files: string[], graph: Graph): void {
	const ids = new Set<string>();
	for (const path of files) {
		for (const [id] of readFileSync(join(root, `${path}.c`), "utf8").matchAll(/\bxsID_\w+/g))
			ids.add(id);
	}
	mkdirSync(work, { recursive: true });
	writeFileSync(join(work, "mc.xs.h"), `#pragma once\nenum { xsID_none${[...ids].map(id => `, ${id}`).join("")} };\n`);
	const lines = ["#pragma once"];
	for (const [name, value] of flat("MODDEF", graph.defines))
		lines.push(`#define ${name} ${typeof value === "number" ? `(${value})` : value}`);
	writeFileSync(join(work, "mc.defines.h"), `${lines.join("\n")}\n`);
	const config = ["#pragma once"];
	for (const [name, value] of readConfig(root).values) {
		if (value !== "n")
			config.push(`#define ${name} ${value === "y" ? 1 : value}`);
	}
	writeFileSync(join(work, "sdkconfig.h"), `${config.join("\n")}\n`);
}

function flat(prefix: string, value: Record<string, unknown>): [string, unknown][] {
	return Object.entries(value).flatMap(([key, part]) => {
		const name = `${prefix}_${key.replace(/([a-z])([A-Z])/g, "$1$2").toUpperCase()}`;
		return typeof part === "object" && part !== null ? flat(name, part as Record<string, unknown>) : [[name, part] as [string, unknown]];
	});
}

function compile(root: string, work: string, file: string, object: string): string | undefined {
	try {
		execFileSync("gcc", [...FLAGS, "-include", join(work, "sdkconfig.h"), `-I${work}`, `-I${join(HERE, "sdk")}`, ...INCLUDE_PATH.map(folder => `-I${join(HERE, "idf", folder)}`), `-I${join(HERE, "idf/w5500/include")}`, "-c", join(root, file), "-o", object], { stdio: ["ignore", "ignore", "pipe"] });
		return undefined;
	}
	catch (error) {
		const text = String((error as { stderr?: Buffer }).stderr ?? error);
		return text.split("\n").filter(line => /error|warning/.test(line)).slice(0, 3).join("; ") || text.slice(0, 300);
	}
}

/** Bytes of RAM the object claims; what is too large is a problem. */
function weigh(file: string, object: string, problems: Problem[]): number {
	let sum = 0;
	for (const line of execFileSync("nm", ["-S", "--defined-only", object], { encoding: "utf8" }).split("\n")) {
		const match = line.match(/^\w+ (\w+) ([bBdDcC]) (\w+)/);
		if (!match)
			continue;
		const bytes = parseInt(match[1]!, 16);
		sum += bytes;
		if (bytes > LARGEST_STATIC)
			problems.push({ file, message: `${match[3]} claims ${bytes} bytes of internal memory for ever; the most one variable may is ${LARGEST_STATIC}` });
	}
	return sum;
}

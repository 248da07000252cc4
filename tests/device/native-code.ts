/** The firmware's C: does it compile without a warning, and how much memory does it claim for ever? */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "./flash-layout.ts";
import type { Graph, Problem } from "./graph.ts";

const HERE = import.meta.dirname;
const FLAGS = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Os", "-ffunction-sections", "-fdata-sections"];
/** No single variable of the firmware may be larger. Bytes. */
const LARGEST_STATIC = 16 * 1024;

/** Internal memory the heap offers on an ESP32-S3 after ESP-IDF's own code and data with Wi-Fi. Bytes; [unverified on hardware]. */
const INTERNAL = 300 * 1024;

export interface Share {
	what: string;
	bytes: number;
}

export function checkCode(root: string, graph: Graph): { problems: Problem[]; statics: number } {
	const problems: Problem[] = [];
	const work = mkdtempSync(join(tmpdir(), "rackpod-device-"));
	let statics = 0;
	try {
		const files = [...new Set([...graph.modules.values(), ...graph.natives])].filter(path => existsSync(join(root, `${path}.c`)));
		writeHeaders(work, root, files, graph);
		for (const path of files) {
			const object = join(work, `${path.replaceAll("/", "-")}.o`);
			const failure = compile(root, work, `${path}.c`, object);
			if (failure !== undefined)
				problems.push({ file: `${path}.c`, message: failure });
			else
				statics += weigh(`${path}.c`, object, problems);
		}
	}
	finally {
		rmSync(work, { recursive: true, force: true });
	}
	return { problems, statics };
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
		execFileSync("gcc", [...FLAGS, "-include", join(work, "sdkconfig.h"), `-I${work}`, `-I${join(HERE, "sdk")}`, `-I${join(HERE, "idf")}`, "-c", join(root, file), "-o", object], { stdio: ["ignore", "ignore", "pipe"] });
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

/** Internal memory as it is planned, largest share first. */
export function planMemory(root: string, graph: Graph, statics: number): { shares: Share[]; total: number; problems: Problem[] } {
	const { values } = readConfig(root);
	const number = (name: string, otherwise: number): number => Number(values.get(name) ?? otherwise);
	const creation = graph.creation as { chunk: { initial: number }; heap: { initial: number }; stack: number; nativeStack: number };
	const queue = Number((graph.defines.task as { queueLength?: number } | undefined)?.queueLength ?? 10);
	const serial = readFileSync(join(root, "modules/serial/serial.c"), "utf8");
	const ring = Number(serial.match(/RECEIVE_SIZE = (\d+) \* 1024/)?.[1]) * 1024;
	const transmit = Number(readFileSync(join(root, "modules/serial/transmit.h"), "utf8").match(/TRANSMIT_SIZE (\d+)u/)?.[1]);
	const shares: Share[] = [
		{ what: "XS chunk heap", bytes: creation.chunk.initial },
		{ what: "XS slot heap (16 bytes a slot)", bytes: creation.heap.initial * 16 },
		{ what: "XS stack and JavaScript's task", bytes: creation.stack * 16 + creation.nativeStack },
		{ what: "message queue (20 bytes an entry)", bytes: queue * 20 },
		{ what: "UART receive ring, transmit ring, two tasks", bytes: ring + transmit + 2 * 3072 },
		{ what: "Wi-Fi static receive buffers (1,600 bytes each)", bytes: 1600 * number("CONFIG_ESP_WIFI_STATIC_RX_BUFFER_NUM", 5) },
		{ what: "Wi-Fi driver", bytes: 40 * 1024 },
		{ what: "tasks of ESP-IDF (TCP/IP, events, timers, W5500, idle)", bytes: number("CONFIG_LWIP_TCPIP_TASK_STACK_SIZE", 2560) + 4096 + 4096 + 4096 + 4096 },
		{ what: "static variables of our C", bytes: statics }
	];
	const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
	const problems: Problem[] = [];
	if (!(total <= INTERNAL))
		problems.push({ file: "modules/board-s3/manifest.json", message: `${total} bytes of internal memory are planned, ${INTERNAL} are there` });
	return { shares: shares.sort((a, b) => b.bytes - a.bytes), total, problems };
}

export const INTERNAL_MEMORY = INTERNAL;

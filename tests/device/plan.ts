/**
 * The memory plan: who takes how much of the chip's memories, as the sources and sdkconfig say it. docs/device.md holds it as tables, which the
 * check compares; `npm run docs` writes them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withPart } from "../../docs/tables/part.ts";
import { BUDGET, planned } from "../../src/budget.ts";
import { CONFIG, RESERVED } from "../../src/config.ts";
import { readConfig, readPartitions } from "./flash-layout.ts";
import type { Graph, Problem } from "./graph.ts";

export interface Share {
	what: string;
	bytes: number;
}

export interface Memory {
	name: string;
	/** There are so many bytes. */
	size: number;
	/** How that is known. */
	source: string;
	/** Largest first. */
	shares: Share[];
	total: number;
}

/** Where it stands in the documents. */
export const PLAN = Object.freeze({ file: "docs/device.md", name: "memory plan" });

/** malloc's internal heap when app_main begins: seen in a build with ESP-IDF v6.0 (Wi-Fi's code and data are gone from it already). */
const INTERNAL = 349_328;
const PSRAM = 8 * 1024 * 1024;
const FLASH = 16 * 1024 * 1024;
/** RTC slow memory. */
const RTC = 8192;
/** A frame of Wi-Fi or Ethernet with its pbuf. */
const FRAME = 1600;

export function planMemories(root: string, graph: Graph, statics: number): Memory[] {
	const { values } = readConfig(root);
	const setting = (name: string, otherwise: number): number => Number(values.get(`CONFIG_${name}`) ?? otherwise);
	const read = (file: string): string => readFileSync(join(root, file), "utf8");
	const size = (file: string, expression: RegExp): number => Number(read(file).match(expression)?.[1]?.replaceAll("_", ""));
	const { chunk, heap, stack, nativeStack } = graph.creation as { chunk: { initial: number }; heap: { initial: number }; stack: number; nativeStack: number };
	const queue = (graph.defines.task as { queueLength?: number } | undefined)?.queueLength ?? 10;
	const sockets = BUDGET.reduce((sum, { sockets, within }) => within ? sum : sum + sockets, 0);
	const waiting = size("modules/esp32/sockets/udp.c", /ALL = (\d+)/);
	const log = CONFIG.uart_log.default;
	const pool = PSRAM - RESERVED;
	const socketsOf = (name: string): number => BUDGET.find(({ service }) => service === name)!.sockets;
	const downloads = socketsOf("8 HTTP connections, silent");
	const streams = socketsOf("6 live responses");
	return [
		memory("Internal RAM", INTERNAL, "seen at the start of a build with ESP-IDF v6.0", [
			{ what: "XS: chunks", bytes: chunk.initial },
			{ what: "XS: slots, 16 bytes each", bytes: heap.initial * 16 },
			{ what: "XS: stack, and its task's", bytes: stack * 16 + nativeStack },
			{ what: `XS: ${queue} messages of 20 bytes`, bytes: queue * 20 },
			{ what: "UART: receive ring, transmit ring, two tasks", bytes: size("modules/esp32/serial/port.c", /RECEIVE_SIZE = (\d+) \* 1024/) * 1024 + size("modules/esp32/serial/transmit.h", /TRANSMIT_SIZE (\d+)u/) + 2 * size("modules/esp32/serial/port.c", /TASK_STACK = (\d+)/) },
			{ what: "USB console", bytes: size("modules/esp32/usb-port/usb-port.c", /RECEIVE_SIZE = (\d+)/) + size("modules/esp32/usb-port/usb-port.c", /TRANSMIT_SIZE = (\d+)/) },
			{ what: "Wi-Fi: driver", bytes: 40 * 1024 },
			{ what: `Wi-Fi: static receive buffers of ${FRAME} bytes`, bytes: FRAME * setting("ESP_WIFI_STATIC_RX_BUFFER_NUM", 5) },
			{ what: `Wi-Fi: static transmit buffers of ${FRAME} bytes`, bytes: FRAME * setting("ESP_WIFI_STATIC_TX_BUFFER_NUM", 16) },
			{ what: "ESP-IDF's tasks: TCP/IP, events, timers, W5500, idle", bytes: setting("LWIP_TCPIP_TASK_STACK_SIZE", 2560) + setting("ESP_SYSTEM_EVENT_TASK_STACK_SIZE", 2048) + 3 * 4096 },
			{ what: `sockets: ${sockets} with lwIP's part of them, 320 bytes each`, bytes: sockets * 320 },
			{ what: `datagrams that wait: ${waiting} frames of ${FRAME} bytes`, bytes: waiting * FRAME },
			{ what: "static variables of our C", bytes: statics }
		]),
		memory("PSRAM", PSRAM, "the module's size", [
			{ what: "files: banks of 1 MiB and the rest, with the table of pages (modules/store/pages.ts)", bytes: pool + 2 * Math.floor(pool / size("modules/store/pages.ts", /pageSize = ([\d_]+)/)) },
			{ what: "arena: serial log and the planned buffers of HTTP, TFTP, console and update (docs/memory.md)", bytes: log + planned() },
			{ what: `Wi-Fi: dynamic receive buffers of ${FRAME} bytes`, bytes: FRAME * setting("ESP_WIFI_DYNAMIC_RX_BUFFER_NUM", 32) },
			{ what: `TCP: what ${downloads} HTTP connections have to send`, bytes: downloads * setting("LWIP_TCP_SND_BUF_DEFAULT", 5744) },
			{ what: `TCP: what ${streams} live responses have to send`, bytes: streams * size("modules/http/limits.ts", /liveAhead: ([\d_]+)/) },
			{ what: "the allocator's own", bytes: 4096 }
		]),
		memory("Flash", FLASH, "the module's size", [
			{ what: "boot loader and partition table", bytes: 0x9000 },
			...readPartitions(root).map(({ name, size: bytes }) => ({ what: `partition ${name}`, bytes }))
		]),
		memory("RTC slow memory", RTC, "the chip's size", [
			{ what: "the supply's level through resets (modules/esp32/pin)", bytes: 8 * (read("modules/esp32/pin/held.c").match(/RTC_NOINIT_ATTR/g)?.length ?? 0) }
		])
	];
}

function memory(name: string, size: number, source: string, shares: Share[]): Memory {
	return { name, size, source, shares: shares.sort((a, b) => b.bytes - a.bytes), total: shares.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const grouped = (bytes: number): string => String(bytes).replace(/\B(?=(\d{3})+$)/g, ",");

export function tablesOf(memories: Memory[]): string {
	return memories.map(({ name, size, source, shares, total }) => [
		`### ${name}: ${grouped(total)} of ${grouped(size)} bytes (${source})`, "",
		"| bytes | for |", "|---:|---|", ...shares.map(({ what, bytes }) => `| ${grouped(bytes)} | ${what} |`), `| ${grouped(size - total)} | free |`, ""
	].join("\n")).join("\n");
}

/** Is more planned than there is? Also when what is planned is no number. */
export function overfull({ size, total }: Memory): boolean {
	return !(total <= size);
}

/** Does the plan fit, and is it the one that is documented? */
export function checkPlan(root: string, memories: Memory[]): Problem[] {
	const problems: Problem[] = memories.filter(overfull)
		.map(({ name, size, total }) => ({ file: "src/board/esp32s3/manifest.json", message: `${name}: ${total} bytes are planned, ${size} are there` }));
	const page = readFileSync(join(root, PLAN.file), "utf8");
	if (withPart(page, PLAN.name, tablesOf(memories)) !== page)
		problems.push({ file: PLAN.file, message: "its memory plan is not that of the sources: npm run docs writes it" });
	return problems;
}

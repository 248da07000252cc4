/**
 * Figures in the pages' sentences, and where the code has them: each sentence is made here with the code's figure, and a test looks for
 * it in its page. Who changes a figure changes the sentence by hand.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIG, RESERVED } from "config";
import { defaultLimits as http } from "http/limits";
import { LINE_BREAK, NAME_LENGTH } from "protocol/limits";
import { CONSOLE_PORT, HTTP_PORT, RFC2217_PORT, TFTP_PORT } from "protocol/ports";
import { FLOORS } from "room";
import { SETTINGS } from "settings";
import { pageSize } from "store/pages";
import { CONSOLE_BAUD } from "uart/baud";

const ROOT = join(import.meta.dirname, "../..");

export interface Figure {
	readonly file: string;
	/** Part of a sentence. */
	readonly says: string;
}

/** A number that its file keeps to itself: what `expression` captures. */
function own(file: string, expression: RegExp): number {
	const found = expression.exec(readFileSync(join(ROOT, file), "utf8"))?.[1];
	if (found === undefined)
		throw new Error(`${file} has no ${expression}`);
	return Number(found.replaceAll("_", ""));
}

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

function word(count: number): string {
	return WORDS[count] ?? String(count);
}

function capital(text: string): string {
	return text[0]!.toUpperCase() + text.slice(1);
}

const KiB = (bytes: number): string => `${bytes / 1024} KiB`;
const MiB = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
const grouped = (value: number): string => value.toLocaleString("en-US");
const seconds = (milliseconds: number): string => `${milliseconds / 1000} s`;

export function figures(): Figure[] {
	const manifest = JSON.parse(readFileSync(join(ROOT, "src/board/esp32s3/manifest.json"), "utf8"));
	const { creation: { heap, chunk }, defines: { task } } = manifest;
	const tftp = (name: string): number => own("modules/tftp/server.ts", new RegExp(`this\\.limits = \\{.*\\b${name}: (\\d+)`));
	const bridge = (name: string): number => own("modules/console/bridge.ts", new RegExp(`BRIDGE_LIMITS.*\\b${name}: ([\\d_]+)`));
	const left = { slots: own("tests/pod/heap.test.ts", /SLOTS_LEFT = (\d+)/), chunks: own("tests/pod/heap.test.ts", /CHUNKS_LEFT = (\d+) \* 1024/) };
	const last = { slots: own("src/room.ts", /LAST: Floor = .*slots: ([\d_]+)/), chunks: own("src/room.ts", /LAST: Floor = .*chunks: ([\d_]+)/) };
	const psram = CONFIG.psram.default;
	const slots = SETTINGS.slots.default;
	const address = /address: "([\d.]+)"/.exec(readFileSync(join(ROOT, "src/board/esp32s3/networks.ts"), "utf8"))![1];
	return [
		...[
			`${capital(word(http.connections))} connections are served at once, ${word(http.perAddress)} of them from one address`,
			`at most ${word(http.long)} bodies beyond ${KiB(http.shortBody)} or answers beyond ${KiB(http.shortAnswer)}, ${word(http.longPerAddress)} for one address`,
			`move less than ${KiB(http.slow)} a second`,
			`moves less than ${KiB(http.minimum)} in ${seconds(http.bodyTime)} ends`,
			`A name has 1 to ${NAME_LENGTH} printable ASCII characters`,
			`${MiB(psram - RESERVED)} of the ${MiB(psram)} are for files, ${slots} of them`,
			`idle for ${SETTINGS.file_idle.default === 3600 ? "an hour" : `${SETTINGS.file_idle.default} s`}`,
			`doesn't serve within ${word(own("src/board/esp32s3/board.ts", /PROBATION = (\d+) \* 60_000/))} minutes`
		].map(says => ({ file: "docs/http.md", says })),
		...[
			`**TFTP** (${TFTP_PORT} on the camera's network, 6969 on Linux)`,
			`${capital(word(tftp("transfers")))} transfers at once`,
			`Windows are ${tftp("window")} blocks at most, ${tftp("uploadWindow")} for uploads`,
			`**Raw console** (${CONSOLE_PORT})`,
			`**RFC 2217** (${RFC2217_PORT})`,
			`${capital(word(own("modules/console/bridge.ts", /PLACES = (\d+)/)))} connections at a time`,
			`after ${bridge("gap")} ms of quiet, at ${grouped(bridge("size"))} bytes or after ${bridge("cap")} ms`,
			`when it has stayed for ${bridge("stay") === 1000 ? "a second" : seconds(bridge("stay"))}`,
			`closed after ${SETTINGS.bridge_idle.default} s without *any* activity`,
			`${CONSOLE_BAUD} baud comes back`,
			`A break of up to ${seconds(LINE_BREAK.maximum)}`,
			`${LINE_BREAK.otherwise} ms, or \`{"milliseconds": 1..${LINE_BREAK.maximum}}\``
		].map(says => ({ file: "docs/clients.md", says })),
		...[
			`HTTP, console and TFTP at ${HTTP_PORT}, ${CONSOLE_PORT}, ${RFC2217_PORT} and 6969`
		].map(says => ({ file: "docs/simulator.md", says })),
		...[
			`at least ${left.slots} slots and ${left.chunks} KiB of chunks must be left`,
			`less than ${last.slots} slots or ${KiB(last.chunks)} are left`,
			`looked at ${word(1000 / own("src/room.ts", /INTERVAL = (\d+)/))} times a second`,
			`from ${FLOORS.http.slots} slots and ${KiB(FLOORS.http.chunks)} for HTTP down to ${FLOORS.console.slots} and ${KiB(FLOORS.console.chunks)} for the console`
		].map(says => ({ file: "docs/memory.md", says })),
		...[
			`${KiB(chunk.initial)} chunks, ${grouped(heap.initial)} slots`,
			`every service at its limit at once leaves ${left.slots} slots and ${left.chunks} KiB at least`,
			`The camera's wire is ${address}/24`
		].map(says => ({ file: "docs/device.md", says })),
		...[
			`The chip has ${grouped(heap.initial)} slots of 16 bytes and ${grouped(chunk.initial)} bytes of chunks`,
			`a queue of ${task.queueLength} messages`,
			`pieces of PSRAM, ${KiB(pageSize)} each`
		].map(says => ({ file: "CONTRIBUTING.md", says })),
		{ file: "README.md", says: `an ESP32-S3 with ${psram / 1024 / 1024} MB PSRAM` }
	];
}

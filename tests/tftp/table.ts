/**
 * TFTP through a bad network, as a table: each client, block size, window and direction on each network, many times from seeds, in virtual
 * time. A cell says how many of RUNS transfers succeeded, how many DATA packets were sent for each block of the file, and how many seconds
 * it took, both on average of those that succeeded.
 *
 *     npm run tftp-table     makes tests/tftp/table.txt anew
 */
import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { Bytes } from "bytes/bytes";
import { CAMERA, Lab, Pattern, SERVER } from "../support/tftp-lab.ts";
import { CLIENTS, type Client } from "./clients.ts";
import { NETWORKS, type BadNetwork } from "./networks.ts";

export const RUNS = 20;

/** Not a multiple of any block size. */
const SIZE = 50_001;

/** Milliseconds after which a transfer that neither ended nor failed counts as one that hangs. */
const HANGS = 3_600_000;

const DATA = 3;

export type Direction = "down" | "up";

export interface Row {
	client: Client;
	block: number;
	window: number;
	direction: Direction;
}

export interface Cell {
	succeeded: number;
	/** Transfers of which the client says that they succeeded, and the pod knows that they didn't. */
	believed: number;
	/** DATA packets for each block. */
	sent: number;
	seconds: number;
}

export const ROWS: readonly Row[] = CLIENTS.flatMap(client => client.blocks.flatMap(block => client.windows.flatMap(window =>
	(["down", "up"] as const).filter(direction => direction === "down" || window === 1 || client.name === "atftp").map(direction => ({ client, block, window, direction })))));

interface Transfer {
	succeeded: boolean;
	believed: boolean;
	sent: number;
	seconds: number;
}

/** One transfer. Throws when bytes are wrong on either side, when it hangs, and when something of it is left at the pod. */
function transfer({ client, block, window, direction }: Row, { faults }: BadNetwork, seed: number): Transfer {
	const lab = new Lab(seed);
	lab.network.path("*", "*", faults);
	let packets = 0;
	lab.network.filter = ({ bytes }) => {
		if (bytes[1] === DATA)
			packets++;
		return true;
	};
	const terms = { io: lab.network.at(CAMERA), time: lab.time, server: SERVER, block, window };
	const file = direction === "down" ? lab.file("f", SIZE) : undefined;
	const slot = direction === "up" ? lab.slot("f", SIZE) : undefined;
	const bytes = file ? new Uint8Array(SIZE) : new Pattern(SIZE, undefined, 2).bytes;
	const run = file ? client.download(terms, "f", bytes) : client.upload(terms, "f", bytes);
	lab.until(() => run.outcome() !== undefined, HANGS);
	const seconds = lab.time.now() / 1000;
	const sent = packets / (Math.floor(SIZE / block) + 1);
	const done = run.outcome() === "done";
	if (file && done) {
		assert.equal(run.size(), SIZE, "a download of another size");
		assert.equal(Bytes.crc32(bytes, 0), file.crc, "a download with other bytes");
	}
	lab.until(() => lab.server.transfers().length === 0);
	lab.time.advance(60_000); // whoever waits for a last ACK that was lost leaves, too
	lab.empty();
	if (slot?.committed)
		assert.equal(slot.crc, Bytes.crc32(bytes, 0), "an upload with other bytes");
	const succeeded = slot ? slot.committed === 1 : done;
	return { succeeded, believed: done && !succeeded, sent, seconds };
}

export function cell(row: Row, network: BadNetwork): Cell {
	const all = Array.from({ length: RUNS }, (_, seed) => transfer(row, network, seed + 1));
	const good = all.filter(({ succeeded }) => succeeded);
	const mean = (of: (one: Transfer) => number): number => good.length ? good.reduce((sum, one) => sum + of(one), 0) / good.length : 0;
	return { succeeded: good.length, believed: all.filter(({ believed }) => believed).length, sent: mean(({ sent }) => sent), seconds: mean(({ seconds }) => seconds) };
}

export function rowName({ client, block, window, direction }: Row): string {
	return `${client.name} ${block}/${window} ${direction}`;
}

/** As it stands in the table: "20 1.04 12.3"; "18-1": one more of which only the client thinks that it succeeded. */
export function cellText({ succeeded, believed, sent, seconds }: Cell): string {
	return `${succeeded}${believed ? `-${believed}` : ""} ${succeeded ? `${sent.toFixed(2)} ${seconds.toFixed(1)}` : "- -"}`;
}

const NAME = 30;
const CELL = 15;

export function headLine(): string {
	return ["".padEnd(NAME), ...NETWORKS.map(({ name }) => name.padEnd(CELL))].join("").trimEnd();
}

export function rowLine(row: Row, cells: readonly string[]): string {
	return [rowName(row).padEnd(NAME), ...cells.map(cell => cell.padEnd(CELL))].join("").trimEnd();
}

/** The cells of a table's line, by network, as cellText made them. */
export function cellsOf(line: string): string[] {
	return NETWORKS.map((_, index) => line.slice(NAME + index * CELL, NAME + (index + 1) * CELL).trimEnd());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	process.stdout.write(`${headLine()}\n`);
	for (const row of ROWS)
		process.stdout.write(`${rowLine(row, NETWORKS.map(network => cellText(cell(row, network))))}\n`);
}

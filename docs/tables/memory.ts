/** Who may take how much of the JavaScript heap (src/budget.ts), with the sum and what the chip has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUDGET, type Budget } from "../../src/budget.ts";
import { table } from "./part.ts";

const COLUMNS = ["slots", "chunks", "buffers", "sockets", "messages"] as const;
type Column = typeof COLUMNS[number];

function chip(): Partial<Record<Column, number>> {
	const { creation, defines } = JSON.parse(readFileSync(join(import.meta.dirname, "../../src/board/esp32s3/manifest.json"), "utf8"));
	return { slots: creation.heap.initial, chunks: creation.chunk.initial, messages: defines.task.queueLength };
}

function row(name: string, cells: Partial<Record<Column, number>>): string[] {
	return [name, ...COLUMNS.map(column => cells[column]?.toLocaleString("en-US") ?? "")];
}

export function budgetTable(): string {
	const counts = (each: Budget, column: Column): number => each.within && column !== "buffers" ? 0 : each[column];
	const sum = Object.fromEntries(COLUMNS.map(column => [column, BUDGET.reduce((total, each) => total + counts(each, column), 0)]));
	return table(["service", ...COLUMNS], [
		...BUDGET.map(each => row(each.within ? `(${each.service})` : each.service, each)),
		row("**all of them at once**", sum),
		row("the chip has", chip())
	], " rrrrr");
}

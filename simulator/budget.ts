/**
 * `npm run budget`: writes the table of src/budget.ts, with its sum and what the chip has, into docs/memory.md, between its two markers.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGET, type Budget } from "../src/budget.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENT = join(ROOT, "docs/memory.md");
const COLUMNS = ["slots", "chunks", "buffers", "sockets", "messages"] as const;

/** Below the table. */
const MESSAGES = `
Messages are counted as if each socket had one under way. On the chip all sockets together have one (\`modules/esp32/sockets/sockets.c\`),
so the column is a bound from above.
`;

function chip(): Record<typeof COLUMNS[number], number | undefined> {
	const { creation, defines } = JSON.parse(readFileSync(join(ROOT, "src/board/esp32s3/manifest.json"), "utf8"));
	return { slots: creation.heap.initial, chunks: creation.chunk.initial, buffers: undefined, sockets: undefined, messages: defines.task.queueLength };
}

function row(name: string, cells: Partial<Record<typeof COLUMNS[number], number | undefined>>): string {
	return `| ${[name, ...COLUMNS.map(column => cells[column]?.toLocaleString("en-US") ?? "")].join(" | ")} |\n`;
}

/** The table as docs/memory.md has it. */
export function budgetTable(): string {
	const counts = (each: Budget, column: typeof COLUMNS[number]): number => each.within && column !== "buffers" ? 0 : each[column];
	const sum = Object.fromEntries(COLUMNS.map(column => [column, BUDGET.reduce((total, each) => total + counts(each, column), 0)]));
	return `| service | ${COLUMNS.join(" | ")} |\n|---${"|---:".repeat(COLUMNS.length)}|\n`
		+ BUDGET.map(each => row(each.within ? `(${each.service})` : each.service, each)).join("")
		+ row("**all of them at once**", sum)
		+ row("the chip has", chip())
		+ MESSAGES;
}

/** The document with `table` in its place. */
export function withTable(document: string, table: string): string {
	return document.replace(/(<!-- budget -->\n)[^]*(<!-- end of budget -->)/, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, "utf8"), budgetTable()));

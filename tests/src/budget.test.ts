/** The table of who may have how much, as people read it. */
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { budgetTable, withTable } from "../../simulator/budget.ts";
import { BUDGET } from "../../src/budget.ts";

const DOCUMENT = join(import.meta.dirname, "../../docs/memory.md");

describe("the budget", () => {
	it("when docs/memory.md is read then it has the table of the code (npm run budget writes it)", () => {
		const document = readFileSync(DOCUMENT, "utf8");
		assert.equal(withTable(document, budgetTable()), document);
		assert.ok(document.includes(budgetTable()));
	});

	it("when all rows are summed then slots, chunks and messages are there on the chip, with what must be left", () => {
		const { creation, defines } = JSON.parse(readFileSync(join(import.meta.dirname, "../../src/board/esp32s3/manifest.json"), "utf8"));
		const sum = (of: "slots" | "chunks" | "messages"): number => BUDGET.filter(({ within }) => !within).reduce((total, row) => total + row[of], 0);
		assert.ok(sum("slots") + 400 <= creation.heap.initial, String(sum("slots")));
		assert.ok(sum("chunks") + 12 * 1024 <= creation.chunk.initial, String(sum("chunks")));
		assert.ok(sum("messages") <= defines.task.queueLength, String(sum("messages")));
	});
});

/** The table of who may have how much: is that there on the chip? */
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUDGET } from "../../src/budget.ts";

describe("the budget", () => {
	it("when all rows are summed then slots, chunks and messages are there on the chip, with what must be left", () => {
		const { creation, defines } = JSON.parse(readFileSync(join(import.meta.dirname, "../../src/board/esp32s3/manifest.json"), "utf8"));
		const sum = (of: "slots" | "chunks" | "messages"): number => BUDGET.filter(({ within }) => !within).reduce((total, row) => total + row[of], 0);
		assert.ok(sum("slots") + 400 <= creation.heap.initial, String(sum("slots")));
		assert.ok(sum("chunks") + 12 * 1024 <= creation.chunk.initial, String(sum("chunks")));
		assert.ok(sum("messages") <= defines.task.queueLength, String(sum("messages")));
	});
});

/** What docs/ say of routes, settings, errors, options, pins and memory is made from the code, and is that of today. */
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { figures } from "../../docs/tables/figures.ts";
import { folded } from "../../docs/tables/fold.ts";
import { withPart } from "../../docs/tables/part.ts";
import { PARTS, PICTURES } from "../../docs/tables/parts.ts";
import { ROOT } from "../support/command.ts";
import { DOCUMENTS, read } from "../support/documents.ts";
import { PLAN } from "../device/plan.ts";

describe("the documents' tables", () => {
	for (const { file, name, text } of PARTS) {
		it(`when the part "${name}" of ${file} is read then it is what the code says`, () => {
			const page = readFileSync(join(ROOT, file), "utf8");
			assert.equal(page, withPart(page, name, text()), "npm run docs writes it anew");
		});
	}

	for (const { file, text } of PICTURES) {
		it(`when ${file} is read then it is what the code says`, () => {
			assert.equal(readFileSync(join(ROOT, file), "utf8"), text(), "npm run docs writes it anew");
		});
	}

	it("when a sentence has a figure of the code's then it is today's", () => {
		const plain = (text: string): string => text.replace(/\s+/g, " ");
		assert.deepEqual(figures().filter(({ file, says }) => !plain(read(file)).includes(plain(says))), [], "change the sentence, or docs/tables/figures.ts");
	});

	it("when the pages are searched for such parts then each is made by somebody", () => {
		const marked = DOCUMENTS.flatMap(file => [...read(file).matchAll(/^<!-- (.*): made by npm run docs -->$/gm)].map(([, name]) => `${file}: ${name}`));
		// the device's check compares the memory plan
		assert.deepEqual(marked.sort(), [...PARTS, PLAN].map(({ file, name }) => `${file}: ${name}`).sort());
	});

	it("when a part is replaced then the rest of its page stays, and a page without it is an error", () => {
		const page = "before\n<!-- a: made by npm run docs -->\n\nold\n\n<!-- end of a -->\nafter\n";
		assert.equal(withPart(page, "a", "new\n"), page.replace("old", "new"));
		assert.throws(() => withPart(page, "b", "new"), /no part "b"/);
	});

	it("when a paragraph has a long line then it is folded, its items stay apart, and tables and code stay", () => {
		const word = "a".repeat(60);
		const table = `| ${"long ".repeat(60)} |`;
		const code = ["```", "long ".repeat(60), "```"].join("\n");
		const short = "stays\nas it is";
		assert.equal(folded([`- ${word} ${word} ${word}\n- b`, table, code, short].join("\n\n")), [`- ${word} ${word}\n  ${word}\n- b`, table, code, short].join("\n\n"));
	});
});

/** The papers people read, README.md, CONTRIBUTING.md and docs/, and what stands in them: tables, code blocks. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";

const PAGES = readdirSync(join(ROOT, "docs")).filter(name => name.endsWith(".md")).sort().map(name => `docs/${name}`);

/** Their paths in the repository. */
export const DOCUMENTS: readonly string[] = ["README.md", "CONTRIBUTING.md", ...PAGES];

/** The text of one of `DOCUMENTS`. */
export function read(file: string): string {
	return readFileSync(join(ROOT, file), "utf8");
}

/** `text` without what `npm run docs` makes. */
export function withoutParts(text: string): string {
	return text.replace(/^<!-- (.*): made by npm run docs -->$[^]*?^<!-- end of \1 -->$/gm, "");
}

/** The rows of the table in `text` that has `head`; undefined when there is none. */
export function rowsUnder(head: string, text: string): string[] | undefined {
	const lines = text.split("\n");
	const at = lines.indexOf(head);
	if (at < 0)
		return undefined;
	const end = lines.findIndex((line, index) => index > at && !line.startsWith("|"));
	return lines.slice(at + 2, end < 0 ? undefined : end);
}

/** What stands in the blocks of `language`. */
export function blocks(language: string, text: string): string[] {
	return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, block]) => block!);
}

/** Commands of the ```sh blocks, without their remarks, each block by itself; a line that ends with \ goes on. */
export function shellBlocks(text: string): string[][] {
	return blocks("sh", text).map(block =>
		block.replace(/ *\\\n */g, " ").split("\n").map(line => line.replace(/(^|\s+)# .*$/, "").trim()).filter(line => line));
}

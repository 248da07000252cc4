/**
 * What README.md shows of the code as tables, and its code blocks. Run by hand, it writes the tables of endpoints and exit codes anew:
 *
 *     npx tsx tests/support/readme.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { routes } from "routes/index";
import { EXIT_MEANINGS } from "../../host-tools/cli/exit-codes.ts";
import { ROOT } from "./command.ts";

const FILE = join(ROOT, "README.md");

export interface Table {
	/** The row under which it stands, and above the line of dashes. */
	head: string;
	rows: string[];
}

export const ENDPOINTS: Table = {
	head: "| request | does |",
	rows: routes.map(({ method, path, does }) => `| \`${method} ${path}\` | ${does.replaceAll("|", "\\|")} |`)
};

export const EXIT_CODES: Table = {
	head: "| exit code | meaning |",
	rows: Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`)
};

export function readme(): string {
	return readFileSync(FILE, "utf8");
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

function write(): void {
	let text = readme();
	for (const { head, rows } of [ENDPOINTS, EXIT_CODES]) {
		const old = rowsUnder(head, text);
		if (!old)
			throw new Error(`README.md has no table ${head}`);
		text = text.replace([head, text.split("\n")[text.split("\n").indexOf(head) + 1], ...old].join("\n"), () => [head, "|---|---|", ...rows].join("\n"));
	}
	writeFileSync(FILE, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	write();

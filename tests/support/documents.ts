/**
 * The papers people read, README.md, CONTRIBUTING.md and docs/, and what stands in them: tables, code blocks. Run by hand, it writes the
 * tables of routes and exit codes anew:
 *
 *     npx tsx tests/support/documents.ts
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { routes } from "routes/index";
import { EXIT_MEANINGS } from "../../host-tools/cli/exit-codes.ts";
import { ROOT } from "./command.ts";

/** Their paths in the repository. */
export const DOCUMENTS: readonly string[] = ["README.md", "CONTRIBUTING.md", ...readdirSync(join(ROOT, "docs")).filter(name => name.endsWith(".md")).sort().map(name => `docs/${name}`)];

export interface Table {
	file: string;
	/** The row under which it stands, and above the line of dashes. */
	head: string;
	rows: string[];
}

export const TABLES: readonly Table[] = [
	{
		file: "docs/http.md",
		head: "| request | does |",
		rows: routes.map(({ method, path, does }) => `| \`${method} ${path}\` | ${does.replaceAll("|", "\\|")} |`)
	},
	{
		file: "docs/clients.md",
		head: "| exit code | meaning |",
		rows: Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`)
	}
];

/** The text of one of `DOCUMENTS`. */
export function read(file: string): string {
	return readFileSync(join(ROOT, file), "utf8");
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
	for (const { file, head, rows } of TABLES) {
		const text = read(file);
		const old = rowsUnder(head, text);
		if (!old)
			throw new Error(`${file} has no table ${head}`);
		const lines = text.split("\n");
		writeFileSync(join(ROOT, file), text.replace([head, lines[lines.indexOf(head) + 1], ...old].join("\n"), () => [head, "|---|---|", ...rows].join("\n")));
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	write();

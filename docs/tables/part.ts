/**
 * Parts of the pages that are made from the code: they stand between two comments, `<!-- NAME: made by npm run docs -->` and
 * `<!-- end of NAME -->`.
 */

export interface Part {
	/** The page, as a path in the repository. */
	readonly file: string;
	readonly name: string;
	/** Its content, without the empty lines around it. */
	readonly text: () => string;
}

/** A file that is made from the code as a whole. */
export interface Picture {
	readonly file: string;
	readonly text: () => string;
}

/** `page` with `text` as its part `name`. Throws when it has no such part. */
export function withPart(page: string, name: string, text: string): string {
	const [begin, end] = [`<!-- ${name}: made by npm run docs -->\n`, `\n<!-- end of ${name} -->`];
	const [from, to] = [page.indexOf(begin), page.indexOf(end)];
	if (from < 0 || to < from)
		throw new Error(`there is no part ${JSON.stringify(name)}: it begins with ${begin.trim()} and ends with ${end.trim()}`);
	return `${page.slice(0, from + begin.length)}\n${text.trim()}\n${page.slice(to)}`;
}

/** A table of Markdown. `align`: one character a column, r for numbers. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], align = ""): string {
	const line = (cells: readonly (string | number)[]): string => `| ${cells.map(cell => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(head), `|${head.map((_, index) => align[index] === "r" ? "---:" : "---").join("|")}|`, ...rows.map(line)].join("\n");
}

export function code(text: string): string {
	return `\`${text}\``;
}

/** Folds what people wrote to lines of at most 140 columns. Tables, code, headings and comments stay as they are. */

export const COLUMNS = 140;

/** The paragraphs of `page` that have a longer line, folded anew. */
export function folded(page: string): string {
	const made: string[] = [];
	let paragraph: string[] = [];
	let fenced = false;
	const end = (): void => {
		made.push(...paragraph.some(line => line.length > COLUMNS) ? paragraph.reduce(intoItems, []).flatMap(foldItem) : paragraph);
		paragraph = [];
	};
	for (const line of page.split("\n")) {
		const fence = line.startsWith("```");
		if (fenced || fence || line.trim() === "" || /^(\||#|<!--| {4})/.test(line)) {
			end();
			made.push(line);
			fenced = fenced !== fence;
		}
		else
			paragraph.push(line);
	}
	end();
	return made.join("\n");
}

/** A line joins the item or paragraph that the one before is of. */
function intoItems(items: string[], line: string): string[] {
	if (items.length === 0 || /^\s*(?:-|\d+\.) /.test(line))
		return [...items, line];
	return [...items.slice(0, -1), `${items.at(-1)} ${line.trim()}`];
}

function foldItem(item: string): string[] {
	const [, lead, words] = /^(\s*(?:(?:-|\d+\.) )?)(.*)$/.exec(item)!;
	const lines: string[] = [];
	let line = lead!;
	let empty = true;
	for (const word of words!.split(/ +/)) {
		if (!empty && line.length + 1 + word.length > COLUMNS) {
			lines.push(line);
			line = " ".repeat(lead!.length);
			empty = true;
		}
		line += empty ? word : ` ${word}`;
		empty = false;
	}
	return [...lines, line];
}

/**
 * U-Boot's command line, taken apart. Two parsers, as the U-Boots have them: hush (`;`, `&&`, `||`, quotes, escapes, `#`) and
 * the old simple one (`;` only). Variables are filled in when a command runs, not before: `setenv a 1; echo ${a}` prints 1.
 */

/** A piece of a word: text as it is, or a variable. A bare variable's value is split at blanks. */
export type Piece = { text: string } | { variable: string; bare: boolean };

export interface Step {
	/** When this step runs, given the result of the one before. */
	after: ";" | "&&" | "||";
	words: Piece[][];
}

export function parseLine(line: string, hush: boolean): Step[] {
	const steps: Step[] = [];
	let step: Step = { after: ";", words: [] };
	let word: Piece[] | undefined;
	let quote = "";
	const add = (text: string): void => {
		word ??= [];
		const last = word.at(-1);
		if (last && "text" in last)
			last.text += text;
		else
			word.push({ text });
	};
	const endWord = (): void => {
		if (word)
			step.words.push(word);
		word = undefined;
	};
	const endStep = (after: Step["after"]): void => {
		endWord();
		if (step.words.length)
			steps.push(step);
		step = { after, words: [] };
	};

	for (let index = 0; index < line.length; index++) {
		const character = line[index]!;
		if (character === "\\" && quote !== "'" && index + 1 < line.length) {
			const next = line[++index]!;
			// within double quotes a backslash is kept unless it hides something
			add(quote && !"\"\\$".includes(next) ? "\\" + next : next);
		}
		else if (character === quote)
			quote = "";
		else if (!quote && (character === "'" || (hush && character === "\""))) {
			quote = character;
			add("");
		}
		else if (character === "$" && quote !== "'") {
			const variable = variableAt(line, index, hush);
			if (!variable) {
				add(character);
				continue;
			}
			(word ??= []).push({ variable: variable.name, bare: !quote });
			index = variable.end;
		}
		else if (quote)
			add(character);
		else if (character === ";" || character === "\n")
			endStep(";");
		else if (hush && (line.startsWith("&&", index) || line.startsWith("||", index))) {
			endStep(character === "&" ? "&&" : "||");
			index++;
		}
		else if (character === " " || character === "\t")
			endWord();
		else if (hush && character === "#" && !word) {
			while (index + 1 < line.length && line[index + 1] !== "\n")
				index++;
		}
		else
			add(character);
	}
	endStep(";");
	return steps;
}

/** The words with their variables filled in. */
export function expand(words: Piece[][], value: (name: string) => string): string[] {
	const out: string[] = [];
	for (const word of words) {
		let current: string | undefined;
		for (const piece of word) {
			if ("text" in piece)
				current = (current ?? "") + piece.text;
			else if (!piece.bare)
				current = (current ?? "") + value(piece.variable);
			else {
				const text = value(piece.variable);
				const parts = text.split(/[ \t\n]+/);
				// the first and the last part join what stands beside the variable; blanks at the edges end a word
				parts.forEach((part, index) => {
					if (index > 0 && current !== undefined) {
						out.push(current);
						current = undefined;
					}
					if (part)
						current = (current ?? "") + part;
				});
			}
		}
		if (current !== undefined)
			out.push(current);
	}
	return out;
}

function variableAt(line: string, index: number, hush: boolean): { name: string; end: number } | undefined {
	const match = (hush ? /\$(?:\{([^}]*)\}|([?@]|[A-Za-z_]\w*))/y : /\$(?:\{([^}]*)\}|\(([^)]*)\))/y);
	match.lastIndex = index;
	const found = match.exec(line);
	return found ? { name: found[1] ?? found[2]!, end: index + found[0].length - 1 } : undefined;
}

/**
 * Where U-Boot's prompt stands in what was heard. Pure: text in, facts out.
 */

/** How long a prompt must be the last word: behind a line break, and in the middle of a line. */
export const SETTLED = 25;
const SETTLED_INLINE = 500;

/** The prompt that is the whole last line of `text`. */
export function promptAtEnd(text: string, prompts: readonly string[]): string | undefined {
	const last = text.slice(Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1);
	return prompts.find(prompt => last === prompt);
}

/** How long a text must stay as it is to be a whole answer; undefined when it isn't one. */
export function answered(text: string, prompt: string): number | undefined {
	if (!text.endsWith(prompt))
		return undefined;
	return /[\r\n]$/.test(text.slice(0, -prompt.length)) ? SETTLED : SETTLED_INLINE;
}

/** The answer in a text that may go on behind it, since others have typed; undefined when it isn't whole. */
export function answerIn(text: string, prompt: string): string | undefined {
	const found = [`\n${prompt}`, `\r${prompt}`].map(end => text.indexOf(end)).filter(at => at >= 0);
	if (found.length)
		return text.slice(0, Math.min(...found) + 1);
	return text.endsWith(prompt) ? text.slice(0, -prompt.length) : undefined;
}

/** Reads a line as U-Boot's prompt and Linux's terminal do: echo, backspace, Ctrl-U, Ctrl-C. No history, no cursor keys. */
import type { Program } from "./processor.ts";
import type { Uart } from "./uart.ts";

/** Characters a line can have (CONFIG_SYS_CBSIZE); what comes beyond is answered by a bell. */
const LIMIT = 1024;

const INTERRUPT = 3, BELL = 7, BACKSPACE = 8, KILL = 21, DELETE = 127;

export interface LineOptions {
	/** Typed characters are not shown: a password. */
	secret?: boolean;
	/** Ctrl-D on an empty line ends the input: Linux. */
	endOfInput?: boolean;
	/** A NUL is a character of the line: U-Boot. Otherwise it is ignored. */
	nul?: boolean;
	/** Given up after so many milliseconds: login. */
	timeout?: number;
}

/** The line without its end; "interrupt" Ctrl-C, "end" Ctrl-D or time out. The cursor stands behind the line's end, except after Ctrl-C. */
export function* readLine(
	uart: Uart, { secret = false, endOfInput = false, nul = false, timeout }: LineOptions = {}
): Program<{ text: string } | "interrupt" | "end"> {
	const characters: number[] = [];
	const show = function* (text: string): Program {
		if (!secret)
			yield* uart.print(text);
	};
	for (;;) {
		const byte = yield* uart.get(timeout);
		switch (byte) {
			case undefined:
				return "end";
			case 10:
			case 13:
				yield* uart.print("\n");
				return { text: String.fromCharCode(...characters) };
			case INTERRUPT:
				return "interrupt";
			case BACKSPACE:
			case DELETE:
				if (characters.pop() !== undefined)
					yield* show("\b \b");
				break;
			case KILL:
				yield* show("\b \b".repeat(characters.length));
				characters.length = 0;
				break;
			case 4:
				if (endOfInput && !characters.length)
					return "end";
				break;
			default:
				if (byte === 0 && !nul)
					break;
				if (characters.length >= LIMIT)
					yield* uart.write(Uint8Array.of(BELL));
				else {
					characters.push(byte);
					yield* show(String.fromCharCode(byte));
				}
		}
	}
}

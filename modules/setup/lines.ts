/**
 * What somebody types at the set-up console, cut into lines of words.
 *
 * Words are separated by spaces; "double quotes" keep spaces together, and in them \" and \\ are the characters themselves. A line ends
 * with CR, LF or both; backspace takes a character back. Not for what the words mean.
 */

/** Bytes of the longest line; what goes beyond is dropped with the line. */
const LONGEST_LINE = 256;

export interface LineOptions {
	/** A line is complete; undefined when it was too long or isn't UTF-8. */
	onLine: (line: string | undefined) => void;
	/** What the terminal should show. */
	echo: (text: string) => void;
}

export class Lines {
	private options: LineOptions;
	private bytes = new Uint8Array(LONGEST_LINE);
	private length = 0;
	private tooLong = false;
	private afterReturn = false;

	constructor(options: LineOptions) {
		this.options = options;
	}

	/** People type: a loop over bytes is fast enough. */
	receive(bytes: Uint8Array): void {
		for (const byte of bytes)
			this.take(byte);
	}

	private take(byte: number): void {
		const again = byte === 0x0a && this.afterReturn;
		this.afterReturn = byte === 0x0d;
		if (again)
			return;
		if (byte === 0x0d || byte === 0x0a)
			this.end();
		else if (byte === 0x08 || byte === 0x7f)
			this.back();
		else if (byte >= 0x20)
			this.add(byte);
	}

	private add(byte: number): void {
		if (this.length === LONGEST_LINE) {
			this.tooLong = true;
			return;
		}
		this.bytes[this.length++] = byte;
		if (byte < 0x80)
			this.options.echo(String.fromCharCode(byte));
	}

	/** The bytes of one character. */
	private back(): void {
		if (this.length === 0)
			return;
		while (this.length > 1 && (this.bytes[this.length - 1]! & 0xc0) === 0x80)
			this.length--;
		this.length--;
		this.options.echo("\b \b");
	}

	private end(): void {
		this.options.echo("\r\n");
		let line: string | undefined;
		try {
			line = this.tooLong ? undefined : String.fromArrayBuffer(this.bytes.slice(0, this.length).buffer);
		}
		catch {
			line = undefined;
		}
		this.length = 0;
		this.tooLong = false;
		this.options.onLine(line);
	}
}

/** The words of `line`; undefined when a quote isn't closed. */
export function words(line: string): string[] | undefined {
	const found: string[] = [];
	for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"|[^\s"]+|"/g)) {
		if (word === "\"")
			return undefined;
		found.push(word.startsWith("\"") ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word);
	}
	return found;
}

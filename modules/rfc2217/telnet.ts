/**
 * Telnet's framing (RFC 854, 855): data and commands in one stream of bytes, told apart by 0xFF. No IO.
 *
 * Data is 8-bit both ways, whatever BINARY says: a 0xFF is doubled, and nothing else is touched. In particular no NUL is added or
 * taken away after a CR, because a boot loader would see the difference.
 */
import { Bytes } from "bytes/bytes";

/** "Interpret as command" and what may follow it. */
export const IAC = 255;
export const DONT = 254;
export const DO = 253;
export const WONT = 252;
export const WILL = 251;
export const SB = 250;
export const BREAK = 243;
export const SE = 240;

/** Options (RFC 856, 857, 858, 2217). */
export const BINARY = 0;
export const ECHO = 1;
export const SUPPRESS_GO_AHEAD = 3;
export const COM_PORT = 44;

/** Bytes of a subnegotiation that are kept, its option included. What is longer is no command we know and is ignored whole. */
export const SUBNEGOTIATION_LIMIT = 64;

export interface TelnetHandler {
	/** The peer sent WILL, WONT, DO or DONT. */
	negotiate(verb: number, option: number): void;
	/** A whole subnegotiation, its option first; good during the call. */
	subnegotiation(bytes: Uint8Array): void;
	/** A command that stands alone, like BREAK. */
	command(code: number): void;
}

export class TelnetReader {
	/** The data that the last `read` came upon: a view of what it was given. */
	data: Uint8Array | undefined;
	#handler: TelnetHandler;
	#state: "data" | "command" | "option" | "subnegotiation" | "command within" = "data";
	#verb = 0;
	#kept = new Uint8Array(SUBNEGOTIATION_LIMIT);
	#length = 0;

	constructor(handler: TelnetHandler) {
		this.#handler = handler;
	}

	/**
	 * Looks at the next thing in `bytes` and returns how many bytes are dealt with: data, at most `limit` bytes of it, or a command or a
	 * part of one. 0 means that nothing is left, or that data comes next and `limit` is 0.
	 */
	read(bytes: Uint8Array, limit: number): number {
		this.data = undefined;
		if (bytes.length === 0)
			return 0;
		switch (this.#state) {
			case "data":
				return this.#readData(bytes, limit);
			case "command":
				return this.#readCommand(bytes, limit);
			case "option":
				this.#state = "data";
				this.#handler.negotiate(this.#verb, bytes[0]!);
				return 1;
			case "subnegotiation":
				return this.#readWithin(bytes);
			case "command within":
				return this.#readCommandWithin(bytes, limit);
		}
	}

	#readData(bytes: Uint8Array, limit: number): number {
		const run = Bytes.run(bytes, IAC);
		if (run === 1) {
			this.#state = "command";
			return 1;
		}
		if (limit <= 0)
			return 0;
		if (run > 0) {
			const pairs = Math.min(run >> 1, limit);
			this.data = bytes.subarray(0, pairs);
			return pairs * 2;
		}
		const next = bytes.indexOf(IAC);
		const count = Math.min(next < 0 ? bytes.length : next, limit);
		this.data = bytes.subarray(0, count);
		return count;
	}

	#readCommand(bytes: Uint8Array, limit: number): number {
		const code = bytes[0]!;
		if (code === IAC) {
			if (limit <= 0)
				return 0;
			this.#state = "data";
			this.data = bytes.subarray(0, 1);
		}
		else if (code === SB) {
			this.#state = "subnegotiation";
			this.#length = 0;
		}
		else if (code >= WILL) {
			this.#state = "option";
			this.#verb = code;
		}
		else {
			this.#state = "data";
			this.#handler.command(code);
		}
		return 1;
	}

	#readWithin(bytes: Uint8Array): number {
		const next = bytes.indexOf(IAC);
		if (next === 0) {
			this.#state = "command within";
			return 1;
		}
		const count = next < 0 ? bytes.length : next;
		this.#keep(bytes.subarray(0, count));
		return count;
	}

	#readCommandWithin(bytes: Uint8Array, limit: number): number {
		const code = bytes[0]!;
		if (code === IAC) {
			this.#state = "subnegotiation";
			this.#keep(bytes.subarray(0, 1));
			return 1;
		}
		if (code !== SE) {
			// the end was forgotten: another command begins here
			this.#state = "command";
			return this.#readCommand(bytes, limit);
		}
		this.#state = "data";
		if (this.#length > 0 && this.#length <= SUBNEGOTIATION_LIMIT)
			this.#handler.subnegotiation(this.#kept.subarray(0, this.#length));
		return 1;
	}

	/** Counts what doesn't fit, too: then the whole is ignored at its end. */
	#keep(bytes: Uint8Array): void {
		if (this.#length + bytes.length <= SUBNEGOTIATION_LIMIT)
			this.#kept.set(bytes, this.#length);
		this.#length = Math.min(this.#length + bytes.length, SUBNEGOTIATION_LIMIT + 1);
	}
}

/** Puts `from` into `into` as it goes on the wire, every 0xFF doubled; returns the number of bytes. `into` must have twice the room. */
export function quote(from: Uint8Array, into: Uint8Array): number {
	let made = 0;
	for (let at = 0; at < from.length;) {
		const next = from.indexOf(IAC, at);
		const end = next < 0 ? from.length : next;
		into.set(from.subarray(at, end), made);
		made += end - at;
		const run = Bytes.run(from.subarray(end), IAC);
		into.fill(IAC, made, made + run * 2);
		made += run * 2;
		at = end + run;
	}
	return made;
}

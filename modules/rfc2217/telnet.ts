/**
 * Telnet's framing (RFC 854, 855): data and commands in one stream of bytes, told apart by 0xFF. No IO.
 *
 * Data is 8-bit both ways, and a 0xFF is doubled. In the direction in which BINARY (RFC 856) is on nothing else is touched. Where it
 * is off a CR alone is none: a client's CR LF and CR NUL are both its Enter key, one CR to the camera (a boot loader takes CR LF for two
 * lines and carries out the second, which is empty, as the last command once more), and a camera's CR that no LF follows gets a NUL.
 */
import { Bytes } from "bytes/bytes";

/** "Interpret as command" and what may follow it. */
export const IAC = 255;
export const DONT = 254;
export const DO = 253;
export const WONT = 252;
export const WILL = 251;
export const SB = 250;
const INTERRUPT_PROCESS = 244;
export const BREAK = 243;
export const SE = 240;

/** Options (RFC 856, 857, 858, 2217). */
export const BINARY = 0;
export const ECHO = 1;
export const SUPPRESS_GO_AHEAD = 3;
export const COM_PORT = 44;

const NUL = 0;
const CTRL_C = 3;
const LF = 10;
const CR = 13;

/** Bytes of a subnegotiation that are kept, its option included. What is longer is no command we know and is ignored whole. */
export const SUBNEGOTIATION_LIMIT = 64;

export interface TelnetHandler {
	/** The peer sent WILL, WONT, DO or DONT. */
	negotiate(verb: number, option: number): void;
	/** A whole subnegotiation, its option first; good during the call. */
	subnegotiation(bytes: Uint8Array): void;
	/**
	 * A command that stands alone, like BREAK. Data Mark is one: urgent data is read in its place in the stream, where the mark that ends
	 * a Synch means nothing (RFC 854, "The TELNET Synch signal").
	 */
	command(code: number): void;
}

export class TelnetReader {
	/** The data that the last `read` came upon: a view of what it was given, or of its own memory, good until the next `read`. */
	data: Uint8Array | undefined;
	/** The peer sends binary data. */
	binary = false;
	private readonly handler: TelnetHandler;
	private state: "data" | "command" | "option" | "subnegotiation" | "command within" = "data";
	private verb = 0;
	/** The last data was a CR whose LF or NUL is still to come. */
	private returned = false;
	private readonly kept: Uint8Array;
	private length = 0;

	/** `memory`: SUBNEGOTIATION_LIMIT bytes. */
	constructor(handler: TelnetHandler, memory: Uint8Array) {
		this.handler = handler;
		this.kept = memory;
	}

	/**
	 * Looks at the next thing in `bytes` and returns how many bytes are dealt with: data, at most `limit` bytes of it, or a command or a
	 * part of one. 0 means that nothing is left, or that data comes next and `limit` is 0.
	 */
	read(bytes: Uint8Array, limit: number): number {
		this.data = undefined;
		if (bytes.length === 0)
			return 0;
		switch (this.state) {
			case "data":
				return this.readData(bytes, limit);
			case "command":
				return this.readCommand(bytes, limit);
			case "option":
				this.state = "data";
				this.handler.negotiate(this.verb, bytes[0]!);
				return 1;
			case "subnegotiation":
				return this.readWithin(bytes);
			case "command within":
				return this.readCommandWithin(bytes, limit);
		}
	}

	private readData(bytes: Uint8Array, limit: number): number {
		const run = Bytes.run(bytes, IAC);
		if (run === 1) {
			this.state = "command";
			return 1;
		}
		if (this.returned && !this.binary && (bytes[0] === LF || bytes[0] === NUL)) {
			this.returned = false;
			return 1;
		}
		if (limit <= 0)
			return 0;
		this.returned = false;
		if (run > 0) {
			const pairs = Math.min(run >> 1, limit);
			this.data = bytes.subarray(0, pairs);
			return pairs * 2;
		}
		const next = bytes.indexOf(IAC);
		let count = Math.min(next < 0 ? bytes.length : next, limit);
		const end = this.binary ? -1 : bytes.indexOf(CR);
		if (end >= 0 && end < count) {
			count = end + 1;
			this.returned = true;
		}
		this.data = bytes.subarray(0, count);
		return count;
	}

	private readCommand(bytes: Uint8Array, limit: number): number {
		const code = bytes[0]!;
		if (code === IAC || code === INTERRUPT_PROCESS) {
			if (limit <= 0)
				return 0;
			this.state = "data";
			this.returned = false;
			if (code === IAC)
				this.data = bytes.subarray(0, 1);
			else {
				// what a client makes of its user's Ctrl-C is one again
				this.kept[0] = CTRL_C;
				this.data = this.kept.subarray(0, 1);
			}
		}
		else if (code === SB) {
			this.state = "subnegotiation";
			this.length = 0;
		}
		else if (code >= WILL) {
			this.state = "option";
			this.verb = code;
		}
		else {
			this.state = "data";
			this.handler.command(code);
		}
		return 1;
	}

	private readWithin(bytes: Uint8Array): number {
		const next = bytes.indexOf(IAC);
		if (next === 0) {
			this.state = "command within";
			return 1;
		}
		const count = next < 0 ? bytes.length : next;
		this.keep(bytes.subarray(0, count));
		return count;
	}

	private readCommandWithin(bytes: Uint8Array, limit: number): number {
		const code = bytes[0]!;
		if (code === IAC) {
			this.state = "subnegotiation";
			this.keep(bytes.subarray(0, 1));
			return 1;
		}
		if (code !== SE) {
			// the end was forgotten: another command begins here
			this.state = "command";
			return this.readCommand(bytes, limit);
		}
		this.state = "data";
		if (this.length > 0 && this.length <= SUBNEGOTIATION_LIMIT)
			this.handler.subnegotiation(this.kept.subarray(0, this.length));
		return 1;
	}

	/** Counts what doesn't fit, too: then the whole is ignored at its end. */
	private keep(bytes: Uint8Array): void {
		if (this.length + bytes.length <= SUBNEGOTIATION_LIMIT)
			this.kept.set(bytes, this.length);
		this.length = Math.min(this.length + bytes.length, SUBNEGOTIATION_LIMIT + 1);
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

/**
 * As `quote`, where BINARY is off: a CR that no LF follows is followed by a NUL. `returned`: the byte before was a CR. That a CR is the last
 * of `from` is told by it alone: what follows it is for the next call. `into` must have room for twice as much and one byte.
 */
export function quoteText(from: Uint8Array, into: Uint8Array, returned: boolean): number {
	let made = 0;
	for (let at = 0; at < from.length;) {
		if (returned && from[at] !== LF)
			into[made++] = NUL;
		const next = from.indexOf(CR, at);
		returned = next >= 0;
		const end = returned ? next + 1 : from.length;
		made += quote(from.subarray(at, end), into.subarray(made));
		at = end;
	}
	return made;
}

/** Is a CR the last of `bytes`? */
export function endsInReturn(bytes: Uint8Array): boolean {
	return bytes[bytes.length - 1] === CR;
}

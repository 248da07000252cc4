/**
 * How a board's U-Boot is spoken to: addresses, command lines, and the texts by which its answers are judged. Data only, so
 * that another board is a JSON file (`--board FILE`) and not a special case in the code.
 *
 * In a command line `{ram}` is where files are loaded to, `{verify}` where flash is read back to, `{address}` either of them,
 * `{file}` the name on the TFTP server, `{offset}` the place in flash, `{size}` a length in bytes, `{erase}` that length
 * rounded up to whole erase blocks, `{flash}` the flash's size. Numbers are written in hexadecimal with 0x.
 */
import { parseSize } from "../base/bytes.ts";
import { PROMPTS } from "./uboot-console.ts";
import { Failure, textOf } from "../base/failure.ts";
import { decodeText, parseJson, readInput } from "../base/input.ts";

export interface FlashCommand {
	readonly send: string;
	/** Sent instead when U-Boot doesn't know the command. */
	readonly otherwise?: string | undefined;
	/** An answer without this is not believed. */
	readonly ok?: RegExp | undefined;
	/** An answer with this is a failure; default FAILED. */
	readonly failed?: RegExp | undefined;
	/** Seconds it may take. */
	readonly seconds: number;
}

export interface DialectCommands {
	readonly probe: FlashCommand;
	readonly load: FlashCommand;
	readonly crc: FlashCommand;
	/** Spoils the bytes at `{address}`, so that a read or load that does nothing can't look right. */
	readonly spoil: FlashCommand;
	readonly read: FlashCommand;
	readonly erase: FlashCommand;
	readonly write: FlashCommand;
	/** Erases and writes in one command, in place of `erase` and `write`. */
	readonly update?: FlashCommand | undefined;
	readonly reset: FlashCommand;
}

export interface Dialect {
	readonly name: string;
	readonly prompts: readonly string[];
	/** Where files are loaded to; absent: 16 MiB above the place U-Boot is started at, which is 32 MiB above the RAM's start. */
	readonly ram: number | undefined;
	/** Most bytes loaded at once. As many again behind them take what is read back. */
	readonly transferLimit: number;
	/** The flash's erase block in bytes. */
	readonly eraseSize: number;
	/** Size of the flash in bytes, where `probe` doesn't tell it. */
	readonly flashSize: number | undefined;
	/** Sent before the first load, behind LOAD_SETTINGS: the addresses. Nothing here may save the environment. */
	readonly network: readonly string[];
	/** Sent when a write changed nothing, to take a write protection away. A U-Boot need not know them. */
	readonly unlock: readonly string[];
	/** What the camera says when it has started from its flash. */
	readonly started: string;
	readonly commands: DialectCommands;
}

/** What U-Boots say when something went wrong. */
export const FAILED = new RegExp([
	String.raw`\berror\b|\bfail(ed|ure)?\b|unknown command|^usage:|no spi flash|not (found|defined|supported|set)\b|protected`,
	String.raw`cannot|can't|\babort|retry count exceeded|illegal|invalid`
].join("|"), "im");

/** hi3516ev300 and its relatives with OpenIPC's or the vendor's U-Boot on a SPI NOR. */
export const DEFAULT_DIALECT: Dialect = Object.freeze({
	name: "hi3516ev300",
	prompts: PROMPTS,
	ram: undefined,
	transferLimit: 8 * 1024 * 1024,
	eraseSize: 64 * 1024,
	flashSize: undefined,
	network: ["setenv ipaddr 192.168.1.20", "setenv serverip 192.168.1.1"],
	// OpenIPC's and HiSilicon's U-Boot; upstream's
	unlock: ["sf lock 0", "sf protect unlock 0 {flash}"],
	started: "login:",
	commands: {
		probe: { send: "sf probe 0", seconds: 10 },
		load: { send: "tftpboot {ram} {file}", otherwise: "tftp {ram} {file}", ok: /bytes transferred = /i, seconds: 120 },
		crc: { send: "crc32 {address} {size}", ok: /==>\s*[0-9a-f]{8}\b/i, seconds: 30 },
		spoil: { send: "mw.b {address} 0 0x40", seconds: 5 },
		read: { send: "sf read {verify} {offset} {size}", seconds: 60 },
		erase: { send: "sf erase {offset} {erase}", ok: /erased: ok|100\s*%/i, seconds: 240 },
		write: { send: "sf write {ram} {offset} {size}", ok: /written: ok|100\s*%/i, seconds: 240 },
		reset: { send: "reset", seconds: 5 }
	}
});

/** Reads a board description; what it leaves out is as in DEFAULT_DIALECT. Throws Failure `usage` that names the field. */
export async function loadDialect(path: string): Promise<Dialect> {
	return parseDialect(decodeText(await readInput(path, { what: "board description", advice: "check --board" }, LIMIT)), path);
}

/** Real ones have some hundred bytes. */
const LIMIT = 1024 * 1024;
const FIELDS: readonly string[] = ["name", "prompts", "ram", "transferLimit", "eraseSize", "flashSize", "network", "unlock", "started",
	"commands"];
const COMMANDS: readonly (keyof DialectCommands)[] = ["probe", "load", "crc", "spoil", "read", "erase", "write", "update", "reset"];

/** Reads the text of a board description; `path` is for messages. */
export function parseDialect(text: string, path: string): Dialect {
	const wrong = (field: string, expected: string): Failure => new Failure("usage",
		`board description ${path}: ${field} must be ${expected}`);
	let fields: Record<string, unknown>;
	try {
		fields = parseJson(text) as Record<string, unknown>;
	}
	catch (error) {
		throw new Failure("usage", `board description ${path} is not JSON: ${textOf(error)}`);
	}
	if (typeof fields !== "object" || fields === null || Array.isArray(fields))
		throw wrong("the whole", "a JSON object");
	const unknown = Object.keys(fields).find(field => !FIELDS.includes(field));
	if (unknown !== undefined)
		throw wrong(unknown, `left out: there is no such field; there are ${FIELDS.join(", ")}`);
	const string = (field: "name" | "started"): string => {
		const value = fields[field] ?? DEFAULT_DIALECT[field];
		if (typeof value !== "string" || !value)
			throw wrong(field, "a text");
		return value;
	};
	const strings = (field: "prompts" | "network" | "unlock"): readonly string[] => {
		const value = fields[field] ?? DEFAULT_DIALECT[field];
		if (!Array.isArray(value) || !value.every(element => typeof element === "string" && element))
			throw wrong(field, "a list of texts");
		return value as string[];
	};
	const size = <T extends number | undefined>(field: string, otherwise: T): number | T => {
		const value = fields[field];
		if (value === undefined)
			return otherwise;
		const number = typeof value === "number" ? value : typeof value === "string" ? parseSize(value) : undefined;
		if (number === undefined || !Number.isInteger(number) || number <= 0)
			throw wrong(field, "a size like 65536, \"64K\" or \"0x10000\"");
		return number;
	};
	return {
		name: string("name"),
		prompts: strings("prompts"),
		ram: size("ram", DEFAULT_DIALECT.ram),
		transferLimit: size("transferLimit", DEFAULT_DIALECT.transferLimit),
		eraseSize: size("eraseSize", DEFAULT_DIALECT.eraseSize),
		flashSize: size("flashSize", DEFAULT_DIALECT.flashSize),
		network: strings("network"),
		unlock: strings("unlock"),
		started: string("started"),
		commands: commandsOf(fields.commands ?? {}, wrong)
	};
}

function commandsOf(value: unknown, wrong: (field: string, expected: string) => Failure): DialectCommands {
	if (typeof value !== "object" || value === null)
		throw wrong("commands", "an object");
	const commands: Record<string, FlashCommand> = { ...DEFAULT_DIALECT.commands };
	for (const [name, given] of Object.entries(value as Record<string, unknown>)) {
		const field = `commands.${name}`;
		if (!COMMANDS.includes(name as keyof DialectCommands))
			throw wrong(field, `one of ${COMMANDS.join(", ")}`);
		const { send, otherwise, ok, failed, seconds, ...rest } = (typeof given === "string" ? { send: given } : given
			?? {}) as Record<string, unknown>;
		if (typeof send !== "string" || !send || otherwise !== undefined && typeof otherwise !== "string" || Object.keys(rest).length)
			throw wrong(field, "a command line, or an object with send, and perhaps otherwise, ok, failed, seconds");
		if (seconds !== undefined && !(typeof seconds === "number" && seconds > 0))
			throw wrong(`${field}.seconds`, "a number above 0");
		const base = commands[name];
		commands[name] = {
			send,
			otherwise,
			ok: ok === undefined ? (name === "update" ? undefined : base?.ok) : pattern(`${field}.ok`, ok, wrong),
			failed: failed === undefined ? base?.failed : pattern(`${field}.failed`, failed, wrong),
			seconds: seconds ?? base?.seconds ?? 240
		};
	}
	return commands as unknown as DialectCommands;
}

function pattern(field: string, value: unknown, wrong: (field: string, expected: string) => Failure): RegExp {
	try {
		if (typeof value === "string")
			return new RegExp(value, "im");
	}
	catch {
		// Said below.
	}
	throw wrong(field, "a regular expression in quotes");
}

/** The command line with its numbers filled in. */
export function commandLine(send: string, values: Readonly<Record<string, string>>): string {
	return send.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/**
 * SoC profiles: the JSON files that say where a chip's boot ROM wants its code and how its DDR is initialised.
 *
 * One file per chip. A file may hold only the name of another file (an alias); chains of these are followed. DDR init is per
 * board, not per chip: a wrong profile uploads well and the camera then stays silent for ever.
 */
import { basename, dirname, join, resolve } from "node:path";
import { Failure, textOf } from "../base/failure.ts";
import { decodeText, parseJson as parseText, readInput } from "../base/input.ts";
import { objectionTo } from "../flash/purpose.ts";
import { HEAD } from "../flash/recognise.ts";

export interface Profile {
	readonly name: string;
	/** SRAM address of the DDR steps. */
	readonly ddrStepAddress: number;
	/** SRAM address of the SPL. */
	readonly splAddress: number;
	/** DDR address of U-Boot. */
	readonly ubootAddress: number;
	/** Empty when the chip needs none. */
	readonly prestep0: Uint8Array;
	readonly ddrstep0: Uint8Array;
	readonly prestep1: Uint8Array;
	/** Bytes of SPL when the U-Boot image doesn't show where it ends. */
	readonly splSize: number;
	/** Largest SPL the chip's SRAM holds, in bytes. */
	readonly sramLimit: number | undefined;
	/** A file to send as the SPL instead of the head of U-Boot. */
	readonly splBlob: string | undefined;
}

/** Real ones have some kilobytes. */
const LIMIT = 1024 * 1024;
/** Longest chain of aliases followed; real ones are up to 23 long. */
const CHAIN_LIMIT = 100;
/** The fastboot body announces a step's length in 16 bits; real steps have 64 to 128 bytes. */
const STEP_LIMIT = 1024;

/** Reads `NAME` or `NAME:VARIANT` from a folder of profiles. */
export async function loadChip(folder: string, chip: string): Promise<Profile> {
	const [name, variant, ...rest] = chip.split(":");
	if (!name || rest.length || !/^[\w.-]+$/.test(name) || name.startsWith("."))
		throw new Failure("usage", `"${chip}" is not a chip's name`, "write NAME or NAME:VARIANT, for example hi3516ev300");
	return loadProfile(join(folder, `${name}.json`), variant);
}

/** Reads a profile, following aliases. Throws Failure `usage` that names the file and the field. */
export async function loadProfile(path: string, variant?: string): Promise<Profile> {
	const seen: string[] = [];
	for (let file = resolve(path); ;) {
		if (seen.includes(file))
			throw new Failure("usage", `profile ${path}: the aliases ${[...seen, file].map(name => basename(name)).join(" -> ")} lead in a circle`);
		if (seen.length === CHAIN_LIMIT)
			throw new Failure("usage", `profile ${path}: more than ${CHAIN_LIMIT} aliases in a chain`);
		seen.push(file);
		const text = await readText(file, seen);
		const alias = aliasOf(text);
		if (alias === undefined)
			return parseProfile(text, file, variant);
		file = join(dirname(file), alias);
	}
}

/** Reads the text of a profile that is no alias. `file` is for messages and for finding SPL_BLOB. */
export function parseProfile(text: string, file: string, variant?: string): Profile {
	const base = objectOf(parseJson(text, file), file, "the profile");
	const fields = variant === undefined ? base : { ...base, ...variantOf(base, variant, file) };
	const read = new Fields(fields, file);
	const [ddrStepAddress, splAddress, ubootAddress] = read.numbers("ADDRESS", 3) as [number, number, number];
	const splBlob = read.optionalName("SPL_BLOB");
	return {
		name: typeof fields.name === "string" ? fields.name : basename(file, ".json"),
		ddrStepAddress,
		splAddress,
		ubootAddress,
		prestep0: read.bytes("PRESTEP0", false),
		ddrstep0: read.bytes("DDRSTEP0", true),
		prestep1: read.bytes("PRESTEP1", false),
		splSize: read.numbers("FILELEN", 2)[1]!,
		sramLimit: fields.SRAMLIMIT === undefined ? undefined : read.number("SRAMLIMIT", fields.SRAMLIMIT),
		splBlob: splBlob && join(dirname(file), splBlob)
	};
}

async function readText(file: string, chain: readonly string[]): Promise<string> {
	const about = chain.length > 1 ? `, to which ${basename(chain.at(-2)!)} refers,` : "";
	const bytes = await readInput(file, { what: "profile", advice: "check --profile, or --profiles and --chip", about }, LIMIT);
	const objection = objectionTo("profile", file, bytes.subarray(0, HEAD), bytes.length);
	if (objection)
		throw new Failure("usage", objection.message, objection.advice);
	return decodeText(bytes);
}

/** An alias file holds nothing but a file name. */
function aliasOf(text: string): string | undefined {
	return /^\s*"?([\w.-]+\.json)"?\s*$/.exec(text)?.[1];
}

function parseJson(text: string, file: string): unknown {
	try {
		return parseText(text);
	}
	catch (error) {
		throw new Failure("usage", `profile ${file} is neither JSON nor the name of another profile: ${textOf(error)}`,
			"check --profile: a profile is a JSON file with ADDRESS, DDRSTEP0 and so on");
	}
}

function objectOf(value: unknown, file: string, what: string): Record<string, unknown> {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new Failure("usage", `profile ${file}: ${what} must be a JSON object`, "check --profile");
	return value as Record<string, unknown>;
}

function variantOf(base: Record<string, unknown>, variant: string, file: string): Record<string, unknown> {
	const variants = base.variants === undefined ? {} : objectOf(base.variants, file, "variants");
	if (!Object.hasOwn(variants, variant)) {
		const names = Object.keys(variants);
		throw new Failure("usage", `profile ${file} has no variant "${variant}"`,
			names.length ? `it has ${names.join(", ")}` : "it has no variants");
	}
	return objectOf(variants[variant], file, `variants.${variant}`);
}

/** Reads checked values; each complaint names the file, the field and what was expected. */
class Fields {
	#fields: Record<string, unknown>;
	#file: string;

	constructor(fields: Record<string, unknown>, file: string) {
		this.#fields = fields;
		this.#file = file;
	}

	number(field: string, value: unknown): number {
		if (typeof value === "string" && /^(0x)?[0-9a-f]{1,8}$/i.test(value))
			return Number.parseInt(value, 16);
		throw this.#wrong(field, "a hexadecimal number of up to 8 digits in quotes", value);
	}

	numbers(field: string, count: number): number[] {
		const value = this.#fields[field];
		if (!Array.isArray(value) || value.length < count)
			throw this.#wrong(field, `a list of ${count} hexadecimal numbers`, value);
		return value.slice(0, count).map((element, index) => this.number(`${field}[${index}]`, element));
	}

	bytes(field: string, required: boolean): Uint8Array {
		const value = this.#fields[field];
		if (value === undefined && !required)
			return new Uint8Array(0);
		if (!Array.isArray(value) || required && !value.length || value.length > STEP_LIMIT)
			throw this.#wrong(field, `a list of ${required ? 1 : 0} to ${STEP_LIMIT} bytes`, value);
		for (const [index, byte] of value.entries()) {
			if (!Number.isInteger(byte) || byte < 0 || byte > 255)
				throw this.#wrong(`${field}[${index}]`, "a number from 0 to 255", byte);
		}
		return Uint8Array.from(value as number[]);
	}

	optionalName(field: string): string | undefined {
		const value = this.#fields[field];
		if (value === undefined)
			return undefined;
		if (typeof value === "string" && /^[\w.-]+$/.test(value) && !value.startsWith("."))
			return value;
		throw this.#wrong(field, "the name of a file next to the profile", value);
	}

	#wrong(field: string, expected: string, value: unknown): Failure {
		const given = value === undefined ? "is missing" : `is ${JSON.stringify(value).slice(0, 60)}`;
		return new Failure("usage", `profile ${this.#file}: ${field} ${given}; it must be ${expected}`,
			"is this file a SoC profile (--profile)?");
	}
}

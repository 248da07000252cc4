/**
 * Whether the files of a dump hold what they are about to be written as.
 */
import { Failure } from "../base/failure.ts";
import { readHead, type Role } from "../base/input.ts";
import type { Partition } from "../flash/layout.ts";
import { objectionTo, purposeOf, sizeObjection, type Objection } from "../flash/purpose.ts";
import { HEAD } from "../flash/recognise.ts";
import { bootObjection } from "../profiles/boot-check.ts";
import { select } from "./selection.ts";

/** For messages about a file of the dump. */
export const DUMP_FILE: Role = { what: "the dump's file",
	advice: "does another program change this folder? A file that changes while it is read is not written" };

export interface ContentOptions {
	only?: readonly string[] | undefined;
	/** Only tell what else would be refused. */
	force?: boolean | undefined;
	/** Size of the flash, when it is known already. */
	flashSize?: number | undefined;
	/** Is told what is left out, and what is forced. */
	onNote?: ((text: string) => void) | undefined;
}

/** Throws Failure `usage` when a file certainly isn't what it is to be written as. Looks at the start of each. */
export async function checkContents(partitions: readonly Partition[],
	{ only, force = false, flashSize, onNote }: ContentOptions = {}): Promise<void> {
	const wanted = select(partitions, only, onNote);
	for (const { name, path, offset, length, whole = false } of wanted) {
		const head = await readHead(path, DUMP_FILE, HEAD);
		const purpose = whole ? "flash" : purposeOf(name, offset);
		const objection = objectionTo(purpose, path, head, length) ?? (whole ? sizeObjection(path, length, flashSize) : undefined)
			?? (purpose === "boot" || whole ? noLoader(path, head, length) : undefined);
		if (objection && !force)
			throw refusal(objection);
		if (objection)
			onNote?.(`${objection.message}; written all the same`);
	}
}

function noLoader(path: string, head: Uint8Array, length: number): Objection | undefined {
	const why = bootObjection(head, length);
	return why === undefined ? undefined : { message: `${path}: there is no boot loader in it, but ${why}`, advice: "writing it would leave " +
		"a camera that doesn't start; leave the partition out with --only, or write it all the same with --force" };
}

/** Throws Failure `usage` when a file that is said to be the whole flash has another size than this one. */
export function checkWhole(partitions: readonly Partition[], flashSize: number): void {
	const whole = partitions.find(partition => partition.whole);
	const objection = whole && sizeObjection(whole.path, whole.length, flashSize);
	if (objection)
		throw refusal(objection);
}

function refusal({ message, advice }: Objection): Failure {
	return new Failure("usage", message, advice);
}

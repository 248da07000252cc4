/** Parsers of option values that several of the simulator's programs have (for commander). */
import { InvalidArgumentError } from "commander";
import { parseSize } from "../host-tools/bytes.ts";

/** Real seconds per second of pod and camera. */
export function timeScale(text: string): number {
	const number = Number(text);
	if (!(number >= 0.01 && number <= 100))
		throw new InvalidArgumentError("It must be a number from 0.01 to 100.");
	return number;
}

/** A parser of sizes (`65536`, `64K`, `16M`) for which `allowed` holds; `which` says in words what these are. */
export function size(which: string, allowed: (bytes: number) => boolean): (text: string) => number {
	return text => {
		const bytes = parseSize(text);
		if (bytes === undefined || !allowed(bytes))
			throw new InvalidArgumentError(`It must be ${which}.`);
		return bytes;
	};
}

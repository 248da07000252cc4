/** Parsers of option values that several of the simulator's programs have (for commander). */
import { isIPv4 } from "node:net";
import { InvalidArgumentError, type Command } from "commander";
import { parseSize } from "../host-tools/base/bytes.ts";

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

/** The address of a network interface of this machine, or 0.0.0.0 for all of them. */
export function address(text: string): string {
	if (!isIPv4(text))
		throw new InvalidArgumentError("It must be an IPv4 address of this machine, for example 127.0.0.1, or 0.0.0.0 for all of them.");
	return text;
}

/**
 * `npm start --http-port 1`, without `--`: npm takes the option for its own, and the program would run without it. Ends the program with
 * a sentence then. `command` is called as npm runs it: "npm start --".
 */
export function refuseWhatNpmTook(command: Command, env: NodeJS.ProcessEnv = process.env): void {
	const taken = command.options.flatMap(({ long, required }) => {
		const value = env[`npm_config_${long!.slice(2).replaceAll("-", "_")}`];
		// npm takes a word behind an option that it doesn't know for another argument.
		return value ? [required ? `${long} ${value === "true" ? "VALUE" : value}` : long!] : [];
	});
	if (taken.length)
		command.error(`npm took ${taken.map(option => option.split(" ")[0]).join(", ")} for itself: options stand behind --. Type: ${command.name()} ${taken.join(" ")}`);
}

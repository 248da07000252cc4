/**
 * Which file names the pod accepts. A name has to survive a URL path, a JSON string, a TFTP request and a U-Boot command line.
 */
import { Refusal } from "base/refusal";
import { NAME_LENGTH } from "protocol/limits";
import type { StoreCode } from "./codes";

const goodCharacters = /^[ !#-[\]-~]+$/;
/** A part that is empty, `.` or `..`: what is between slashes would mean another place, or none. */
const oddPart = /(^|\/)\.{0,2}(\/|$)/;

/**
 * Whether `name` is 1 to 127 characters of printable ASCII without `\` and `"`, whose parts, which `/` separates, are neither empty nor `.`
 * nor `..`.
 */
export function validName(name: string): boolean {
	return name.length <= NAME_LENGTH && goodCharacters.test(name) && !oddPart.test(name);
}

/** Throws Refusal bad_name {name, max_length} unless the name is valid. What comes back in `name` is cut to a sane length. */
export function checkName(name: string): void {
	if (!validName(name)) {
		throw new Refusal<StoreCode>("bad_name", `a file name is 1 to ${NAME_LENGTH} printable ASCII characters without \\ and ", no part between / empty, . or ..`, {
			name: name.slice(0, NAME_LENGTH + 1),
			max_length: NAME_LENGTH
		});
	}
}

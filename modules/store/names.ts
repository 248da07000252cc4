/**
 * Which file names the pod accepts. A name has to survive a URL path, a JSON string, a TFTP request and a U-Boot command line.
 */
import { Refusal } from "base/refusal";

/** Characters a name may have at most. */
export const maxNameLength = 63;

const goodCharacters = /^[ !#-.0-[\]-~]{1,63}$/;

/** Whether `name` is 1 to 63 characters of printable ASCII without `/`, `\` and `"`, and neither `.` nor `..`. */
export function validName(name: string): boolean {
	return goodCharacters.test(name) && name !== "." && name !== "..";
}

/** Throws Refusal bad_name {name, max_length} unless the name is valid. What comes back in `name` is cut to a sane length. */
export function checkName(name: string): void {
	if (!validName(name)) {
		throw new Refusal("bad_name", "a file name is 1 to 63 printable ASCII characters without / \\ \" and not . or ..", {
			name: name.slice(0, maxNameLength + 1),
			max_length: maxNameLength
		});
	}
}

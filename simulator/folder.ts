/** Folders that are written to: made, or found fit for use; else a sentence says what is in the way. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a start writes anew or removes. */
const OVERWRITTEN: readonly string[] = ["config.js", "modules.map", "device", "latch", "uart", "power", "line", "camera"];
/** Every pod's folder has it, from its first start on. */
const MARK = "lock";

/** The folder of a pod's outside. Returns `path`. Throws an error whose message says what is in the way. */
export function stateFolder(path: string): string {
	const names = readdirSync(usableFolder(path));
	const foreign = names.includes(MARK) ? undefined : OVERWRITTEN.find(name => names.includes(name));
	if (foreign !== undefined)
		throw new Error(`${path} is no pod's state folder, and its ${foreign} would be overwritten: give an empty or new folder with --state`);
	return path;
}

/**
 * Makes the folder if there is none, and sees that files can be made in it. Returns `path`. Throws an error whose message says what is in
 * the way.
 */
export function usableFolder(path: string): string {
	try {
		makeFolder(path);
		rmdirSync(mkdtempSync(join(path, ".try-")));
	}
	catch (error) {
		throw unusable(path, error);
	}
	return path;
}

/** Step by step: Node's own way to make all of a path at once never returns below /proc. */
function makeFolder(path: string): void {
	if (existsSync(path)) {
		if (!statSync(path).isDirectory())
			throw new Error(`${path} is a file, and a folder is needed`);
		return;
	}
	makeFolder(dirname(path));
	mkdirSync(path);
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
	EACCES: "no permission; is it somebody else's?",
	EPERM: "no permission; is it somebody else's?",
	EROFS: "it is on a file system that can't be written",
	ENOTDIR: "a part of its path is a file",
	ENOENT: "it can't be made there",
	ELOOP: "its links lead in a circle",
	ENOSPC: "the disk is full"
});

/** `error` as a sentence about the folder; one that is a sentence already stays. */
export function unusable(path: string, error: unknown): Error {
	const { code, message } = error as NodeJS.ErrnoException;
	return code === undefined ? error as Error : new Error(`${path} can't be used: ${REASONS[code] ?? message}`);
}

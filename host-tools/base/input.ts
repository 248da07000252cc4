/**
 * Files that are given to a job: opened, and if that fails said in a sentence what is in the way (Failure `usage`), before anything is
 * done.
 */
import { lstat, open, readdir, readFile, stat, type FileHandle } from "node:fs/promises";
import type { Dirent, Stats } from "node:fs";
import { sizeText } from "./bytes.ts";
import { Failure, textOf } from "./failure.ts";

/** What a file is for, for messages: "the dump", and the option to look at. */
export interface Role {
	readonly what: string;
	readonly advice?: string;
	/** Stands behind the path: who named it. */
	readonly about?: string;
}

/** Bytes of the regular file at `path`. Throws Failure `usage` when there is none, or it can't be opened. */
export async function fileSize(path: string, role: Role): Promise<number> {
	const info = await look(path, role);
	if (!info.isFile())
		throw new Failure("usage", `${named(path, role)} is ${kindOf(info)}, not a file`,
			info.isDirectory() ? role.advice : "write it to a file first, and give that file: the input is read more than once");
	await readable(path, role, async file => file.stat());
	return info.size;
}

/** Whether there is a folder at `path`. Throws Failure `usage` when there is nothing. */
export async function isFolder(path: string, role: Role): Promise<boolean> {
	return (await look(path, role)).isDirectory();
}

/** What is in a folder. */
export async function entriesOf(folder: string, role: Role): Promise<Dirent[]> {
	try {
		return await readdir(folder, { withFileTypes: true });
	}
	catch (error) {
		throw unreadable(folder, role, error);
	}
}

/** The whole of a file of at most `limit` bytes. */
export async function readInput(path: string, role: Role, limit: number): Promise<Uint8Array> {
	const size = await fileSize(path, role);
	if (size > limit)
		throw new Failure("usage", `${named(path, role)} has ${sizeText(size)}, more than the ${sizeText(limit)} there may be`, role.advice);
	try {
		return await readFile(path);
	}
	catch (error) {
		throw unreadable(path, role, error);
	}
}

/** Its first bytes, at most `length`. */
export async function readHead(path: string, role: Role, length: number): Promise<Uint8Array> {
	return readable(path, role, async file => {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
		return buffer.subarray(0, bytesRead);
	});
}

/** Opens a file for `work`. Throws Failure `usage` when it can't be opened or read any more. */
export async function readable<T>(path: string, role: Role, work: (file: FileHandle) => Promise<T>): Promise<T> {
	let file: FileHandle | undefined;
	try {
		file = await open(path, "r");
		return await work(file);
	}
	catch (error) {
		throw error instanceof Failure ? error : unreadable(path, role, error);
	}
	finally {
		await file?.close();
	}
}

/** Text in UTF-8 or, with a byte order mark, UTF-16, as some editors write it. */
export function decodeText(bytes: Uint8Array): string {
	const [first, second] = bytes;
	const encoding = first === 0xFF && second === 0xFE ? "utf-16le" : first === 0xFE && second === 0xFF ? "utf-16be" : "utf-8";
	return new TextDecoder(encoding).decode(bytes);
}

/** JSON, which may begin with a byte order mark. Throws SyntaxError. */
export function parseJson(text: string): unknown {
	return JSON.parse(text.replace(/^\uFEFF/, ""));
}

async function look(path: string, role: Role): Promise<Stats> {
	try {
		return await stat(path);
	}
	catch (error) {
		const dangling = (error as NodeJS.ErrnoException).code === "ENOENT" && await lstat(path).then(info => info.isSymbolicLink(), () => false);
		throw dangling ? new Failure("usage", `${named(path, role)} is a link to something that is not there`, role.advice)
			: unreadable(path, role, error);
	}
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
	ENOENT: "there is no such file",
	ENOTDIR: "a part of its path is no folder",
	EACCES: "no permission",
	EPERM: "no permission",
	EISDIR: "it is a folder",
	ELOOP: "its links lead in a circle",
	ENAMETOOLONG: "the name is too long",
	ENXIO: "there is nothing behind it",
	EIO: "reading it fails",
	EMFILE: "too many files are open"
});

function unreadable(path: string, role: Role, error: unknown): Failure {
	const code = (error as NodeJS.ErrnoException).code ?? "";
	return new Failure("usage", `${named(path, role)} can't be read: ${REASONS[code] ?? textOf(error)}`, role.advice, { cause: error });
}

function named(path: string, { what, about = "" }: Role): string {
	return `${what} ${path}${about}`;
}

function kindOf(info: Stats): string {
	if (info.isDirectory())
		return "a folder";
	if (info.isFIFO())
		return "a pipe";
	if (info.isSocket())
		return "a socket";
	return "a device";
}

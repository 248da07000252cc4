/**
 * Makes files fit to be served by the firmware (modules/http/static-file.ts): compresses those that get smaller by it, and gives each of
 * the two its entity tag, so that the pod needs to read neither.
 *
 *     npx tsx simulator/static-files.ts FOLDER FILE...
 *
 * puts them into FOLDER and prints a row of the firmware's table for each.
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { StaticFile } from "../modules/http/static-file.ts";

const TYPES: Readonly<Record<string, string>> = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".ico": "image/x-icon",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8"
};

/** Less than that saved, of 100, is not worth a second copy in flash. */
const WORTH = 10;

/** Puts each of `paths` into `folder`, compressed, too, if that is worth it. What is answered belongs into the firmware's table. */
export function staticFiles(paths: readonly string[], folder: string): StaticFile[] {
	mkdirSync(folder, { recursive: true });
	return paths.map(path => {
		const name = basename(path);
		const bytes = readFileSync(path);
		// the same bytes give the same file: gzip's head has no time
		const compressed = gzipSync(bytes, { level: 9 });
		const smaller = compressed.length <= bytes.length * (100 - WORTH) / 100;
		copyFileSync(path, join(folder, name));
		if (smaller)
			writeFileSync(join(folder, `${name}.gz`), compressed);
		return { name, type: TYPES[extname(name)] ?? "application/octet-stream", tag: tagOf(bytes), ...smaller ? { gzipTag: tagOf(compressed) } : {} };
	});
}

/** A strong one: other bytes have another. */
function tagOf(bytes: Uint8Array): string {
	return `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
}

if (import.meta.filename === process.argv[1]) {
	const [folder, ...paths] = process.argv.slice(2);
	if (folder === undefined || paths.length === 0) {
		process.stderr.write("usage: npx tsx simulator/static-files.ts FOLDER FILE...\n");
		process.exit(2);
	}
	for (const file of staticFiles(paths, folder))
		process.stdout.write(`${JSON.stringify(file)}\n`);
}

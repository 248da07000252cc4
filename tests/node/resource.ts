/** The SDK's Resource as it is on XS, for tests that run on Node: the files that the firmware's manifests name under "data". */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readManifest } from "../../simulator/manifest.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The manifests of the tests on XS, too (xs.ts). */
export const MANIFESTS: readonly string[] = ["manifest.json", "tests/host/fixtures/manifest.json"].map(path => join(ROOT, path));

let files: Map<string, string> | undefined;

function pathOf(name: string): string | undefined {
	files ??= readManifest(...MANIFESTS).data;
	return files.get(name);
}

export default class Resource extends ArrayBuffer {
	static exists(name: string): boolean {
		return pathOf(name) !== undefined;
	}

	constructor(name: string) {
		const path = pathOf(name);
		if (path === undefined)
			throw new URIError(`no manifest names ${name} under "data"`);
		const bytes = readFileSync(path);
		super(bytes.length);
		new Uint8Array(this).set(bytes);
	}
}

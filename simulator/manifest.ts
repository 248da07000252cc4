/**
 * Reads a Moddable manifest.json with its includes, so that the Linux build and the device build have one map of modules.
 *
 * Understood: `include`, `modules` (with `*` and `~`), `data`, `preload`, `config`, and `platforms` with the key "rackpod-linux" (or "..." when there is
 * none). Left to mcconfig: includes and paths with a $(VARIABLE), which lead into the SDK, and everything else.
 */
import { existsSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { isForeign, list, mergeInto, walkManifests, type Part } from "./manifest-walk.ts";

const PLATFORM = "rackpod-linux";

export interface Manifest {
	/** Specifier to absolute path without extension: a .ts or a .js is there. */
	modules: Map<string, string>;
	/** Absolute paths of C files. */
	natives: string[];
	/** Names of the files that become part of the image as they are, with extension, to their absolute paths. */
	data: Map<string, string>;
	/** Specifiers of the modules that the device's image holds ready. */
	preload: Set<string>;
	/** The merged "config" objects. */
	config: Record<string, unknown>;
	/** Every manifest that was read. */
	files: string[];
}

/** A manifest says that its modules aren't for this platform. */
export class WrongPlatform extends Error {}

/** Throws when a file is missing, isn't JSON, names what isn't there, or refuses this platform. Later manifests win over earlier ones. */
export function readManifest(...paths: string[]): Manifest {
	const manifest: Manifest = { modules: new Map(), natives: [], data: new Map(), preload: new Set(), config: {}, files: [] };
	const seen = new Set<string>();
	for (const path of paths) {
		walkManifests(resolve(path), {
			choose: platforms => [platforms[PLATFORM] ?? platforms["..."]],
			begin: path => manifest.files.push(path),
			includeForeign: () => {},
			take: (path, part) => addPart(path, part, manifest),
			broken: (path, { message }) => {
				throw new Error(`${path}: ${message}`);
			}
		}, seen);
	}
	return manifest;
}

function addPart(path: string, part: Part, manifest: Manifest): void {
	if (part.error)
		throw new WrongPlatform(`${path}: ${part.error}`);
	for (const name of list(part.modules?.["~"]))
		manifest.modules.delete(basename(name));
	for (const [specifier, targets] of Object.entries(part.modules ?? {})) {
		if (specifier === "~")
			continue;
		for (const target of list(targets)) {
			if (!isForeign(target))
				addModule(path, specifier, target, manifest);
		}
	}
	for (const [target, sources] of Object.entries(part.data ?? {})) {
		for (const source of list(sources)) {
			if (!isForeign(source))
				addData(path, target, source, manifest);
		}
	}
	for (const specifier of list(part.preload))
		manifest.preload.add(specifier);
	mergeInto(manifest.config, part.config);
}

/** A path without extension stands for the script, the C file, or both. */
function addModule(path: string, specifier: string, target: string, manifest: Manifest): void {
	const base = join(dirname(path), target);
	const script = existsSync(`${base}.ts`) || existsSync(`${base}.js`);
	const native = existsSync(`${base}.c`);
	if (!script && !native)
		throw new Error(`${path}: ${target} (module "${specifier}") is neither a script nor a C file`);
	if (native && !manifest.natives.includes(`${base}.c`))
		manifest.natives.push(`${base}.c`);
	if (script)
		manifest.modules.set(specifier === "*" ? basename(base) : specifier, base);
}

/** `target` is a name without extension, or "*": then it is the file's. `source` names one file, with extension. */
function addData(path: string, target: string, source: string, manifest: Manifest): void {
	const file = join(dirname(path), source);
	if (!existsSync(file))
		throw new Error(`${path}: data "${target}": there is no ${source}`);
	manifest.data.set(target === "*" ? basename(file) : target + extname(file), file);
}

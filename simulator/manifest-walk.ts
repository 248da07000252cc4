/**
 * The way through Moddable's manifests, for whoever makes something of them: a manifest comes after those it includes, its platform's
 * includes last, each once; who comes later wins (the SDK's mcmanifest: parseManifest, mergeProperties).
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

export type Names = string | string[];

/** A manifest, or what it says for a platform. */
export interface Part {
	include?: Names;
	modules?: Record<string, Names>;
	data?: Record<string, Names>;
	preload?: Names;
	config?: Record<string, unknown>;
	defines?: Record<string, unknown>;
	creation?: Record<string, unknown>;
	error?: string;
}

export type Platforms = Record<string, Part>;

/** What is made of the manifests. Paths are absolute; those of the SDK begin with its variable. */
export interface ManifestReader {
	/** The parts that hold on this platform. */
	choose(platforms: Platforms): readonly (Part | undefined)[];
	/** A manifest is begun. */
	begin(path: string, includes: readonly string[]): void;
	/** `path` includes this one of the SDK, for the first time. */
	includeForeign(path: string, include: string): void;
	/** Whatever the manifest includes was taken. */
	take(path: string, part: Part): void;
	/** It can't be read. */
	broken(path: string, error: Error): void;
}

export function walkManifests(path: string, reader: ManifestReader, seen = new Set<string>()): void {
	if (seen.has(path))
		return;
	seen.add(path);
	let file: Part & { platforms?: Platforms };
	try {
		file = JSON.parse(readFileSync(path, "utf8"));
	}
	catch (error) {
		reader.broken(path, error as Error);
		return;
	}
	const parts = [file, ...reader.choose(file.platforms ?? {})].filter(part => part !== undefined);
	const includes = parts.flatMap(part => list(part.include)).map(include => isForeign(include) ? include : resolve(dirname(path), include));
	reader.begin(path, includes);
	for (const include of includes) {
		if (!isForeign(include))
			walkManifests(include, reader, seen);
		else if (!seen.has(include)) {
			seen.add(include);
			reader.includeForeign(path, include);
		}
	}
	for (const part of parts)
		reader.take(path, part);
}

/** Merges objects in objects; arrays follow one another. */
export function mergeInto(into: Record<string, unknown>, from: Record<string, unknown> = {}): void {
	for (const [key, value] of Object.entries(from)) {
		const old = into[key];
		if (isObject(old) && isObject(value))
			mergeInto(old, value);
		else if (Array.isArray(old) && Array.isArray(value))
			into[key] = [...old, ...value];
		else
			into[key] = structuredClone(value);
	}
}

/** Into the SDK. */
export function isForeign(path: string): boolean {
	return path.includes("$(");
}

export function list(names: Names | undefined): string[] {
	return names === undefined ? [] : Array.isArray(names) ? names : [names];
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The part of node:assert's `strict` that tests of firmware modules use, for XS: ok, equal, notEqual, deepEqual, throws, rejects, match, doesNotMatch, fail.
 */
import Process from "host/process";

export class AssertionError extends Error {
	override name = "AssertionError";
}

type Expectation = RegExp | (new (...args: never[]) => Error) | ((error: unknown) => boolean) | Record<string, unknown>;

function reject(message: string | Error | undefined, otherwise: string): never {
	if (message instanceof Error)
		throw message;
	throw new AssertionError(message === undefined ? otherwise : `${message}: ${otherwise}`);
}

function show(value: unknown): string {
	if (typeof value === "string")
		return JSON.stringify(value);
	if (typeof value === "bigint")
		return `${value}n`;
	if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
		const bytes = bytesOf(value);
		return `${bytes.length} bytes [${bytes.subarray(0, 32).join(" ")}${bytes.length > 32 ? " ..." : ""}]`;
	}
	if (value instanceof Error)
		return String(value);
	if (value instanceof Map || value instanceof Set)
		return `${value.constructor.name} ${show([...value])}`;
	if (typeof value === "object" && value !== null) {
		try {
			return JSON.stringify(value) ?? String(value);
		}
		catch {
			return Object.prototype.toString.call(value);
		}
	}
	return String(value);
}

function bytesOf(value: ArrayBufferView | ArrayBufferLike): Uint8Array {
	return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
}

/** Where two values differ ("" is the values themselves), undefined when they don't. */
function difference(a: unknown, b: unknown, path: string): string | undefined {
	if (Object.is(a, b))
		return undefined;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
		return `${path}: ${show(a)} is not ${show(b)}`;
	if (ArrayBuffer.isView(a) || a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
		const at = Process.compare(bytesOf(a), bytesOf(b as Uint8Array));
		return at < 0 ? undefined : `${path}: ${show(a)} is not ${show(b)}, from byte ${at}`;
	}
	if (a instanceof Date && a.getTime() !== (b as Date).getTime())
		return `${path}: ${show(a)} is not ${show(b)}`;
	if (a instanceof Map)
		return difference([...a], [...b as Map<unknown, unknown>], path);
	if (a instanceof Set)
		return difference([...a], [...b as Set<unknown>], path);
	if (a instanceof Error && (a.message !== (b as Error).message || a.name !== (b as Error).name))
		return `${path}: ${show(a)} is not ${show(b)}`;
	if (Array.isArray(a) && a.length !== (b as unknown[]).length)
		return `${path}: length ${a.length} is not ${(b as unknown[]).length}: ${show(a)} is not ${show(b)}`;
	const keys = Object.keys(a);
	const others = Object.keys(b);
	const odd = keys.find(key => !others.includes(key)) ?? others.find(key => !keys.includes(key));
	if (odd !== undefined)
		return `${path}: only one has "${odd}": ${show(a)}, ${show(b)}`;
	for (const key of keys) {
		const found = difference((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}.${key}`);
		if (found !== undefined)
			return found;
	}
	return undefined;
}

function isClass(expected: unknown): expected is new (...args: never[]) => Error {
	return typeof expected === "function" && (expected === Error || Error.isPrototypeOf(expected));
}

function check(error: unknown, expected: Expectation): void {
	if (expected instanceof RegExp) {
		if (!expected.test(String(error)))
			reject(undefined, `${String(error)} does not match ${expected}`);
	}
	else if (isClass(expected)) {
		if (!(error instanceof expected))
			throw error;
	}
	else if (typeof expected === "function") {
		if (expected(error) !== true)
			reject(undefined, `the check of ${String(error)} did not return true`);
	}
	else {
		for (const key of Object.keys(expected)) {
			const value = (error as Record<string, unknown>)[key];
			const wanted = expected[key];
			if (wanted instanceof RegExp && typeof value === "string" ? !wanted.test(value) : difference(value, wanted, "") !== undefined)
				reject(undefined, `${key}: ${show(value)} is not ${show(wanted)}`);
		}
	}
}

function ok(value: unknown, message?: string | Error): void {
	if (!value)
		reject(message, `${show(value)} is not true`);
}

export const strict = Object.assign(ok, {
	ok,
	equal(actual: unknown, expected: unknown, message?: string | Error): void {
		if (!Object.is(actual, expected))
			reject(message, `${show(actual)} is not ${show(expected)}`);
	},
	notEqual(actual: unknown, expected: unknown, message?: string | Error): void {
		if (Object.is(actual, expected))
			reject(message, `it is ${show(actual)}`);
	},
	deepEqual(actual: unknown, expected: unknown, message?: string | Error): void {
		const found = difference(actual, expected, "");
		if (found !== undefined)
			reject(message, found);
	},
	match(actual: string, expected: RegExp, message?: string | Error): void {
		if (!expected.test(actual))
			reject(message, `${show(actual)} does not match ${expected}`);
	},
	async rejects(promise: Promise<unknown>, expected?: Expectation | string, message?: string): Promise<void> {
		let rejection: { error: unknown } | undefined;
		try {
			await promise;
		}
		catch (error) {
			rejection = { error };
		}
		if (!rejection)
			reject(typeof expected === "string" ? expected : message, "nothing was rejected");
		if (expected !== undefined && typeof expected !== "string")
			check(rejection.error, expected);
	},
	doesNotMatch(actual: string, unexpected: RegExp, message?: string | Error): void {
		if (unexpected.test(actual))
			reject(message, `${show(actual)} matches ${unexpected}`);
	},
	fail(message?: string | Error): never {
		return reject(message, "failed");
	},
	throws(action: () => unknown, expected?: Expectation | string, message?: string): void {
		let thrown: { error: unknown } | undefined;
		try {
			action();
		}
		catch (error) {
			thrown = { error };
		}
		if (!thrown)
			reject(typeof expected === "string" ? expected : message, "nothing was thrown");
		if (expected !== undefined && typeof expected !== "string")
			check(thrown.error, expected);
	}
});

export default strict;

/// <reference path="../../modules/base/xs.d.ts" />
/**
 * XS's conversions between strings and bytes, for tests that run on Node: there they are added to the built-ins, on XS they are
 * there already. Node's differ in nothing that the firmware may rely on: a NUL ends the string, malformed UTF-8 throws.
 */
const string = String as { fromArrayBuffer?: (buffer: ArrayBufferLike) => string };
const arrayBuffer = ArrayBuffer as { fromString?: (string: string) => ArrayBuffer };

string.fromArrayBuffer ??= buffer => {
	const bytes = new Uint8Array(buffer);
	const end = bytes.indexOf(0);
	return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(end < 0 ? bytes : bytes.slice(0, end));
};

arrayBuffer.fromString ??= text => {
	const bytes = new TextEncoder().encode(text);
	return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

/** The bytes of an ASCII or UTF-8 text. */
export function bytesOf(text: string): Uint8Array {
	return new Uint8Array(ArrayBuffer.fromString(text));
}

/** The text in bytes, one character per byte: for comparing whatever came. */
export function textOf(bytes: Uint8Array): string {
	const parts: string[] = [];
	for (let at = 0; at < bytes.length; at += 1_000)
		parts.push(String.fromCharCode(...bytes.subarray(at, at + 1_000)));
	return parts.join("");
}

/** All of `parts`, one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
	const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

/**
 * Which U-Boot an image holds: the version strings in it, which U-Boot prints as the first thing it says. They are in plain bytes, or in
 * a part that is compressed by gzip. LZMA is not unpacked: what lies in it is not found.
 */
import { crc32, inflateRawSync } from "node:zlib";

/** `U-Boot 2016.11-g6d2ed0c (Mar 20 2023 - 13:54:41 +0300)hi3516ev300`; a first stage has SPL, TPL or VPL before the number. */
const VERSION = /U-Boot (?:[STV]PL )?\d{4}\.\d\d[\x20-\x7e]*/g;
const FIRST_STAGE = /^U-Boot [STV]PL /;
/** What a compressed part may become. */
const UNPACKED = 32 * 1024 * 1024;
/** A pod may cut a long line: so much of it must be the same. */
const ENOUGH = 32;

/** The version strings in `parts`, each once. */
export function versionsIn(...parts: readonly Uint8Array[]): string[] {
	const found = new Set<string>();
	for (const part of parts) {
		for (const bytes of [part, ...unpacked(part)]) {
			for (const [version] of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").matchAll(VERSION))
				found.add(version.trimEnd());
		}
	}
	return [...found];
}

/** The one of them that U-Boot proper prints. */
export function properVersion(versions: readonly string[]): string | undefined {
	return complete(versions.filter(version => !FIRST_STAGE.test(version)))[0];
}

export interface Comparison {
	/** undefined: it can't be told. */
	same: boolean | undefined;
	/** Why it can't be told, or what differs; "" when they are the same. For people. */
	text: string;
}

/** Whether `banner`, what the pod heard, can be said by an image with these versions. */
export function compareBanner(versions: readonly string[], banner: string | null | undefined): Comparison {
	if (banner === undefined)
		return { same: undefined, text: "this pod does not say which U-Boot answered: its firmware is older" };
	const heard = banner === null ? undefined : banner.match(VERSION)?.[0]?.trimEnd();
	if (heard === undefined)
		return { same: undefined, text: "which U-Boot answered is not known: the camera said no version" };
	const comparable = complete(versions.filter(version => FIRST_STAGE.test(version) === FIRST_STAGE.test(heard)));
	if (!comparable.length)
		return { same: undefined,
			text: `whether this is the U-Boot that was sent can't be told: its file shows no version; "${heard}" answered` };
	if (comparable.some(version => heard.startsWith(version) || heard.length >= ENOUGH && version.startsWith(heard)))
		return { same: true, text: "" };
	return { same: false, text: `another U-Boot answered than the one sent: "${heard}" instead of "${comparable[0]}"` };
}

/** Those with the date of the build; all of them when none has one. A bare number is said by many. */
function complete(versions: readonly string[]): readonly string[] {
	const dated = versions.filter(version => version.includes("("));
	return dated.length ? dated : versions;
}

/** What the parts compressed by gzip (RFC 1952) become, where their CRC is right. */
function* unpacked(bytes: Uint8Array): Generator<Uint8Array> {
	const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	for (let at = buffer.indexOf(GZIP); at >= 0; at = buffer.indexOf(GZIP, at + 1)) {
		const flags = buffer[at + 3] ?? 0;
		let body = at + 10;
		if (flags & FEXTRA)
			body += 2 + (buffer[body] ?? 0) + ((buffer[body + 1] ?? 0) << 8);
		for (const text of [FNAME, FCOMMENT]) {
			if (flags & text)
				body = buffer.indexOf(0, body) + 1 || buffer.length;
		}
		if (flags & FHCRC)
			body += 2;
		const plain = inflated(buffer.subarray(body));
		if (plain)
			yield plain;
	}
}

/**
 * Not gunzip: that takes what lies behind the compressed part, erased flash for one, for its damage. Undefined when it is something else,
 * or damaged.
 */
function inflated(deflated: Buffer): Uint8Array | undefined {
	try {
		const { buffer, engine } = inflateRawSync(deflated,
			{ maxOutputLength: UNPACKED, info: true }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
		return deflated.readUInt32LE(engine.bytesWritten) === crc32(buffer) ? buffer : undefined;
	}
	catch {
		return undefined;
	}
}

const GZIP = Uint8Array.of(0x1f, 0x8b, 0x08);
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

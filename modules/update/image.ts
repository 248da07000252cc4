/**
 * The head of an ESP32 firmware image, as far as it tells whether the image is one for this chip.
 * Source: ESP-IDF, esp_app_format.h and esp_app_desc.h; little-endian.
 *
 *      0 u8  magic 0xE9            12 u16 chip id
 *      1 u8  segments, 1..16       23 u8  1 when a SHA-256 of everything before it ends the image
 *     24 u32 load address, u32 length of the first segment, which starts with the description of the application:
 *     32 u32 magic 0xABCD5432      48 char[32] version      80 char[32] project name
 */
import { Refusal } from "base/refusal";
import type { UpdateCode } from "./codes";

/** Bytes of head that `readHead` needs. */
export const HEAD = 112;

/** `esp_chip_id_t` of the ESP32-S3. */
export const ESP32S3 = 9;

/** The first byte of every image. */
export const IMAGE_MAGIC = 0xE9;
const APPLICATION_MAGIC = 0xABCD5432;
const MAXIMUM_SEGMENTS = 16;

export interface Head {
	readonly version: string;
	readonly project: string;
}

/** What the first bytes of an image say. Throws Refusal `bad_image` {reason, ...} when it is none for `chip`. */
export function readHead(bytes: Uint8Array, chip: number): Head {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint8(0) !== IMAGE_MAGIC)
		throw new Refusal<UpdateCode>("bad_image", "this is no ESP32 firmware image", { reason: "magic" });
	const segments = view.getUint8(1);
	if (segments < 1 || segments > MAXIMUM_SEGMENTS)
		throw new Refusal<UpdateCode>("bad_image", "the image has no believable number of segments", { reason: "segments", segments });
	const found = view.getUint16(12, true);
	if (found !== chip)
		throw new Refusal<UpdateCode>("bad_image", "the image is for another chip", { reason: "chip", chip: found, needed: chip });
	if (view.getUint8(23) !== 1)
		throw new Refusal<UpdateCode>("bad_image", "the image carries no hash", { reason: "hash_missing" });
	if (view.getUint32(32, true) !== APPLICATION_MAGIC)
		throw new Refusal<UpdateCode>("bad_image", "the image is no application", { reason: "application" });
	return { version: text(bytes, 48), project: text(bytes, 80) };
}

function text(bytes: Uint8Array, start: number): string {
	let end = start;
	while (end < start + 32 && bytes[end] !== 0)
		end++;
	for (let at = start; at < end; at++) {
		if (bytes[at]! < 0x20 || bytes[at]! > 0x7e)
			throw new Refusal<UpdateCode>("bad_image", "the image's description is damaged", { reason: "application" });
	}
	return String.fromArrayBuffer(bytes.slice(start, end).buffer);
}

/** Text whose characters are bytes, without Node's Buffer: tests run parts of the camera on XS, too. */

/** The bytes of `text`, one per character. */
export function bytesOf(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at++)
		bytes[at] = text.charCodeAt(at);
	return bytes;
}

/** One character per byte. */
export function textOf(bytes: Uint8Array): string {
	let text = "";
	for (const byte of bytes)
		text += String.fromCharCode(byte);
	return text;
}

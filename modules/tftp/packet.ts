/**
 * TFTP's packets as bytes (RFC 1350 section 5, RFC 2347): reads and writes them, knows nothing of sockets, time or transfers.
 *
 * Not for the packet path of a transfer, which needs no more than the first four bytes of what comes and the four bytes before
 * the data of what goes. The loops here run over the few dozen bytes of a request, an OACK or an error, once per transfer.
 *
 * Danger: everything parsed here was written by a stranger. Nothing here throws, whatever the bytes are.
 */

/** Read request: opcode, name, 0, mode, 0, then option, 0, value, 0 as often as the client likes. */
const RRQ = 1;
/** Write request, in the same form. */
const WRQ = 2;
/** Opcode, block number, bytes. Fewer bytes than the block size mean the end. */
export const DATA = 3;
/** Opcode, block number. */
export const ACK = 4;
/** Opcode, error code, text, 0. */
export const ERROR = 5;
/** Opcode, then option, 0, value, 0 (RFC 2347). */
const OACK = 6;

/** Error codes (RFC 1350). Old U-Boots start again for ever after any other than the first two. */
export const FILE_NOT_FOUND = 1;
export const ACCESS_VIOLATION = 2;
/** Only for packets from an address and port that have no part in the transfer. */
export const UNKNOWN_TRANSFER = 5;

/** Bytes before the data of a DATA packet, and the whole of an ACK. */
export const HEADER = 4;

/** RFC 2347: a request is at most this long. */
const REQUEST_LIMIT = 512;
/** Of a name, an option or its value: more is a stranger's, and text is put together from ever longer pieces. */
const FIELD_LIMIT = 255;

export interface Request {
	/** WRQ: the client wants to send. */
	readonly upload: boolean;
	/** As it came, with leading slashes removed: there is one tree of names, and `/uImage` means `uImage`. Never empty. */
	readonly name: string;
	/** Lower case. */
	readonly mode: string;
	/** Option, value, option, value...: options in lower case, in the order they came. */
	readonly options: readonly string[];
}

/**
 * A packet that came to the listening port. A string says what is wrong with a request; undefined means that it is no request
 * at all, so nobody waits for an answer.
 */
export function parseRequest(packet: ArrayBuffer): Request | string | undefined {
	const bytes = new Uint8Array(packet);
	if (bytes.length < 2 || bytes[0] !== 0 || (bytes[1] !== RRQ && bytes[1] !== WRQ))
		return undefined;
	if (bytes.length > REQUEST_LIMIT)
		return "request too long";
	const fields: string[] = [];
	for (let at = 2; at < bytes.length;) {
		const end = bytes.indexOf(0, at);
		if (end < 0)
			break;
		if (end - at > FIELD_LIMIT)
			return fields.length === 0 ? "bad file name" : "option too long";
		fields.push(text(bytes, at, end));
		at = end + 1;
	}
	if (fields.length < 2)
		return "request cut short";
	let name = fields[0]!;
	while (name.startsWith("/"))
		name = name.slice(1);
	if (name === "")
		return "bad file name";
	// An option without its value says nothing; the file is served all the same.
	const options = fields.slice(2, fields.length & ~1);
	for (let index = 0; index < options.length; index += 2)
		options[index] = options[index]!.toLowerCase();
	return { upload: bytes[1] === WRQ, name, mode: fields[1]!.toLowerCase(), options };
}

/** Writes the OACK for `options` (option, value, option, value...) to the beginning of `packet`; returns its length, 72 at most. */
export function writeOACK(packet: Uint8Array, options: readonly string[]): number {
	return write(packet, OACK, options.join("\0") + "\0");
}

/** An ERROR packet. `message` is for people and should be printable ASCII. */
export function formatError(code: number, message: string): Uint8Array {
	const packet = new Uint8Array(HEADER + message.length + 1);
	write(packet, ERROR, "\0" + String.fromCharCode(code) + message + "\0");
	return packet;
}

/** What a client says in its ERROR packet, for people: "client: <text> (<code>)". Anything unprintable becomes a dot. */
export function describeError(packet: ArrayBuffer): string {
	const bytes = new Uint8Array(packet);
	const code = bytes.length < HEADER ? 0 : bytes[2]! << 8 | bytes[3]!;
	let end = bytes.indexOf(0, HEADER);
	if (end < 0)
		end = bytes.length;
	let message = "";
	for (let at = HEADER; at < end && at < HEADER + 80; at++)
		message += bytes[at]! >= 0x20 && bytes[at]! < 0x7f ? String.fromCharCode(bytes[at]!) : ".";
	return message === "" ? `client: error ${code}` : `client: ${message} (${code})`;
}

/** Latin-1: bytes beyond ASCII can't fail to decode, and match no file name. */
function text(bytes: Uint8Array, from: number, to: number): string {
	let result = "";
	for (let at = from; at < to; at++)
		result += String.fromCharCode(bytes[at]!);
	return result;
}

function write(packet: Uint8Array, opcode: number, rest: string): number {
	packet[0] = 0;
	packet[1] = opcode;
	for (let at = 0; at < rest.length; at++)
		packet[2 + at] = rest.charCodeAt(at);
	return 2 + rest.length;
}

/**
 * The three frames of the HiSilicon boot ROM's serial protocol, all numbers big-endian:
 *
 *     HEAD  FE 00 FF 01 | u32 length | u32 address | crc16
 *     DATA  DA | seq | ~seq | 1..1024 bytes | crc16
 *     TAIL  ED | seq | ~seq | crc16
 *
 * crc16 is CRC-16/XMODEM over everything before it. DATA frames count 1, 2, 3, ... modulo 256; TAIL goes on counting.
 * The ROM answers each with one byte, ACK or NAK. Nothing is sent or received here.
 */
import { CRC16 } from "crc";
import type { Content } from "store/content";
import { gather } from "./gather";

export const ACK = 0xaa;
export const NAK = 0x55;
/** The ROM asks for a download with runs of these. */
export const MARKER = 0x20;
/** Bytes of payload in every DATA frame but the last. */
export const BLOCK = 1_024;

const HEAD_MAGIC = Object.freeze([0xfe, 0x00, 0xff, 0x01]);

/** Bytes a boot ROM may send; all others come from a program: an echo or console output. */
export function isForeign(byte: number): boolean {
	return byte !== ACK && byte !== NAK && byte !== MARKER && byte !== 0x00 && byte !== 0x0a && byte !== 0x0d;
}

/** Where in a Frames' memory the frames of each kind lie. */
const HEAD_END = 15;
const TAIL_END = HEAD_END + 5;

/** Builds frames in memory of its own: a frame is good until the next one of its kind is built. */
export class Frames {
	private readonly crc = new CRC16(0x1021);
	/** An ACK and a HEAD, a TAIL, a DATA. */
	private readonly memory = new Uint8Array(TAIL_END + 3 + BLOCK + 2);

	/** Announces `length` bytes for `address`. */
	head(length: number, address: number): Uint8Array {
		const head = this.memory.subarray(1, HEAD_END);
		head.set(HEAD_MAGIC);
		big32(head, 4, length);
		big32(head, 8, address);
		return this.seal(head);
	}

	/** One ACK byte, which ends the ROM's marker window, and the HEAD right behind it. */
	start(length: number, address: number): Uint8Array {
		this.head(length, address);
		this.memory[0] = ACK;
		return this.memory.subarray(0, HEAD_END);
	}

	/** Carries `length` bytes (at most BLOCK) of `content` from `offset` on. Its payload, from byte 3 to 2 before the end, may be altered until `seal`. */
	data(sequence: number, content: Content, offset: number, length: number): Uint8Array {
		const data = this.memory.subarray(TAIL_END, TAIL_END + 3 + length + 2);
		data[0] = 0xda;
		count(data, sequence);
		gather(content, offset, data.subarray(3, 3 + length));
		return data;
	}

	/** Ends a transfer; `sequence` is the number of its DATA frames plus 1. */
	tail(sequence: number): Uint8Array {
		const tail = this.memory.subarray(HEAD_END, TAIL_END);
		tail[0] = 0xed;
		count(tail, sequence);
		return this.seal(tail);
	}

	/** Writes the CRC of a frame, a DATA frame's when its payload is as it shall be. */
	seal(frame: Uint8Array): Uint8Array {
		const end = frame.length - 2;
		this.crc.reset();
		const crc = this.crc.checksum(frame.subarray(0, end));
		frame[end] = crc >> 8;
		frame[end + 1] = crc;
		return frame;
	}
}

function count(frame: Uint8Array, sequence: number): void {
	frame[1] = sequence;
	frame[2] = ~sequence;
}

function big32(bytes: Uint8Array, offset: number, value: number): void {
	bytes[offset] = value >>> 24;
	bytes[offset + 1] = value >>> 16;
	bytes[offset + 2] = value >>> 8;
	bytes[offset + 3] = value;
}

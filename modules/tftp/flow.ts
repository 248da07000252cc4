/**
 * A file as the packets of its blocks, one at a time in one buffer, and the short way from an acknowledgement to the next packet.
 *
 * Not for anything unusual: what is lost, repeated, late or strange is the sender's (sender.ts).
 *
 * Danger: this is the code that runs for each of the 5,715 blocks of 8 MiB. XS has no JIT; there a property costs the more the later
 * it was defined, so those of the short way come first, and to make a view costs more than to copy a block. tests/bench/tftp.ts
 * measures what a change costs.
 */
import type { UDP, Packet } from "base/io";
import { Bytes } from "bytes/bytes";
import { ACK, DATA, HEADER } from "tftp/packet";

/** A file to be sent, as far as its bytes go. They must not change while it is sent. */
export interface FileBytes {
	/** Bytes. */
	readonly size: number;
	/** The longest view of contiguous bytes that starts at `offset`, 1 to `limit` bytes. Its memory must stay where it is. */
	span(offset: number, limit: number): Uint8Array;
}

/** Whoever takes over where the short way ends. */
export interface LongWay {
	readonly state: string;
	/** The client. */
	readonly address: string;
	readonly port: number;
	/** A packet that is not the acknowledgement that is due, or not now. */
	sort(packet: Packet): void;
	/** The stack would not take a packet; on the short way (`brisk`) that of the block before `next`. */
	unsent(): void;
	/** Something threw. */
	broke(where: string, error: unknown): void;
}

/** The acknowledgement of block 0: opcode and number as they stand in the packet. */
const ACK_0 = ACK << 16;
/** The file is asked for pieces of this many bytes, which serve many blocks. */
const PIECE = 0x10000;

export class Flow<File extends FileBytes = FileBytes> {
	/** The block to be sent next, counted from 1 without end. */
	next = 1;
	/** Blocks before this one may take the short way: one at a time, nothing unusual going on, the next in the packet. 0: none. */
	brisk = 0;
	readonly port: number;
	readonly address: string;
	/** Opcode, block number and bytes of the block `loaded`. */
	readonly packet: Uint8Array;
	/** Where in `memory` the next block begins, and where this piece of the file ends. */
	at = 0;
	end = 0;
	readonly blockSize: number;
	memory: ArrayBufferLike;
	loaded = 0;
	/** The last block, the only one that is shorter, perhaps empty. */
	readonly last: number;
	readonly file: File;
	readonly sender: LongWay;

	/** `packet`: room for a header and one block. */
	constructor(sender: LongWay, file: File, packet: Uint8Array) {
		this.port = sender.port;
		this.address = sender.address;
		this.packet = packet;
		this.blockSize = packet.length - HEADER;
		this.memory = packet.buffer;
		this.last = Math.floor(file.size / this.blockSize) + 1;
		this.file = file;
		this.sender = sender;
	}

	/** The packet of the last block, once it is loaded. */
	get lastPacket(): Uint8Array {
		return this.packet.subarray(0, HEADER + this.file.size - (this.last - 1) * this.blockSize);
	}

	/** Puts `block` into the packet, unless it is there. */
	load(block: number): void {
		const loaded = this.loaded;
		if (loaded === block)
			return;
		const at = this.at;
		const end = at + this.blockSize;
		if (block !== loaded + 1 || end > this.end) {
			this.gather(block);
			return;
		}
		const packet = this.packet;
		this.at = end;
		Bytes.copy(packet, HEADER, this.memory, at, end - at);
		packet[3] = block;
		if ((block & 255) === 0)
			packet[2] = block >> 8;
		this.loaded = block;
	}

	/** Puts any block into the packet, from as many pieces as it takes, and keeps the last piece for the blocks to come. */
	gather(block: number): void {
		const packet = this.packet;
		const { size } = this.file;
		const from = (block - 1) * this.blockSize;
		const to = Math.min(from + this.blockSize, size);
		packet[0] = 0;
		packet[1] = DATA;
		packet[2] = block >> 8;
		packet[3] = block;
		for (let at = from; at < to;) {
			const piece = this.file.span(at, PIECE);
			const count = Math.min(to - at, piece.length);
			if (count === 0)
				throw new Error(`the file ends at ${at} of ${size} bytes`);
			Bytes.copy(packet, HEADER + at - from, piece.buffer, piece.byteOffset, count);
			this.memory = piece.buffer;
			this.at = piece.byteOffset + count;
			this.end = piece.byteOffset + piece.length;
			at += count;
		}
		this.loaded = block;
	}
}

/**
 * The socket's listener, its target the flow: when the acknowledgement that is due has come and the next block is ready, sends it and
 * loads the one after while it is under way. Everything else is left to the sender. No exception leaves it.
 */
export function acknowledged(this: UDP, count: number): void {
	const flow = this.target as Flow;
	let writing = false;
	try {
		do {
			const packet = this.read();
			if (packet === undefined)
				return;
			const { address, port } = packet;
			const next = flow.next;
			if (next < flow.brisk && port === flow.port && address === flow.address
				&& packet.byteLength === HEADER && new DataView(packet).getUint32(0) === (ACK_0 | next - 1 & 0xffff)) {
				const block = flow.next = next + 1;
				const bytes = flow.packet;
				writing = true;
				this.write(bytes, address, port);
				writing = false;
				const at = flow.at;
				const size = flow.blockSize;
				const end = at + size;
				if (end <= flow.end) {
					flow.at = end;
					Bytes.copy(bytes, HEADER, flow.memory, at, size);
					bytes[3] = block;
					if ((block & 255) === 0)
						bytes[2] = block >> 8;
				}
				else
					flow.gather(block);
			}
			else
				flow.sender.sort(packet);
		} while (--count > 0 && flow.sender.state !== "ended");
	}
	catch (error) {
		if (writing)
			flow.sender.unsent();
		else
			flow.sender.broke("tftp.transfer", error);
	}
}

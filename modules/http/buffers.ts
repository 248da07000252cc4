/**
 * The memory of connections: one block for each, all taken once, outside the JavaScript heap where the board has such memory. A
 * connection has its block only while a request is under way, so that an idle one costs none.
 *
 * A block holds what came and was not used yet (the head stays there while its request lives), what is to be sent, and a collected
 * body. What it is not for: files, which have pages of their own.
 */
import type { HTTPLimits } from "./limits";

/** Bytes behind the longest head for lines of a chunked body. */
const lineRoom = 512;
/** Bytes of a response that wait for the socket. */
const outputRoom = 2_048;
/** Bytes read at a time of what nobody wants, and of a live response's chunk at most. */
const scratchRoom = 2_048;

export class Blocks {
	/** Where in a block what is to be sent begins, where a collected body does, and how many bytes a block has. */
	readonly output: number;
	readonly body: number;
	readonly size: number;
	/** A place for bytes that nobody looks at, and for a live response's chunk until the socket has it. */
	readonly scratch: Uint8Array;
	private count: number;
	private memory: Uint8Array;
	/** One bit for each block that is taken. */
	private taken = 0;

	constructor(limits: Readonly<HTTPLimits>, allocate: (bytes: number) => Uint8Array) {
		this.output = limits.headBytes + lineRoom;
		this.body = this.output + outputRoom;
		this.size = this.body + limits.shortBody;
		this.count = limits.connections;
		this.memory = allocate(this.count * this.size + scratchRoom);
		this.scratch = this.memory.subarray(this.count * this.size);
	}

	/** A block. There are as many as connections, and one that had two would be a bug: that throws. */
	take(): Uint8Array {
		let index = 0;
		while (this.taken & 1 << index)
			index++;
		if (index >= this.count)
			throw new Error("more blocks than connections");
		this.taken |= 1 << index;
		return this.memory.subarray(index * this.size, (index + 1) * this.size);
	}

	/** Takes `block` back. The caller must not use it any more. */
	give(block: Uint8Array): void {
		this.taken &= ~(1 << (block.byteOffset - this.memory.byteOffset) / this.size);
	}
}

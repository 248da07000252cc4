/**
 * U-Boot's TFTP client as a state machine without IO: packets, timeouts in; packets and console text out. It repeats what the
 * measured clients do, mistakes included: a duplicate DATA is not acknowledged again, block numbers are not
 * checked for order (before "upstream"), each block goes to (n-1) * blksize, any ERROR but 1 and 2 starts over.
 */
import { bytesOf, textOf } from "./latin1.ts";
import { TFTPMarks, type TFTPVersion } from "./tftp-marks.ts";

export interface TFTPClientOptions {
	version: TFTPVersion;
	file: string;
	/** Milliseconds of its timer; in whole seconds it is the `timeout` option. 5000, or 1000 for 2010.06. */
	timeout?: number;
	/** The `blksize` option, 1468; there is none when it is 512. */
	blockSize?: number;
	/** The `windowsize` option of "upstream" for a download, when more than 1. */
	window?: number;
	/** The bytes to send: an upload. */
	upload?: Uint8Array;
	/** Keeps what was received. */
	store?: (offset: number, bytes: Uint8Array) => void;
	/** `port` 69 is the server's own; later ones as they came. */
	send: (packet: Uint8Array, port: number) => void;
	print: (text: string) => void;
}

const RRQ = 1, WRQ = 2, DATA = 3, ACK = 4, ERROR = 5, OACK = 6;
const SERVER_PORT = 69;
const PLAIN_BLOCK = 512;
const BLOCK = 1468;

/** How many timeouts a transfer survives in total, progress or not; with "upstream" (since 2025.01) without progress. */
const LIVES: Readonly<Record<TFTPVersion, number>> = Object.freeze({ "2010.06": 100, "2016.11": 10, upstream: 10 });

export class TFTPClient {
	/** "restart": U-Boot decides whether it begins again with a new client. */
	state: "running" | "success" | "fail" | "restart" = "running";
	/** Bytes transferred, as U-Boot will print them. */
	size: number;
	#options: TFTPClientOptions;
	#phase: "request" | "oack" | "data" = "request";
	#marks: TFTPMarks;
	#port = SERVER_PORT;
	#blockSize = PLAIN_BLOCK;
	#block = 0;
	#previous = 0;
	#wrapOffset = 0;
	#timeouts = 0;
	#finalSent = false;
	#window = 1;
	/** "upstream" acknowledges when this block comes, and says once behind which one something is missing. */
	#nextACK = 1;
	#complained = -1;

	constructor(options: TFTPClientOptions) {
		this.#options = options;
		this.#marks = new TFTPMarks(options.version, options.print);
		this.size = options.upload && options.version !== "2010.06" ? options.upload.length : 0;
	}

	/** Milliseconds between what was accepted last and `expire()`. */
	get timeout(): number {
		return this.#options.timeout ?? (this.#old ? 1000 : 5000);
	}

	/** Whether it looks at what comes from that port of the server. */
	hears(port: number): boolean {
		return this.#phase === "request" || port === this.#port;
	}

	get #old(): boolean {
		return this.#options.version === "2010.06";
	}

	get #upstream(): boolean {
		return this.#options.version === "upstream";
	}

	/** Sends the request. */
	start(): void {
		this.#send();
	}

	/** The timer ran out. */
	expire(): void {
		if (this.state !== "running")
			return;
		if (++this.#timeouts > LIVES[this.#options.version]) {
			this.#options.print("\nRetry count exceeded; starting again\n");
			this.state = "restart";
			return;
		}
		this.#options.print("T ");
		this.#send();
	}

	/** A packet from `port`. Returns true when it starts the timer anew. */
	receive(packet: Uint8Array, port: number): boolean {
		if (this.state !== "running" || packet.length < 2 || !this.hears(port))
			return false;
		const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
		const value = packet.length >= 4 ? view.getUint16(2) : 0;
		switch (view.getUint16(0)) {
			case DATA:
				return packet.length >= 4 && !this.#options.upload && this.#received(value, packet.subarray(4), port);
			case ACK:
				return this.#options.upload !== undefined && (this.#old ? this.#acknowledgedOld(value) : this.#acknowledged(value));
			case OACK:
				return this.#agreed(packet.subarray(2), port);
			case ERROR:
				this.#refused(value, packet.subarray(4));
				return false;
		}
		return false;
	}

	#agreed(options: Uint8Array, port: number): boolean {
		this.#phase = "oack";
		this.#port = port;
		const words = textOf(options).split("\0");
		for (let index = 0; index + 1 < words.length; index++) {
			const value = parseInt(words[index + 1]!, 10) || 0;
			if (this.#upstream && this.#unasked(words[index]!, value)) {
				this.#options.send(bytesOf(`\0${String.fromCharCode(ERROR)}\0\x08Option negotiation failed\0`), port);
				this.state = "fail";
				return false;
			}
			if (words[index] === "blksize")
				this.#blockSize = value || PLAIN_BLOCK;
			else if (words[index] === "tsize" && this.#old)
				this.#marks.total = value;
			else if (words[index] === "windowsize" && this.#upstream)
				this.#window = this.#nextACK = Math.min(value, this.#options.window ?? 1);
		}
		if (this.#options.upload) {
			this.#phase = "data";
			this.#block++;
		}
		this.#send();
		return false;
	}

	/** Whether the server's option is another one than was asked for. */
	#unasked(option: string, value: number): boolean {
		const { blockSize = BLOCK } = this.#options;
		return (option === "blksize" && value > blockSize) || (option === "timeout" && value !== this.#seconds);
	}

	#received(block: number, bytes: Uint8Array, port: number): boolean {
		if (this.#upstream && block !== ((this.#block + 1) & 0xffff)) {
			if (this.#complained !== this.#block) {
				this.#complained = this.#block;
				this.#acknowledge();
			}
			return false;
		}
		this.#block = block;
		if (block === 0 && (this.#old || this.#previous !== 0)) {
			this.#wrapOffset += this.#blockSize * 65536;
			if (!this.#old)
				this.#timeouts = 0;
			this.#marks.wrapped(this.#wrapOffset, this.#previous === 0);
		}
		else
			this.#marks.block(block, this.#blockSize, this.size);
		if (this.#phase !== "data") {
			this.#phase = "data";
			this.#port = port;
			this.#previous = 0;
			this.#wrapOffset = 0;
			if (block !== 1) {
				this.#options.print(`\nTFTP error: First block is not block 1 (${block})\nStarting again\n\n`);
				this.state = "restart";
				return false;
			}
		}
		if (block === this.#previous)
			return false;
		this.#previous = block;
		const offset = (block - 1) * this.#blockSize + this.#wrapOffset;
		this.#options.store?.(offset, bytes);
		this.size = Math.max(this.size, offset + bytes.length);
		const last = bytes.length < this.#blockSize;
		if (this.#upstream)
			this.#timeouts = 0;
		if (last || !this.#upstream || block === this.#nextACK)
			this.#acknowledge();
		if (last)
			this.#complete();
		return true;
	}

	#acknowledge(): void {
		this.#send();
		this.#nextACK = (this.#block + this.#window) & 0xffff;
	}

	/** Since 2016.11: any ACK sets the block number, only the expected one sends, and none starts the timer anew. */
	#acknowledged(block: number): boolean {
		if (this.#finalSent) {
			this.#complete();
			return false;
		}
		const expected = this.#block === block;
		this.#block = (block + 1) & 0xffff;
		this.#marks.block(this.#block, this.#blockSize, this.size);
		if (expected)
			this.#send();
		return false;
	}

	/** 2010.06: every ACK n sends DATA n+1, and an ACK 0 counts as a wrap, which most files end before. */
	#acknowledgedOld(block: number): boolean {
		if (block === this.#previous)
			this.#options.print("%");
		else
			this.#marks.block(block, this.#blockSize, this.size);
		this.#previous = block;
		if (block === 0)
			this.#wrapOffset += this.#blockSize * 65536;
		this.#block = block + 1;
		if (block * this.#blockSize + this.#wrapOffset > this.#options.upload!.length) {
			this.#complete();
			return false;
		}
		this.#send();
		return true;
	}

	#refused(code: number, text: Uint8Array): void {
		const end = text.indexOf(0);
		const message = textOf(end < 0 ? text : text.subarray(0, end));
		this.#options.print(`\nTFTP error: '${message}' (${code})\n`);
		const final = code === 1 || code === 2;
		this.#options.print(final ? "Not retrying...\n" : "Starting again\n\n");
		this.state = final ? "fail" : "restart";
	}

	#complete(): void {
		this.state = "success";
		this.#marks.complete();
	}

	#send(): void {
		this.#options.send(this.#phase === "request" ? this.#request() : this.#options.upload ? this.#load() : this.#ack(), this.#port);
	}

	#request(): Uint8Array {
		const { upload, file, blockSize = BLOCK, window = 1 } = this.#options;
		const words = [file, "octet", "timeout", this.#seconds];
		if (this.#old)
			words.push("tsize", 0);
		if (blockSize !== PLAIN_BLOCK)
			words.push("blksize", blockSize);
		if (this.#upstream && window > 1 && !upload)
			words.push("windowsize", window);
		return bytesOf(`\0${String.fromCharCode(upload ? WRQ : RRQ)}${words.join("\0")}\0`);
	}

	/** The `timeout` option. */
	get #seconds(): number {
		return Math.floor(this.timeout / 1000);
	}

	#ack(): Uint8Array {
		return Uint8Array.of(0, ACK, this.#block >> 8, this.#block & 255);
	}

	#load(): Uint8Array {
		const offset = (this.#block - 1) * this.#blockSize + this.#wrapOffset;
		const bytes = this.#options.upload!.subarray(offset, offset + this.#blockSize);
		const packet = new Uint8Array(4 + bytes.length);
		packet.set([0, DATA, (this.#block >> 8) & 255, this.#block & 255]);
		packet.set(bytes, 4);
		this.#finalSent = !this.#old && bytes.length < this.#blockSize;
		return packet;
	}
}

/**
 * U-Boot as a TFTP client, three generations of it, as measured (docs: the behaviour table of U-Boot's TFTP clients): what it
 * sends, what it ignores, where it stores what it gets, when it starts again, and what it calls a success.
 *
 * "2016.11" are the gk7205v200 and hi3516ev200 families, "2010.06" is hi3516cv300, "upstream" is 2023 and later.
 */
import type { Packet, UDP, UDPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { ackOf, dataOf, describe, errorOf, requestOf } from "./tftp-clients.ts";

export type Version = "2010.06" | "2016.11" | "upstream";

export interface UBootOptions {
	version: Version;
	io: UDPConstructor;
	time: Time;
	server: string;
	name?: string;
	/** RAM at the load address; 0xEE where nothing was stored. Downloads are stored here, uploads read from here. */
	ram: Uint8Array;
	/** Uploads so many bytes. */
	upload?: number;
	/** Asks for this block size (its `tftpblocksize`), and for none at all when it is 512. */
	blockSize?: number;
	/** Upstream only: asks for it when more than 1. */
	window?: number;
	/** Upstream only: the stale size it tells. */
	tsize?: number;
	/** Its own port; 1024 and more when absent, and another at each start. */
	from?: number;
}

export class UBoot {
	state: "running" | "success" | "fail" = "running";
	/** "Starting again". The model does it `lives` times and then stays in state "fail". */
	restarts = 0;
	lives = 0;
	/** What it says the file's size is. */
	size = 0;
	/** Timeouts in all ("T" on the console). */
	timeouts = 0;
	readonly transcript: string[] = [];
	readonly #options: UBootOptions;
	#udp!: UDP;
	#alarm: Alarm | undefined;
	#phase: "request" | "oack" | "data" = "request";
	#peer = 0;
	#blockSize = 512;
	#current = 0;
	#previous = 0;
	#wrapped = 0;
	#counted = 0;
	#finalSent = false;
	#nacked = -1;
	#nextACK = 0;
	#window = 1;

	constructor(options: UBootOptions) {
		this.#options = options;
		this.#begin();
	}

	/** Ctrl-C. */
	close(): void {
		this.#options.time.cancel(this.#alarm);
		this.#udp.close();
	}

	get #old(): boolean {
		return this.#options.version === "2010.06";
	}

	#begin(): void {
		const client = this;
		this.#phase = "request";
		this.#peer = 69;
		this.#blockSize = 512;
		this.#current = this.#previous = this.#wrapped = this.#counted = this.size = 0;
		this.#finalSent = false;
		this.#nacked = -1;
		this.#window = this.#nextACK = 1;
		this.#udp = new this.#options.io({
			port: this.#options.from ?? 1024 + (Math.floor(this.#options.time.now()) + this.restarts * 7) % 3072,
			onReadable(count) {
				for (; count > 0 && client.state === "running"; count--)
					client.#heard(this.read()!);
			}
		});
		this.#arm();
		this.#talk();
	}

	#arm(): void {
		this.#options.time.cancel(this.#alarm);
		this.#alarm = this.#options.time.after(this.#old ? 1000 : 5000, () => this.#timeout());
	}

	#timeout(): void {
		this.timeouts++;
		if (++this.#counted > (this.#old ? 100 : 10)) {
			this.#startAgain();
			return;
		}
		this.#arm();
		this.#talk();
	}

	#startAgain(): void {
		this.restarts++;
		this.close();
		if (this.restarts > this.lives)
			this.state = "fail";
		else
			this.#begin();
	}

	#finish(state: "success" | "fail"): void {
		this.state = state;
		this.close();
	}

	#send(bytes: Uint8Array): void {
		this.transcript.push(`client -> ${describe(bytes)}`);
		this.#udp.write(bytes, this.#options.server, this.#peer);
	}

	/** Says what is due in the present phase, for the first time or again. */
	#talk(): void {
		const { version, name = "kernel.bin", upload, tsize, window = 1, blockSize = 1468 } = this.#options;
		if (this.#phase === "request") {
			const fields: (string | number)[] = [name, "octet", "timeout", this.#old ? 1 : 5];
			if (version === "2010.06")
				fields.push("tsize", 0);
			else if (version === "upstream" && tsize !== undefined)
				fields.push("tsize", tsize);
			if (blockSize !== 512)
				fields.push("blksize", blockSize);
			if (version === "upstream" && window > 1 && upload === undefined)
				fields.push("windowsize", window);
			this.#send(requestOf(upload === undefined ? 1 : 2, ...fields));
		}
		else if (upload === undefined)
			this.#send(ackOf(this.#current));
		else {
			const from = (this.#current - 1) * this.#blockSize + this.#wrapped;
			const bytes = this.#options.ram.subarray(from, Math.min(from + this.#blockSize, upload));
			this.#finalSent = bytes.length < this.#blockSize;
			this.#send(dataOf(this.#current, bytes));
		}
	}

	#heard(packet: Packet): void {
		if (this.#phase !== "request" && packet.port !== this.#peer)
			return;
		this.transcript.push(`server -> ${describe(packet)}`);
		const bytes = new Uint8Array(packet);
		const number = bytes[2]! << 8 | bytes[3]!;
		switch (bytes[1]) {
			case 6:
				this.#offered(packet);
				break;
			case 3:
				if (this.#options.upload === undefined)
					this.#data(number, bytes.subarray(4), packet.port);
				break;
			case 4:
				if (this.#options.upload !== undefined)
					this.#acknowledged(number, packet.port);
				break;
			case 5:
				if (number === 1 || number === 2)
					this.#finish("fail");
				else
					this.#startAgain();
		}
	}

	#offered(packet: Packet): void {
		const { version, upload, window = 1 } = this.#options;
		const fields = describe(packet).slice(5).split("|");
		this.#phase = "oack";
		this.#peer = packet.port;
		for (let index = 0; index + 1 < fields.length; index += 2) {
			const value = Number(fields[index + 1]);
			if (fields[index] === "blksize" && !(version === "upstream" && value > 1468))
				this.#blockSize = value;
			else if (fields[index] === "windowsize")
				this.#window = this.#nextACK = Math.min(value, window);
			else if (version === "upstream" && (fields[index] === "blksize" || (fields[index] === "timeout" && value !== 5))) {
				this.#send(errorOf(8, "Option negotiation failed"));
				this.#finish("fail");
				return;
			}
		}
		if (upload !== undefined) {
			this.#phase = "data";
			this.#current++;
		}
		this.#talk();
	}

	#data(number: number, bytes: Uint8Array, port: number): void {
		const upstream = this.#options.version === "upstream";
		if (upstream && number !== ((this.#current + 1) & 0xffff)) {
			if (this.#nacked !== this.#current) {
				this.#talk();
				this.#nacked = this.#current;
				this.#nextACK = (this.#current + this.#window) & 0xffff;
			}
			return;
		}
		this.#current = number;
		if (number === 0 && (this.#old || this.#previous !== 0)) {
			this.#wrapped += this.#blockSize * 0x10000;
			if (!this.#old)
				this.#counted = 0;
		}
		if (this.#phase !== "data") {
			this.#phase = "data";
			this.#peer = port;
			this.#previous = this.#wrapped = 0;
			if (number !== 1) {
				this.#startAgain();
				return;
			}
		}
		if (number === this.#previous)
			return;
		this.#previous = number;
		if (upstream)
			this.#counted = 0;
		this.#arm();
		const at = (number - 1) * this.#blockSize + this.#wrapped;
		if (at + bytes.length <= this.#options.ram.length)
			this.#options.ram.set(bytes, at);
		this.size = Math.max(this.size, at + bytes.length);
		const last = bytes.length < this.#blockSize;
		if (last || !upstream || number === this.#nextACK) {
			this.#talk();
			this.#nextACK = (number + this.#window) & 0xffff;
		}
		if (last)
			this.#finish("success");
	}

	#acknowledged(number: number, port: number): void {
		if (this.#old) {
			// No look at the state: block 0, or one with nothing behind it, is the end; after any other comes the next.
			if (number === 0 || this.#phase === "request" || (number === this.#current && this.#finalSent)) {
				this.size = this.#phase === "request" ? 0 : this.#options.upload!;
				this.#finish("success");
				return;
			}
			this.#current = (number + 1) & 0xffff;
			this.#arm();
			this.#talk();
			return;
		}
		if (this.#phase === "request")
			this.#peer = port;
		if (this.#finalSent) {
			this.size = this.#options.upload!;
			this.#finish("success");
			return;
		}
		const due = this.#current === number;
		this.#current = (number + 1) & 0xffff;
		// Its timer is not set back by progress: during an upload it repeats a block every 5 s whatever happens.
		if (due)
			this.#talk();
	}
}

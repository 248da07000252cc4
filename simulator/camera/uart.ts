/**
 * The camera's UART as its programs see it: a receive FIFO that is only as deep as whoever should empty it is attentive, and a
 * transmitter that makes the printing program wait.
 */
import { bytesOf } from "./latin1.ts";
import { transmitTime } from "./line-bits.ts";
import type { Processor, Program } from "./processor.ts";

/** The hardware's FIFOs. */
const FIFO = 16;

/** What a program that polls all the time can take in. */
const ATTENTIVE = 8192;

/** The line behind it. */
export interface Wire {
	/** The camera's bits per second. */
	baud: number;
	/** Milliseconds until everything has left. */
	readonly drainTime: number;
	send(bytes: Uint8Array): void;
}

export class Uart {
	/** Bytes lost since power-on because the FIFO was full. */
	overruns = 0;
	#wire: Wire;
	#processor: Processor;
	#bytes: number[] = [];
	#head = 0;
	#depth = FIFO;

	constructor(wire: Wire, processor: Processor) {
		this.#wire = wire;
		this.#processor = processor;
	}

	/** Bytes waiting. */
	get available(): number {
		return this.#bytes.length - this.#head;
	}

	get baud(): number {
		return this.#wire.baud;
	}

	/** Waits for nothing. */
	set baud(rate: number) {
		this.#wire.baud = rate;
	}

	/** True while a program polls the UART (a prompt, the boot ROM between frames); false while it is busy: 16 bytes are kept. */
	set attentive(attentive: boolean) {
		this.#depth = attentive ? ATTENTIVE : FIFO;
	}

	/** From the wire. */
	receive(bytes: Uint8Array): void {
		for (const byte of bytes) {
			if (this.available < this.#depth)
				this.#bytes.push(byte);
			else
				this.overruns++;
		}
		this.#processor.poke();
	}

	/** Forgets what was received. */
	clear(): void {
		this.#bytes = [];
		this.#head = 0;
	}

	/** The next byte, undefined when none waits. */
	read(): number | undefined {
		if (this.#head === this.#bytes.length)
			return undefined;
		const byte = this.#bytes[this.#head++];
		if (this.#head === this.#bytes.length)
			this.clear();
		return byte;
	}

	/** The next byte, undefined when none came in time. */
	*get(milliseconds?: number): Program<number | undefined> {
		if (!this.available)
			yield { milliseconds, ready: () => this.available > 0 };
		return this.read();
	}

	/** Takes out everything that waits; true when a Ctrl-C was among it. This is how U-Boot's ctrlc() swallows what is typed. */
	swallow(): boolean {
		const interrupted = this.#bytes.indexOf(3, this.#head) >= 0;
		this.clear();
		return interrupted;
	}

	/** Sends bytes as they are; returns when the last of them are in the transmit FIFO. */
	*write(bytes: Uint8Array): Program {
		this.#wire.send(bytes);
		const wait = this.#wire.drainTime - transmitTime(FIFO, this.#wire.baud);
		if (wait > 0)
			yield { milliseconds: wait };
	}

	/** Prints: \n becomes \r\n. Characters are bytes (latin1). */
	*print(text: string): Program {
		yield* this.write(bytesOf(text.replaceAll("\n", "\r\n")));
	}

	/** Waits until everything has left. */
	*drain(): Program {
		yield { milliseconds: this.#wire.drainTime };
	}
}

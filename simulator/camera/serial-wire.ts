/**
 * The camera's end of the serial line: clocks what the camera sends, byte by byte at its baud rate, and bends the bits of both
 * directions when the pod's rate is another one. A PTY has neither a clock nor bits, so the pod announces its rate on DIR/line.
 * What the pod sends comes paced by the pod already. Does not buffer received bytes: the UART does.
 */
import type { Alarm, Time } from "../../modules/base/time.ts";
import { bend, transmitTime } from "./line-bits.ts";

/** How long bytes are gathered before they leave together. Well below the pod's 10 ms quiet gap. */
const BATCH = 1;

export interface SerialWireOptions {
	time: Time;
	/** Takes bytes whose last bit has just left. */
	transmit: (bytes: Uint8Array) => void;
	/** Gets bytes that have just arrived. */
	receive: (bytes: Uint8Array) => void;
}

export class SerialWire {
	/** Bits per second of the camera. */
	baud = 115200;
	/** Bits per second of the pod. */
	podBaud = 115200;
	/** Without supply nothing leaves and nothing arrives. */
	powered = false;
	/** A broken driver: nothing leaves though the camera runs. */
	mute = false;
	#options: SerialWireOptions;
	#queue: Uint8Array[] = [];
	#queued = 0;
	/** When the last bit of the next byte will have left. */
	#due = 0;
	#alarm: Alarm | undefined;

	constructor(options: SerialWireOptions) {
		this.#options = options;
	}

	/** Bytes that have not left yet. */
	get pending(): number {
		return this.#queued;
	}

	/** Milliseconds until everything has left. */
	get drainTime(): number {
		return this.#queued ? Math.max(0, this.#due - this.#options.time.now() + (this.#queued - 1) * this.#byteTime) : 0;
	}

	/** Queues `bytes`. */
	send(bytes: Uint8Array): void {
		if (!this.powered || !bytes.length)
			return;
		if (!this.#queued)
			this.#due = Math.max(this.#due, this.#options.time.now()) + this.#byteTime;
		this.#queue.push(bytes);
		this.#queued += bytes.length;
		this.#schedule();
	}

	/** Bytes from the pod. */
	receive(bytes: Uint8Array): void {
		if (this.powered)
			this.#options.receive(bend(bytes, this.podBaud, this.baud));
	}

	/** Forgets what has not left yet: power off, or a baud change that did not wait. */
	clear(): void {
		this.#options.time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#queue = [];
		this.#queued = 0;
	}

	get #byteTime(): number {
		return transmitTime(1, this.baud);
	}

	#schedule(): void {
		if (this.#alarm)
			return;
		const until = this.#due - this.#options.time.now();
		// a byte alone is an answer that somebody waits for
		this.#alarm = this.#options.time.after(this.#queued === 1 ? Math.max(0, until) : Math.max(BATCH, until), () => {
			this.#alarm = undefined;
			this.#leave();
			if (this.#queued)
				this.#schedule();
		});
	}

	#leave(): void {
		const byteTime = this.#byteTime;
		// the small addend: due times are sums of fractions, and a byte due now must not wait for the next batch
		const count = Math.min(this.#queued, Math.floor((this.#options.time.now() - this.#due) / byteTime + 1e-6) + 1);
		if (count <= 0)
			return;
		const bytes = this.#take(count);
		this.#due += count * byteTime;
		if (!this.#queued)
			this.#due -= byteTime;
		if (!this.mute)
			this.#options.transmit(bend(bytes, this.baud, this.podBaud));
	}

	#take(count: number): Uint8Array {
		const bytes = new Uint8Array(count);
		this.#queued -= count;
		for (let filled = 0; filled < count;) {
			const first = this.#queue[0]!;
			const part = first.subarray(0, count - filled);
			bytes.set(part, filled);
			filled += part.length;
			if (part.length === first.length)
				this.#queue.shift();
			else
				this.#queue[0] = first.subarray(part.length);
		}
		return bytes;
	}
}

/**
 * The serial line as the boot ROM's phases use it: writes that may not fit at once, one alarm that counts from the end of
 * transmission, and one listener at a time.
 */
import { Refusal } from "base/refusal";
import type { Alarm, Time } from "base/time";
import { wireTime } from "uart/baud";
import type { LogReader } from "uart/log";
import type { Line } from "uart/line";
import type { BootROMCode } from "./codes";

/** Whoever has set the alarm. */
export interface Waiter {
	/** The time has passed. */
	elapsed(): void;
}

/** Whose link it is. */
export interface SerialLinkOwner {
	/** Something threw in the alarm's callback. */
	broke(error: unknown): void;
}

/** How often an alarm is put off because bytes are still queued, before the transmitter counts as stuck. */
const MAX_EXTENSIONS = 20;

export class SerialLink {
	/** Is told when bytes have arrived. */
	listener: { receive(): void } | undefined;
	readonly received: LogReader;
	readonly line: Line;
	/** For the alarm. */
	readonly owner: SerialLinkOwner;
	private readonly time: Time;
	private unsent: Uint8Array | undefined;
	private next: Uint8Array | undefined;
	private alarm: Alarm | undefined;
	private milliseconds = 0;
	private extensions = 0;
	private waiter: Waiter | undefined;

	constructor(line: Line, time: Time, owner: SerialLinkOwner) {
		this.line = line;
		this.received = line.received;
		this.time = time;
		this.owner = owner;
	}

	/** Bytes sent that have not left yet. */
	get outstanding(): number {
		return (this.unsent?.length ?? 0) + (this.next?.length ?? 0) + this.line.pending;
	}

	/**
	 * Sends `bytes`, which must stay as they are until they have left. What was sent before and could not be queued yet is
	 * finished first, so that no frame is cut in the middle; only one such message can wait.
	 */
	send(bytes: Uint8Array): void {
		if (this.unsent)
			this.next = bytes;
		else {
			this.unsent = bytes;
			this.writable();
		}
	}

	/** There is room again. */
	writable(): void {
		while (this.unsent) {
			const unsent = this.unsent;
			const count = this.line.write(unsent);
			if (count < unsent.length) {
				this.unsent = unsent.subarray(count);
				return;
			}
			this.unsent = this.next;
			this.next = undefined;
		}
	}

	/** Forgets what was received until now. */
	flush(): void {
		this.line.flush();
	}

	/** Bytes arrived. */
	receive(): void {
		this.listener?.receive();
	}

	/**
	 * Calls `waiter` back `milliseconds` after everything sent has left. One alarm at a time: a new one replaces the old. The listener sees
	 * what has arrived until then before, and may decide otherwise: after a stall (the flash is erased, garbage is collected) timers
	 * come before the bytes that came in time. When the transmitter does not get on, Refusal `uart_stalled` is thrown in the timer's callback.
	 */
	after(milliseconds: number, waiter: Waiter): void {
		this.waiter = waiter;
		this.milliseconds = milliseconds;
		this.extensions = 0;
		this.arm();
	}

	/** No alarm, and nobody listens; what was sent goes on leaving. */
	rest(): void {
		this.time.cancel(this.alarm);
		this.alarm = undefined;
		this.waiter = undefined;
		this.listener = undefined;
	}

	/** As `rest`, and nothing more is queued. */
	stop(): void {
		this.rest();
		this.unsent = undefined;
		this.next = undefined;
	}

	private arm(): void {
		this.time.cancel(this.alarm);
		this.alarm = this.time.after(Math.ceil(wireTime(this.outstanding, this.line.baud) + this.milliseconds), fire, this);
	}

	/** For the alarm. */
	fired(): void {
		this.alarm = undefined;
		if (this.outstanding > 0) {
			if (++this.extensions > MAX_EXTENSIONS)
				throw new Refusal<BootROMCode>("uart_stalled", "the serial port does not send", { pending: this.outstanding });
			this.arm();
			return;
		}
		const { waiter } = this;
		this.line.poll();
		this.receive();
		// what came may have ended the wait, or begun another one
		if (this.alarm || this.waiter !== waiter)
			return;
		this.waiter = undefined;
		waiter?.elapsed();
	}
}

function fire(link: SerialLink): void {
	try {
		link.fired();
	}
	catch (error) {
		link.owner.broke(error);
	}
}

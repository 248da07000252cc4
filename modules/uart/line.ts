/**
 * A user's handle on the camera's serial port, as UART.claim and UART.join give it out.
 */
import type { Refusal } from "base/refusal";
import type { Serial } from "base/io";
import { LogReader, type Log } from "./log";
import type { RateDone, RateUser } from "./rate";

/** Who uses a line. It is called from the event loop or from another user's release, never from inside a call of its own line. */
export interface LineUser {
	/** Shown by `GET /uart` and in `uart_busy`. */
	readonly name: string;
	/** Bytes were received, whoever holds the port. */
	onReceive(): void;
	/** This line holds the port and there is room to write: after it was full, after a baud change, and when the port came (back) to it. */
	onWritable(): void;
}

/** Whose line it is: the UART, which says what each of these does. */
export interface LineOwner {
	readonly log: Log;
	readonly serial: Serial;
	readonly baud: number;
	/** Who has the port. */
	readonly holder: Line | undefined;
	/** How many bytes `write` takes. */
	readonly room: number;
	write(bytes: Uint8Array): number;
	receive(except: Line | undefined): void;
	takeOver(line: Line): void;
	setBaudFor(line: Line, rate: number, done: RateDone): void;
	resetBaud(done: RateDone): void;
	sendBreak(milliseconds: number, done: () => void): void;
	release(line: Line): void;
	/** Refusal `uart_busy`, which says how to read along with `who`. */
	busy(who: string): Refusal;
}

/** After `release` it writes nothing and its user is told nothing. */
export class Line implements RateUser {
	readonly user: LineUser;
	/** What was received since the line was given out. */
	readonly received: LogReader;
	private readonly uart: LineOwner;

	constructor(uart: LineOwner, user: LineUser) {
		this.uart = uart;
		this.user = user;
		this.received = new LogReader(uart.log);
	}

	get log(): Log {
		return this.uart.log;
	}

	/** This line has the port now. */
	get held(): boolean {
		return this.uart.holder === this;
	}

	/** How many bytes `write` would take now; 0 while somebody else has the port or the baud rate changes. */
	get room(): number {
		return this.held ? this.uart.room : 0;
	}

	/** Bytes queued in the driver that are not yet on the wire, whoever wrote them. */
	get pending(): number {
		return this.uart.serial.pending;
	}

	get baud(): number {
		return this.uart.baud;
	}

	/** Bytes the driver lost. */
	get overruns(): number {
		return this.uart.serial.overruns;
	}

	/** Queues as many of `bytes` as there is room for and returns their number. */
	write(bytes: Uint8Array): number {
		return this.held ? this.uart.write(bytes) : 0;
	}

	/** Takes what the driver has into the log now. The line's own user is not told. */
	poll(): void {
		this.uart.receive(this);
	}

	/** Passes over everything received until now, including what the driver still has. The log keeps it. */
	flush(): void {
		this.poll();
		this.received.toEnd();
	}

	/** Forgets what is queued and not yet on the wire; nothing while somebody else has the port. */
	discard(): void {
		if (this.held)
			this.uart.serial.flush(false, true);
	}

	/** A console that reads along becomes the one that has the port while nobody has claimed it. */
	takeOver(): void {
		this.uart.takeOver(this);
	}

	/** As UART.setBaud, but a change under way is waited for, and `done` gets every Refusal, from the event loop. */
	setBaud(rate: number, done: RateDone): void {
		this.uart.setBaudFor(this, rate, done);
	}

	/** As UART.sendBreak. Throws Refusal `uart_busy` while somebody else has the port, too. */
	sendBreak(milliseconds: number, done: () => void): void {
		if (!this.held)
			throw this.uart.busy("somebody else has");
		this.uart.sendBreak(milliseconds, done);
	}

	/** 115200 again, after what is queued has left; `done` comes in any case, with a Refusal if the port is not at 115200. */
	resetBaud(done: RateDone): void {
		this.uart.resetBaud(done);
	}

	/** Gives the port back. Harmless twice. */
	release(): void {
		this.uart.release(this);
	}
}

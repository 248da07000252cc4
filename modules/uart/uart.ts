/**
 * The one owner of the camera's serial port.
 *
 * Everything the camera says goes into the log; writing takes a Line, and one Line holds the port at any time. There are two
 * kinds: `join` is the console's (the bridge), which holds the port whenever nobody else does; `claim` is exclusive (fastboot)
 * and leaves the console watching until it is released.
 *
 * Not for: deciding who may have the port (that is the caller's), or looking into what the camera says.
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Serial, SerialConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { CONSOLE_BAUD, checkRate, wireTime } from "./baud";
import { Log, LogReader, type LogOptions } from "./log";
import { Rate, type RateDone } from "./rate";

/** Who uses a line. The callbacks come from the event loop or from another user's release, never from inside a call of his own line. */
export interface LineUser {
	/** Shown by `GET /uart` and in `uart_busy`. */
	readonly name: string;
	/** Bytes were received, whoever holds the port. */
	onReceive(): void;
	/** This line holds the port and there is room to write: after it was full, after a baud change, and when the port came (back) to it. */
	onWritable(): void;
}

/** A user's handle on the port. After `release` it writes nothing and is told nothing. */
export interface Line {
	readonly name: string;
	/** This line has the port now. */
	readonly held: boolean;
	/** How many bytes `write` would take now; 0 while somebody else has the port or the baud rate changes. */
	readonly room: number;
	/** Bytes queued in the driver that are not yet on the wire, whoever wrote them. */
	readonly pending: number;
	readonly baud: number;
	/** Bytes the driver lost. */
	readonly overruns: number;
	/** What was received since the line was given out. */
	readonly received: LogReader;
	readonly log: Log;
	/** Queues as many of `bytes` as there is room for and returns their number. */
	write(bytes: Uint8Array): number;
	/** Takes what the driver has into the log now. The line's own user is not told. */
	poll(): void;
	/** Passes over everything received until now, including what the driver still has. The log keeps it. */
	flush(): void;
	/** Forgets what is queued and not yet on the wire; nothing while somebody else has the port. */
	discard(): void;
	/** As UART.setBaud, but a change under way is waited for, and `done` gets every Fault, from the event loop. */
	setBaud(rate: number, done: (fault: Fault | undefined) => void): void;
	/** As UART.sendBreak. Throws Fault `uart_busy` while somebody else has the port, too. */
	sendBreak(milliseconds: number, done: () => void): void;
	/** 115200 again, after what is queued has left; `done` comes in any case, with a Fault if the port is not at 115200. */
	resetBaud(done: (fault: Fault | undefined) => void): void;
	/** Gives the port back. Harmless twice. */
	release(): void;
}

/** Milliseconds between looks whether a break that should be over is. */
const BREAK_LOOK = 5;

export interface UARTOptions {
	io: SerialConstructor;
	time: Time;
	/** Which UART and pins: handed to `io` as it is. */
	wiring?: Record<string, unknown>;
	log?: LogOptions;
	onFault: Report;
}

export interface UARTCounters {
	/** Bytes received since start, with the console's and the boot ROM's. */
	readonly rx: number;
	readonly tx: number;
	/** Bytes the receive FIFO or the driver lost. */
	readonly overruns: number;
	/** Bytes that slow readers lost by falling a whole ring behind. */
	readonly dropped: number;
}

export class UART {
	readonly log: Log;
	#serial: Serial;
	#time: Time;
	#report: Report;
	#rate: Rate;
	#tx = 0;
	/** When a break is looked at. */
	#breakEnd: Alarm | undefined;
	/** Writing nothing tells how much could be written. */
	#nothing = new Uint8Array(0);
	#room: number;
	#claimed: LineUser | undefined;
	#joined: LineUser | undefined;

	constructor({ io, time, wiring = {}, log, onFault }: UARTOptions) {
		this.log = new Log(log);
		this.#time = time;
		this.#report = onFault;
		this.#serial = new io({
			...wiring,
			baud: CONSOLE_BAUD,
			onReadable: guarded("uart.readable", onFault, () => this.#readable(undefined)),
			onWritable: guarded("uart.writable", onFault, (count: number) => {
				this.#room = count;
				this.#writable();
			})
		});
		this.#room = this.#serial.write(this.#nothing);
		this.#rate = new Rate({
			serial: this.#serial,
			time,
			report: onFault,
			onSwitch: () => this.poll(),
			onChanged: () => {
				this.#room = this.#serial.write(this.#nothing);
				this.#writable();
			}
		});
	}

	get baud(): number {
		return this.#rate.baud;
	}

	/** The name of who has the port, undefined when nobody has. */
	get owner(): string | undefined {
		return this.#holder?.name;
	}

	get counters(): UARTCounters {
		return { rx: this.log.end, tx: this.#tx, overruns: this.#serial.overruns, dropped: this.log.dropped };
	}

	/** Takes the port for one user alone. The console watches meanwhile. Throws Fault `uart_busy` when it is claimed already. */
	claim(user: LineUser): Line {
		if (this.#claimed)
			throw new Fault("uart_busy", `${this.#claimed.name} has the serial port`, { owner: this.#claimed.name });
		this.poll();
		return this.#give(this.#claimed = this.#guarded(user));
	}

	/** The console's line: it has the port while nobody claims it. Throws Fault `uart_busy` when another console is joined. */
	join(user: LineUser): Line {
		if (this.#joined)
			throw new Fault("uart_busy", `${this.#joined.name} has the console`, { owner: this.#joined.name });
		this.poll();
		return this.#give(this.#joined = this.#guarded(user));
	}

	/**
	 * Changes the baud rate for the console: drains at the old rate, switches, reads back, drops what comes meanwhile. `done`
	 * gets Fault `uart_set_baud_failed` when the old rate stays. Throws Fault `bad_rate`, and `uart_busy` while the port is
	 * claimed or another change is under way.
	 */
	setBaud(rate: unknown, done: RateDone): void {
		checkRate(rate);
		this.#checkFree();
		this.#rate.change(rate, false, done);
	}

	/**
	 * 115200 again, for the next user: when a console client leaves, when the camera's power changes, before fastboot. What is
	 * queued leaves at the old rate first. Replaces a change under way and those that wait for it; never fails visibly, but reports what went wrong.
	 */
	resetBaud(done: RateDone = fault => fault && this.#report("uart.resetBaud", fault)): void {
		this.#rate.reset(done);
	}

	/**
	 * Holds the line low for `milliseconds`, 1 to MAX_BREAK, after what is queued has left; what is written later waits for its end.
	 * `done` comes when it is over. Throws Fault `uart_busy` while the port is claimed, the rate is being changed, or another
	 * break is still to come.
	 */
	sendBreak(milliseconds: number, done: () => void): void {
		this.#checkFree();
		if (this.#serial.breaking)
			throw new Fault("uart_busy", "another break is under way", { owner: this.owner });
		const wait = wireTime(this.#serial.pending, this.#rate.baud);
		this.#serial.sendBreak(milliseconds);
		const look = guarded("uart.break", this.#report, () => {
			this.#breakEnd = this.#serial.breaking ? this.#time.after(BREAK_LOOK, look) : undefined;
			if (!this.#breakEnd)
				done();
		});
		this.#breakEnd = this.#time.after(Math.ceil(wait) + milliseconds, look);
	}

	/** Takes what the driver has into the log now, so that nobody who comes later takes it for new. */
	poll(): void {
		this.#readable(undefined);
	}

	/** Harmless twice. */
	close(): void {
		this.#rate.close();
		this.#time.cancel(this.#breakEnd);
		this.#serial.close();
	}

	get #holder(): LineUser | undefined {
		return this.#claimed ?? this.#joined;
	}

	#checkFree(): void {
		if (this.#claimed)
			throw new Fault("uart_busy", `${this.#claimed.name} has the serial port`, { owner: this.#claimed.name });
		if (this.#rate.changing)
			throw new Fault("uart_busy", "the baud rate is being changed", { owner: this.owner });
	}

	/** A user whose own trouble does not become that of who shares the port, or changes its rate, with him. */
	#guarded(user: LineUser): LineUser {
		return {
			name: user.name,
			onReceive: guarded("uart.user", this.#report, () => user.onReceive()),
			onWritable: guarded("uart.user", this.#report, () => user.onWritable())
		};
	}

	#give(holder: LineUser): Line {
		const uart = this;
		const received = new LogReader(this.log);
		return {
			name: holder.name,
			get held() { return uart.#holder === holder; },
			get room() { return uart.#holder === holder && !uart.#rate.changing ? uart.#room : 0; },
			get pending() { return uart.#serial.pending; },
			get baud() { return uart.#rate.baud; },
			get overruns() { return uart.#serial.overruns; },
			received,
			log: this.log,
			write: bytes => uart.#holder === holder ? uart.#write(bytes) : 0,
			poll: () => uart.#readable(holder),
			flush: () => {
				uart.#readable(holder);
				received.toEnd();
			},
			discard: () => uart.#discard(holder),
			setBaud: (rate, done) => uart.#setBaudFor(holder, rate, done),
			sendBreak: (milliseconds, done) => {
				uart.#checkHeld(holder);
				uart.sendBreak(milliseconds, done);
			},
			resetBaud: done => uart.resetBaud(done),
			release: () => uart.#release(holder)
		};
	}

	#release(holder: LineUser): void {
		if (this.#joined === holder)
			this.#joined = undefined;
		else if (this.#claimed === holder) {
			this.#claimed = undefined;
			this.#writable();
		}
	}

	#checkHeld(holder: LineUser): void {
		if (this.#holder !== holder)
			throw new Fault("uart_busy", "somebody else has the serial port", { owner: this.owner });
	}

	#discard(holder: LineUser): void {
		if (this.#holder === holder)
			this.#serial.flush(false, true);
	}

	#setBaudFor(holder: LineUser, rate: number, done: RateDone): void {
		if (this.#rate.changing) {
			this.#rate.queue(rate, () => this.#setBaudFor(holder, rate, done), done);
			return;
		}
		try {
			this.#checkHeld(holder);
			this.setBaud(rate, done);
		}
		catch (error) {
			if (!(error instanceof Fault))
				throw error;
			this.#time.after(0, guarded("uart.baud", this.#report, () => done(error)));
		}
	}

	#write(bytes: Uint8Array): number {
		if (this.#rate.changing)
			return 0;
		const count = Math.min(this.#room, bytes.length);
		if (count > 0) {
			this.#room = this.#serial.write(count < bytes.length ? bytes.subarray(0, count) : bytes);
			this.#tx += count;
		}
		return count;
	}

	/** Driver to log; then everybody but `except`, who asked for it, hears of it. */
	#readable(except: LineUser | undefined): void {
		if (this.#rate.settling) {
			this.#serial.flush(true, false);
			return;
		}
		const before = this.log.end;
		for (;;) {
			const space = this.log.space();
			const count = this.#serial.read(space);
			this.log.advance(count);
			if (count < space.length)
				break;
		}
		if (this.log.end === before)
			return;
		if (this.#claimed && this.#claimed !== except)
			this.#claimed.onReceive();
		if (this.#joined && this.#joined !== except)
			this.#joined.onReceive();
	}

	#writable(): void {
		if (!this.#rate.changing && this.#room > 0)
			this.#holder?.onWritable();
	}
}

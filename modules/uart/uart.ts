/**
 * The one owner of the camera's serial port.
 *
 * Everything the camera says goes into the log; writing takes a Line, and one Line holds the port at any time. There are two
 * kinds: `join` is for consoles, of which one has the port whenever nobody has claimed it and the others read along; `claim` is
 * exclusive (fastboot) and leaves the consoles reading along until it is released.
 *
 * Not for: deciding who may have the port (that is the caller's), or looking into what the camera says.
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Serial, SerialConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { CONSOLE_BAUD, checkRate, wireTime } from "./baud";
import { Followers } from "./followers";
import { Line, type LineOwner, type LineUser } from "./line";
import { Log, type LogOptions } from "./log";
import { Rate, type RateDone, type RateOwner } from "./rate";
import type { UARTCode } from "./codes";

/** Milliseconds between looks whether a break that should be over is. */
const BREAK_LOOK = 5;

export interface UARTOptions {
	io: SerialConstructor;
	time: Time;
	/** Which UART and pins: handed to `io` as it is. */
	wiring?: Record<string, unknown>;
	log?: LogOptions;
	onDefect: OnDefect;
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

export class UART implements LineOwner, RateOwner {
	readonly log: Log;
	/** Who reads the log as it grows, without a line. */
	readonly followers: Followers;
	/** For Line and Rate. */
	readonly serial: Serial;
	readonly time: Time;
	readonly onDefect: OnDefect;
	private readonly rate: Rate;
	private sent = 0;
	/** When a break is looked at, and who wants to know its end. */
	private breakEnd: Alarm | undefined;
	private breakDone: (() => void) | undefined;
	/** Bytes the driver takes now. */
	private free: number;
	private claimed: Line | undefined;
	/** The console that has the port while nobody has claimed it. */
	private console: Line | undefined;
	/** All consoles, those that read along, too. */
	private consoles: Line[] = [];

	constructor({ io, time, wiring = {}, log, onDefect }: UARTOptions) {
		this.log = new Log(log);
		this.followers = new Followers(time, onDefect);
		this.time = time;
		this.onDefect = onDefect;
		this.serial = new io({ ...wiring, baud: CONSOLE_BAUD, target: this, onReadable: readable, onWritable: writable });
		this.free = this.freeNow();
		this.rate = new Rate(this);
	}

	get baud(): number {
		return this.rate.baud;
	}

	/** The name of who has the port, undefined when nobody has. */
	get owner(): string | undefined {
		return this.holder?.user.name;
	}

	get counters(): UARTCounters {
		return { rx: this.log.end, tx: this.sent, overruns: this.serial.overruns, dropped: this.log.dropped };
	}

	/** Takes the port for one user alone. The consoles read along meanwhile. Throws Refusal `uart_busy` when it is claimed already. */
	claim(user: LineUser): Line {
		this.checkUnclaimed();
		this.poll();
		return this.claimed = new Line(this, user);
	}

	/** A console's line: it has the port while nobody claims it, or reads along while another console has it. */
	join(user: LineUser): Line {
		this.poll();
		const line = new Line(this, user);
		this.consoles.push(line);
		this.console ??= line;
		return line;
	}

	/**
	 * Changes the baud rate for the console: drains at the old rate, switches, reads back, drops what comes meanwhile. `done`
	 * gets Refusal `uart_set_baud_failed` when the old rate stays. Throws Refusal `bad_rate`, and `uart_busy` while the port is
	 * claimed or another change is under way.
	 */
	setBaud(rate: unknown, done: RateDone): void {
		checkRate(rate);
		this.checkFree();
		this.rate.set(rate, false, done);
	}

	/**
	 * 115200 again, for the next user: when a console client leaves, when the camera's power changes, before fastboot. What is
	 * queued leaves at the old rate first. Replaces a change under way and those that wait for it; never fails visibly, but reports what
	 * went wrong.
	 */
	resetBaud(done: RateDone = refusal => refusal && this.onDefect("uart.resetBaud", refusal)): void {
		this.rate.reset(done);
	}

	/**
	 * Holds the line low for `milliseconds`, 1 to LINE_BREAK.maximum, after what is queued has left; what is written later waits for its end.
	 * `done` comes when it is over. Throws Refusal `uart_busy` while the port is claimed, the rate is being changed, or another
	 * break is still to come.
	 */
	sendBreak(milliseconds: number, done: () => void): void {
		this.checkFree();
		if (this.breakDone || this.serial.breaking)
			throw new Refusal<UARTCode>("uart_busy", "another break is under way", { owner: this.owner });
		const wait = wireTime(this.serial.pending, this.baud);
		this.serial.sendBreak(milliseconds);
		this.breakDone = done;
		this.breakEnd = this.time.after(Math.ceil(wait) + milliseconds, breakOver, this);
	}

	/** Takes what the driver has into the log now, so that nobody who comes later takes it for new. */
	poll(): void {
		this.receive(undefined);
	}

	/** Harmless twice. */
	close(): void {
		this.rate.close();
		this.followers.close();
		this.time.cancel(this.breakEnd);
		this.serial.close();
	}

	/** For Line: who has the port. */
	get holder(): Line | undefined {
		return this.claimed ?? this.console;
	}

	/** For Line: how many bytes `write` takes. */
	get room(): number {
		return this.rate.changing ? 0 : this.free;
	}

	/** For Line. */
	busy(who: string): Refusal {
		return new Refusal<UARTCode>("uart_busy", `${who} the serial line; ${this.readAlong("taking it")}`, { owner: this.owner });
	}

	/** For those who are refused: how to read what the camera says without what they asked for. */
	readAlong(without: string): string {
		return `GET /uart/log?since=${this.log.end} reads along without ${without}, as rackpod log -f does`;
	}

	/** For Line. */
	write(bytes: Uint8Array): number {
		const count = Math.min(this.room, bytes.length);
		if (count > 0) {
			this.free = this.serial.write(count < bytes.length ? bytes.subarray(0, count) : bytes);
			this.sent += count;
		}
		return count;
	}

	/** For Line: driver to log; then everybody but `except`, who asked for it, hears of it. */
	receive(except: Line | undefined): void {
		if (this.rate.settling) {
			this.serial.flush(true, false);
			return;
		}
		const { log } = this;
		const before = log.end;
		for (;;) {
			const space = log.space();
			const count = this.serial.read(space);
			log.advance(count);
			if (count < space.length)
				break;
		}
		if (log.end === before)
			return;
		this.followers.grew();
		if (this.claimed && this.claimed !== except)
			this.tell(this.claimed);
		for (const line of this.consoles) {
			if (line !== except)
				this.tell(line);
		}
	}

	/** For Line. */
	takeOver(line: Line): void {
		this.console = line;
	}

	/** For Line. */
	setBaudFor(line: Line, rate: number, done: RateDone): void {
		if (this.rate.changing)
			return this.rate.queue(line, rate, done);
		try {
			if (!line.held)
				throw this.busy("somebody else has");
			this.setBaud(rate, done);
		}
		catch (error) {
			if (!(error instanceof Refusal))
				throw error;
			this.rate.tellSoon(done, error);
		}
	}

	/** For Line. */
	release(line: Line): void {
		if (this.claimed === line) {
			this.claimed = undefined;
			this.announce();
			return;
		}
		this.consoles = this.consoles.filter(other => other !== line);
		if (this.console === line)
			this.console = undefined;
	}

	/** For Rate. */
	rateChanged(): void {
		this.free = this.freeNow();
		this.announce();
	}

	/** For `writable`: the driver takes `count` bytes. */
	announceFree(count: number): void {
		this.free = count;
		this.announce();
	}

	/** For `breakOver`: looks whether the break is over. */
	checkBreak(): void {
		if (this.serial.breaking) {
			this.breakEnd = this.time.after(BREAK_LOOK, breakOver, this);
			return;
		}
		const done = this.breakDone!;
		this.breakEnd = this.breakDone = undefined;
		done();
	}

	/** Writing nothing tells how much could be written. */
	private freeNow(): number {
		return this.serial.write(this.log.span(this.log.end, 0));
	}

	private checkUnclaimed(): void {
		if (this.claimed)
			throw this.busy(`${this.claimed.user.name} has`);
	}

	private checkFree(): void {
		this.checkUnclaimed();
		if (this.rate.changing)
			throw new Refusal<UARTCode>("uart_busy", "the baud rate is being changed", { owner: this.owner });
	}

	private announce(): void {
		const { holder } = this;
		if (!holder || this.room <= 0)
			return;
		try {
			holder.user.onWritable();
		}
		catch (error) {
			this.onDefect("uart.user", error);
		}
	}

	/** A user's trouble does not become that of who shares the port. */
	private tell(line: Line): void {
		try {
			line.user.onReceive();
		}
		catch (error) {
			this.onDefect("uart.user", error);
		}
	}
}

function readable(this: Serial): void {
	const uart = this.target as UART;
	try {
		uart.poll();
	}
	catch (error) {
		uart.onDefect("uart.readable", error);
	}
}

function writable(this: Serial, count: number): void {
	const uart = this.target as UART;
	try {
		uart.announceFree(count);
	}
	catch (error) {
		uart.onDefect("uart.writable", error);
	}
}

function breakOver(uart: UART): void {
	try {
		uart.checkBreak();
	}
	catch (error) {
		uart.onDefect("uart.break", error);
	}
}

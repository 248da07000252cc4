/**
 * The console protocol RFC 2217: telnet with commands for the serial line.
 *
 * Commands and data stay in order: a command is carried out when the data before it has been taken, and while the rate is being
 * changed nothing that follows is looked at. Commands are carried out while fastboot has the line, too; only data waits, in at most
 * one buffer's worth and then in the socket. A client that leaves meanwhile is kept until its last byte is sent.
 *
 * Answers go out before output does. One that doesn't take them isn't listened to any more once the outbox is full.
 *
 * Output waits until the client has said whether it takes it as binary (RFC 856), for half a second at most: whoever offers an option
 * does so at the point of the stream from which on it shall be in force (RFC 854), so what follows can't be formatted before the answer.
 */
import type { TCP } from "base/io";
import type { Alarm, Time } from "base/time";
import { Outlet } from "base/outlet";
import type { ConsoleConnection, ConnectionOwner, Protocol } from "console/protocol";
import type { Line } from "uart/line";
import { LINE_BREAK } from "protocol/limits";
import { ComPort, type ComPortOwner } from "./com-port";
import { Negotiation, type NegotiationOwner } from "./negotiation";
import {
	BINARY, BREAK, COM_PORT, DO, DONT, ECHO, IAC, SB, SE, SUBNEGOTIATION_LIMIT, SUPPRESS_GO_AHEAD, TelnetReader, WILL, WONT,
	endsInReturn, quote, quoteText, type TelnetHandler
} from "./telnet";

/** Bytes of the client's input that are read at once. */
const INPUT_SIZE = 1_024;
/** Answers that wait for room in the socket, and the most that one command brings: less than that free, and no command is read. */
const OUTBOX_SIZE = 256;
const LONGEST_ANSWER = 64;
/** Bytes that all connections share for quoting output, and of output that is quoted at once: each byte may become two. */
const SCRATCH_SIZE = 4_096;
const PIECE = 2_000;
/** Milliseconds for the answer whether output may be binary. */
const ANSWER_TIME = 500;
/** Commands and pieces of data that are dealt with in one turn of the event loop: they can be as short as two bytes. */
const STEPS = 64;

const OURS = Object.freeze([BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT]);
const THEIRS = Object.freeze([BINARY, SUPPRESS_GO_AHEAD, COM_PORT]);
/** A plain telnet leaves its line mode for these. */
const OFFERS = Object.freeze([BINARY, ECHO, SUPPRESS_GO_AHEAD]);

class RFC2217Connection implements ConsoleConnection, TelnetHandler, NegotiationOwner, ComPortOwner {
	readonly owner: ConnectionOwner;
	readonly outlet: Outlet;
	/** The peer has gone; what it sent before still counts. */
	ended = false;
	/** Data waits for the line. */
	waiting = false;
	/** Bytes in the socket. */
	private available = 0;
	private readonly tcp: TCP;
	private readonly reader: TelnetReader;
	private readonly port: ComPort;
	/** What we do, and what the peer does. */
	private readonly ours: Negotiation;
	private readonly theirs: Negotiation;
	/** Read but not yet dealt with: input[at .. end). */
	private readonly input: Uint8Array;
	private at = 0;
	private end = 0;
	private readonly outbox: Uint8Array;
	private queued = 0;
	/** The last output was a CR whose LF or NUL is still to be sent. */
	private returned = false;
	private open = true;
	/** Steps of this turn. */
	private steps = 0;
	private alarm: Alarm | undefined;
	/** Until when the client has time to say whether output may be binary. */
	private unanswered: Alarm | undefined;

	constructor(owner: ConnectionOwner, from: TCP, memory: Uint8Array) {
		this.owner = owner;
		this.input = memory.subarray(0, INPUT_SIZE);
		this.outbox = memory.subarray(INPUT_SIZE, INPUT_SIZE + OUTBOX_SIZE);
		this.reader = new TelnetReader(this, memory.subarray(INPUT_SIZE + OUTBOX_SIZE, INPUT_SIZE + OUTBOX_SIZE + SUBNEGOTIATION_LIMIT));
		this.ours = new Negotiation(this, OURS, WILL, WONT);
		this.theirs = new Negotiation(this, THEIRS, DO, DONT);
		this.port = new ComPort(this);
		this.tcp = new owner.tcp({ from, nodelay: true, target: this, onReadable: readable, onWritable: writable, onError: failed });
		this.outlet = new Outlet(this.tcp);
		for (const option of OFFERS)
			this.ours.offer(option);
		this.theirs.offer(BINARY);
		this.flush();
		this.unanswered = owner.time.after(ANSWER_TIME, unanswered, this);
	}

	get line(): Line {
		return this.owner.line;
	}

	get time(): Time {
		return this.owner.time;
	}

	/** Half of the room: every byte may become two, and a NUL may come before. There is none while a part of an answer waits. */
	get writable(): number {
		return this.port.suspended || this.unanswered ? 0 : Math.min((this.outlet.room - 1) >> 1, PIECE);
	}

	read(room: number): Uint8Array | undefined {
		this.waiting = false;
		while (this.open && !this.port.busy) {
			if (this.queued > OUTBOX_SIZE - LONGEST_ANSWER)
				this.flush();
			if (this.queued > OUTBOX_SIZE - LONGEST_ANSWER)
				break;
			if (this.at === this.end && !this.fill())
				break;
			if (++this.steps > STEPS) {
				this.resume();
				break;
			}
			const count = this.reader.read(this.input.subarray(this.at, this.end), room);
			if (count === 0) {
				this.waiting = true;
				break;
			}
			this.at += count;
			if (this.reader.data)
				return this.reader.data;
		}
		this.flush();
		if (this.ended && this.at === this.end && !this.port.busy)
			this.owner.left();
		return undefined;
	}

	write(bytes: Uint8Array): void {
		const { owner: { scratch }, ours } = this;
		if (!ours.isOn(BINARY)) {
			this.outlet.write(scratch.subarray(0, quoteText(bytes, scratch, this.returned)));
			this.returned = endsInReturn(bytes);
		}
		else if (bytes.indexOf(IAC) < 0)
			this.outlet.write(bytes);
		else
			this.outlet.write(scratch.subarray(0, quote(bytes, scratch)));
		this.owner.activity();
		this.port.notify();
		this.flush();
	}

	close(): void {
		this.open = false;
		this.time.cancel(this.alarm);
		this.time.cancel(this.unanswered);
		this.tcp.close();
	}

	/** For Negotiation. */
	send(verb: number, option: number): void {
		this.queue([IAC, verb, option]);
	}

	negotiate(verb: number, option: number): void {
		const before = this.theirs.isOn(COM_PORT);
		if (verb === DO)
			this.ours.asked(option);
		else if (verb === DONT)
			this.ours.declined(option);
		else if (verb === WILL)
			this.theirs.asked(option);
		else
			this.theirs.declined(option);
		this.reader.binary = this.theirs.isOn(BINARY);
		if (this.ours.isOn(BINARY))
			this.returned = false;
		if (this.unanswered && !this.ours.isOffered(BINARY))
			this.answered();
		if (!before && this.theirs.isOn(COM_PORT))
			this.port.sendModemState();
	}

	subnegotiation(bytes: Uint8Array): void {
		if (this.theirs.isOn(COM_PORT) || this.ours.isOn(COM_PORT))
			this.port.receive(bytes);
	}

	command(code: number): void {
		if (code === BREAK)
			this.port.sendBreak(LINE_BREAK.otherwise, () => {});
	}

	subnegotiate(bytes: readonly number[]): void {
		this.queue([IAC, SB, ...bytes.flatMap(byte => byte === IAC ? [IAC, IAC] : [byte]), IAC, SE]);
	}

	takeOver(): void {
		this.owner.takeOver();
	}

	/** Goes on in another turn, with input and output. */
	resume(): void {
		if (this.open)
			this.alarm ??= this.time.after(0, resumed, this);
	}

	/** For `unanswered`: whether output may be binary is settled. */
	answered(): void {
		this.time.cancel(this.unanswered);
		this.unanswered = undefined;
		this.resume();
	}

	/** For the callbacks: input and output go on. */
	proceed(): void {
		this.time.cancel(this.alarm);
		this.alarm = undefined;
		this.steps = 0;
		this.flush();
		this.owner.readable();
		this.owner.writable();
	}

	/** For `readable`: the socket has `count` bytes. */
	announce(count: number): void {
		this.available = count;
		this.steps = 0;
		this.owner.readable();
	}

	/** For `failed`. All that came was announced, and a socket that has ended should not be kept (base/io.ts). */
	fail(): void {
		this.tcp.close();
		this.ended = true;
		this.available = this.queued = 0;
		this.outlet.announce(0);
		this.owner.readable();
	}

	/** The next bytes from the socket; false when there are none. */
	private fill(): boolean {
		const count = Math.min(this.available, this.input.length);
		if (count <= 0)
			return false;
		this.tcp.read(this.input.subarray(0, count));
		this.available -= count;
		this.at = 0;
		this.end = count;
		this.owner.activity();
		return true;
	}

	/** There is room: `read` sees to it, and `write` queues at most one answer, to an empty outbox. */
	private queue(bytes: readonly number[]): void {
		if (this.ended)
			return;
		this.outbox.set(bytes, this.queued);
		this.queued += bytes.length;
	}

	private flush(): void {
		const count = Math.min(this.queued, this.outlet.room);
		if (count <= 0 || !this.open)
			return;
		this.outlet.write(this.outbox.subarray(0, count));
		this.outbox.copyWithin(0, count, this.queued);
		this.queued -= count;
	}
}

export const RFC2217: Protocol = Object.freeze({
	connection: RFC2217Connection,
	memory: INPUT_SIZE + OUTBOX_SIZE + SUBNEGOTIATION_LIMIT,
	scratch: SCRATCH_SIZE
});

function readable(this: TCP, count: number): void {
	const connection = this.target as RFC2217Connection;
	try {
		connection.announce(count);
	}
	catch (error) {
		connection.owner.onDefect("rfc2217.readable", error);
	}
}

function writable(this: TCP, count: number): void {
	const connection = this.target as RFC2217Connection;
	try {
		connection.outlet.announce(count);
		connection.proceed();
	}
	catch (error) {
		connection.owner.onDefect("rfc2217.writable", error);
	}
}

function failed(this: TCP): void {
	const connection = this.target as RFC2217Connection;
	try {
		connection.fail();
	}
	catch (error) {
		connection.owner.onDefect("rfc2217.error", error);
	}
}

function resumed(connection: RFC2217Connection): void {
	try {
		connection.proceed();
	}
	catch (error) {
		connection.owner.onDefect("rfc2217.resume", error);
	}
}

function unanswered(connection: RFC2217Connection): void {
	try {
		connection.answered();
	}
	catch (error) {
		connection.owner.onDefect("rfc2217.resume", error);
	}
}

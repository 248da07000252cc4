/**
 * The commands of RFC 2217 (telnet's COM-PORT-OPTION) on the camera's serial line. No IO but the line's.
 *
 * A client believes what is answered, so every answer is what is really in force: the line is 8N1, has no flow control, and its rate
 * is the one it was set to, which is another than the one asked for when the line can't do that or fastboot has it. Clients that can't
 * live with it say so to their users.
 *
 * DTR and RTS: the pod has no such wires. They are remembered and answered, because clients set them at every open and some fail
 * otherwise. Modem state: what a three-wire cable's plug says, CTS, DSR and CD on for ever. Line state: lost bytes only.
 *
 * A break can't be held open: Serial.sendBreak takes a duration. So the time between "break on" and "break off" is measured, and the
 * break is sent at "off", after what was written before; the answer to "off" comes when it is over.
 */
import { Refusal } from "base/refusal";
import type { Time } from "base/time";
import { LINE_BREAK } from "protocol/limits";
import type { Line } from "uart/line";
import { COM_PORT } from "./telnet";

/** Client to server; the answer's code is ANSWER higher. */
const SIGNATURE = 0;
const SET_BAUDRATE = 1;
const SET_DATASIZE = 2;
const SET_PARITY = 3;
const SET_STOPSIZE = 4;
const SET_CONTROL = 5;
const NOTIFY_LINESTATE = 6;
const NOTIFY_MODEMSTATE = 7;
const FLOWCONTROL_SUSPEND = 8;
const FLOWCONTROL_RESUME = 9;
const SET_LINESTATE_MASK = 10;
const SET_MODEMSTATE_MASK = 11;
const PURGE_DATA = 12;
const ANSWER = 100;

/** Values of datasize, parity and stop size: 8N1. */
const EIGHT = 8;
const NONE = 1;
const ONE = 1;

/** Values of SET-CONTROL. */
const NO_FLOW_CONTROL = 1;
const QUERY_BREAK = 4;
const BREAK_ON = 5;
const BREAK_OFF = 6;
const QUERY_DTR = 7;
const DTR_ON = 8;
const DTR_OFF = 9;
const QUERY_RTS = 10;
const RTS_ON = 11;
const RTS_OFF = 12;
const QUERY_INBOUND_FLOW = 13;
const NO_INBOUND_FLOW_CONTROL = 14;
const INBOUND_XON_XOFF = 15;
const INBOUND_HARDWARE = 16;
const INBOUND_DTR = 18;
const LAST_CONTROL = 19;

const PURGE_RECEIVE = 1;
const PURGE_TRANSMIT = 2;

/** "rackpod": names us to clients that ask. */
const SIGNATURE_TEXT = Object.freeze([0x72, 0x61, 0x63, 0x6b, 0x70, 0x6f, 0x64]);

const MODEM_STATE = 0x80 | 0x20 | 0x10;
const OVERRUN = 0x02;

/** Whose commands they are: a connection. */
export interface ComPortOwner {
	readonly line: Line;
	readonly time: Time;
	/** Sends a subnegotiation: its option, its command, its value, not yet quoted. */
	subnegotiate(bytes: readonly number[]): void;
	/** The client does something to the line: it has it from now on. */
	takeOver(): void;
	/** `busy` or `suspended` has ended. */
	resume(): void;
}

export class ComPort {
	/** The baud rate is being changed or a break is being sent: nothing that came after the command may be looked at. */
	busy = false;
	/** The client doesn't want output now. */
	suspended = false;
	private readonly owner: ComPortOwner;
	private breakSince: number | undefined;
	private dtr = DTR_ON;
	private rts = RTS_ON;
	private lineMask = 0;
	private overruns: number;

	constructor(owner: ComPortOwner) {
		this.owner = owner;
		this.overruns = owner.line.overruns;
	}

	/** A subnegotiation of the client. What can't be read is ignored: there is no answer that says so. */
	receive(bytes: Uint8Array): void {
		if (bytes[0] !== COM_PORT || bytes.length < 2)
			return;
		const command = bytes[1]!;
		const value = bytes[2];
		switch (command) {
			case SIGNATURE:
				// with a text it is the client's own
				if (value === undefined)
					this.answer(command, ...SIGNATURE_TEXT);
				return;
			case SET_BAUDRATE:
				return this.setBaud(bytes.subarray(2));
			case NOTIFY_LINESTATE:
				return this.answer(command, this.lineState());
			case NOTIFY_MODEMSTATE:
				return this.sendModemState();
			case FLOWCONTROL_SUSPEND:
				this.suspended = true;
				return;
			case FLOWCONTROL_RESUME:
				this.suspended = false;
				return this.owner.resume();
		}
		if (value === undefined)
			return;
		if (changes(command, value))
			this.owner.takeOver();
		switch (command) {
			case SET_DATASIZE:
				return this.answer(command, EIGHT);
			case SET_PARITY:
				return this.answer(command, NONE);
			case SET_STOPSIZE:
				return this.answer(command, ONE);
			case SET_CONTROL:
				return this.control(value);
			case SET_LINESTATE_MASK:
				this.lineMask = value;
				return this.answer(command, value);
			case SET_MODEMSTATE_MASK:
				// nothing ever changes, so nothing is ever masked
				return this.answer(command, value);
			case PURGE_DATA:
				return this.purge(value);
		}
	}

	/** Without it clients fail at the first question about CTS. */
	sendModemState(): void {
		this.answer(NOTIFY_MODEMSTATE, MODEM_STATE);
	}

	/** Tells of lost bytes, if the client wants to know. Cheap enough for every write. */
	notify(): void {
		if (this.lineMask & OVERRUN && this.owner.line.overruns !== this.overruns)
			this.answer(NOTIFY_LINESTATE, this.lineState());
	}

	/**
	 * A break of `milliseconds`, and then `over`. None when fastboot has the line or somebody else's break is under way: nobody could be
	 * told, because a break that ends is what was asked for either way.
	 */
	sendBreak(milliseconds: number, over: () => void): void {
		try {
			this.owner.takeOver();
			this.owner.line.sendBreak(Math.max(LINE_BREAK.minimum, Math.min(LINE_BREAK.maximum, Math.round(milliseconds))), () => {
				this.busy = false;
				over();
				this.owner.resume();
			});
			this.busy = true;
		}
		catch (error) {
			if (!(error instanceof Refusal))
				throw error;
			over();
		}
	}

	private answer(command: number, ...value: number[]): void {
		this.owner.subnegotiate([COM_PORT, command + ANSWER, ...value]);
	}

	/** 0 is the question which rate it is. */
	private setBaud(value: Uint8Array): void {
		if (value.length !== 4)
			return;
		const rate = ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0;
		if (rate === 0)
			return this.answerBaud();
		this.owner.takeOver();
		this.busy = true;
		this.owner.line.setBaud(rate, () => {
			this.busy = false;
			this.answerBaud();
			this.owner.resume();
		});
	}

	private answerBaud(): void {
		const { baud } = this.owner.line;
		this.answer(SET_BAUDRATE, baud >>> 24, (baud >>> 16) & 255, (baud >>> 8) & 255, baud & 255);
	}

	private control(value: number): void {
		if (value > LAST_CONTROL)
			return;
		if (value === BREAK_OFF && this.breakSince !== undefined) {
			const lasted = this.owner.time.now() - this.breakSince;
			this.breakSince = undefined;
			return this.sendBreak(lasted, () => this.answer(SET_CONTROL, BREAK_OFF));
		}
		this.answer(SET_CONTROL, this.controlled(value));
	}

	/** Does what `value` asks for and returns the state that it asks about. */
	private controlled(value: number): number {
		const { line, time } = this.owner;
		switch (value) {
			case BREAK_ON:
				// without the line it stays off, and the client is told so
				if (line.held)
					this.breakSince ??= time.now();
				return this.breakState();
			case BREAK_OFF:
			case QUERY_BREAK:
				return this.breakState();
			case DTR_ON:
			case DTR_OFF:
				return this.dtr = value;
			case QUERY_DTR:
				return this.dtr;
			case RTS_ON:
			case RTS_OFF:
				return this.rts = value;
			case QUERY_RTS:
				return this.rts;
			case QUERY_INBOUND_FLOW:
			case NO_INBOUND_FLOW_CONTROL:
			case INBOUND_XON_XOFF:
			case INBOUND_HARDWARE:
			case INBOUND_DTR:
				return NO_INBOUND_FLOW_CONTROL;
			default:
				return NO_FLOW_CONTROL;
		}
	}

	private breakState(): number {
		return this.breakSince === undefined ? BREAK_OFF : BREAK_ON;
	}

	private purge(value: number): void {
		const { line } = this.owner;
		if (value < PURGE_RECEIVE || value > (PURGE_RECEIVE | PURGE_TRANSMIT))
			return;
		if (value & PURGE_RECEIVE)
			line.flush();
		if (value & PURGE_TRANSMIT)
			line.discard();
		this.answer(PURGE_DATA, value);
	}

	/** What happened since the last look. */
	private lineState(): number {
		const { overruns } = this.owner.line;
		const state = overruns === this.overruns ? 0 : OVERRUN;
		this.overruns = overruns;
		return state;
	}
}

/** Whether a command asks for anything to be set, and not only what is. For SET_BAUDRATE and breaks see there. */
function changes(command: number, value: number): boolean {
	switch (command) {
		case SET_DATASIZE:
		case SET_PARITY:
		case SET_STOPSIZE:
			return value !== 0;
		case SET_CONTROL:
			return value > 0 && value !== QUERY_BREAK && value !== QUERY_DTR && value !== QUERY_RTS && value !== QUERY_INBOUND_FLOW;
		case PURGE_DATA:
			return true;
		default:
			return false;
	}
}

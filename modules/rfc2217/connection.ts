/**
 * A console client who speaks RFC 2217: telnet with commands for the serial line, for the bridge's second port.
 *
 * Commands and data stay in order: a command is carried out when the data before it has been taken, and while the rate is being
 * changed nothing that follows is looked at. Commands are carried out while fastboot has the line, too; only data waits, in at most
 * one buffer's worth and then in the socket. A client who leaves meanwhile is kept until his last byte is sent.
 *
 * Answers go out before output does. One who doesn't take them isn't listened to any more once the outbox is full.
 */
import { guarded } from "base/guard";
import type { TCP } from "base/io";
import type { Connection, ConnectionOptions } from "uart/connection";
import { Outlet } from "uart/outlet";
import { ComPort, TYPICAL_BREAK } from "./com-port";
import { Negotiation } from "./negotiation";
import { BINARY, BREAK, COM_PORT, DO, DONT, ECHO, IAC, SB, SE, SUPPRESS_GO_AHEAD, TelnetReader, WILL, WONT, quote, type TelnetHandler } from "./telnet";

/** Answers that wait for room in the socket, and the most that one command brings: less than that free, and no command is read. */
const OUTBOX_SIZE = 256;
const LONGEST_ANSWER = 64;
/** Bytes of output that are quoted at once. */
const PIECE = 2_048;

const SIGNATURE = "rackpod";

export class RFC2217Connection implements Connection, TelnetHandler {
	#options: ConnectionOptions;
	#tcp: TCP;
	#outlet: Outlet;
	#reader = new TelnetReader(this);
	#port: ComPort;
	/** What we do, and what the peer does. */
	#ours: Negotiation;
	#theirs: Negotiation;
	#readable = 0;
	/** Read but not yet dealt with: buffer[at .. end). */
	#at = 0;
	#end = 0;
	#outbox = new Uint8Array(OUTBOX_SIZE);
	#queued = 0;
	#quoted = new Uint8Array(PIECE * 2);
	/** The peer has gone; what he sent before still counts. */
	#ended = false;
	#open = true;
	#resume: () => void;

	constructor(options: ConnectionOptions) {
		const { from, tcp, line, time, onReadable, onWritable, onFault } = options;
		this.#options = options;
		const send = (verb: number, option: number): void => this.#queue([IAC, verb, option]);
		this.#ours = new Negotiation({ allowed: [BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT], yes: WILL, no: WONT, send });
		this.#theirs = new Negotiation({ allowed: [BINARY, SUPPRESS_GO_AHEAD, COM_PORT], yes: DO, no: DONT, send });
		this.#resume = guarded("rfc2217.resume", onFault, () => {
			this.#flush();
			onReadable();
			onWritable();
		});
		this.#port = new ComPort({
			line,
			time,
			signature: SIGNATURE,
			send: bytes => this.#subnegotiate(bytes),
			onReady: () => void time.after(0, this.#resume)
		});
		this.#tcp = new tcp({
			from,
			nodelay: true,
			onReadable: guarded("rfc2217.readable", onFault, (count: number) => {
				this.#readable = count;
				onReadable();
			}),
			onWritable: guarded("rfc2217.writable", onFault, (count: number) => {
				this.#outlet.announce(count);
				this.#resume();
			}),
			onError: guarded("rfc2217.error", onFault, () => {
				// everything was read, and a socket that has ended should not be kept (base/io.ts)
				this.#tcp.close();
				this.#ended = true;
				this.#readable = this.#queued = 0;
				this.#outlet.announce(0);
				onReadable();
			})
		});
		this.#outlet = new Outlet(this.#tcp);
		// a plain telnet leaves its line mode for these, and its CR NUL
		for (const option of [BINARY, ECHO, SUPPRESS_GO_AHEAD])
			this.#ours.offer(option);
		this.#theirs.offer(BINARY);
		this.#flush();
	}

	read(room: number): Uint8Array | undefined {
		while (this.#open && !this.#port.busy) {
			if (this.#queued > OUTBOX_SIZE - LONGEST_ANSWER)
				this.#flush();
			if (this.#queued > OUTBOX_SIZE - LONGEST_ANSWER)
				break;
			if (this.#at === this.#end && !this.#fill())
				break;
			const count = this.#reader.read(this.#options.buffer.subarray(this.#at, this.#end), room);
			if (count === 0)
				break;
			this.#at += count;
			if (this.#reader.data)
				return this.#reader.data;
		}
		this.#flush();
		if (this.#ended && this.#at === this.#end && !this.#port.busy)
			this.#options.onLeft();
		return undefined;
	}

	/** Half of the room: every byte may be a 0xFF. There is none while a part of an answer waits. */
	get writable(): number {
		return this.#port.suspended ? 0 : Math.min(this.#outlet.room >> 1, PIECE);
	}

	write(bytes: Uint8Array): void {
		if (bytes.indexOf(IAC) < 0)
			this.#outlet.write(bytes);
		else
			this.#outlet.write(this.#quoted.subarray(0, quote(bytes, this.#quoted)));
		this.#options.onActivity();
		this.#port.notify();
		this.#flush();
	}

	close(): void {
		this.#open = false;
		this.#tcp.close();
	}

	negotiate(verb: number, option: number): void {
		const before = this.#theirs.isOn(COM_PORT);
		if (verb === DO)
			this.#ours.asked(option);
		else if (verb === DONT)
			this.#ours.declined(option);
		else if (verb === WILL)
			this.#theirs.asked(option);
		else
			this.#theirs.declined(option);
		if (!before && this.#theirs.isOn(COM_PORT))
			this.#port.sendModemState();
	}

	subnegotiation(bytes: Uint8Array): void {
		if (this.#theirs.isOn(COM_PORT) || this.#ours.isOn(COM_PORT))
			this.#port.receive(bytes);
	}

	command(code: number): void {
		if (code === BREAK)
			this.#port.sendBreak(TYPICAL_BREAK, () => {});
	}

	/** The next bytes from the socket; false when there are none. */
	#fill(): boolean {
		const { buffer, onActivity } = this.#options;
		const count = Math.min(this.#readable, buffer.length);
		if (count <= 0)
			return false;
		this.#tcp.read(buffer.subarray(0, count));
		this.#readable -= count;
		this.#at = 0;
		this.#end = count;
		onActivity();
		return true;
	}

	#subnegotiate(bytes: readonly number[]): void {
		this.#queue([IAC, SB, ...bytes.flatMap(byte => byte === IAC ? [IAC, IAC] : [byte]), IAC, SE]);
	}

	/** There is room: `read` sees to it, and `write` queues at most one answer, to an empty outbox. */
	#queue(bytes: readonly number[]): void {
		if (this.#ended)
			return;
		this.#outbox.set(bytes, this.#queued);
		this.#queued += bytes.length;
	}

	#flush(): void {
		const count = Math.min(this.#queued, this.#outlet.room);
		if (count <= 0 || !this.#open)
			return;
		this.#outlet.write(this.#outbox.subarray(0, count));
		this.#outbox.copyWithin(0, count, this.#queued);
		this.#queued -= count;
	}
}

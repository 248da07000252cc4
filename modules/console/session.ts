/**
 * One console client: bytes both ways between its connection and the serial port.
 *
 * Camera to client: collected until the camera is quiet for `gap` ms, `size` bytes wait, or the oldest waits for `cap` ms.
 * Existing clients look for a prompt in each chunk they receive, so a chunk should end where the camera's answer ends. The log's
 * ring is the buffer: what a slow client has not taken in time is counted as lost, and it goes on with the oldest byte there is.
 *
 * Client to camera: its bytes are taken only when the serial port has room, so that TCP's flow control holds the client back.
 * Nothing is dropped. While somebody else has claimed the port the client's input waits and it reads along.
 */
import type { OnDefect } from "base/guard";
import type { TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import type { Line, LineUser } from "uart/line";
import type { UART } from "uart/uart";
import type { ConsoleConnection, ConnectionOwner } from "./protocol";
import type { Candidate } from "./queue";

export interface SessionLimits {
	/** Milliseconds of silence after which the camera's output is sent. */
	readonly gap: number;
	/** Bytes that are sent without waiting for silence. */
	readonly size: number;
	/** Milliseconds after which output is sent though the camera does not fall silent. */
	readonly cap: number;
}

/** What a session belongs to: the bridge. */
export interface SessionHost {
	readonly uart: UART;
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly onDefect: OnDefect;
	readonly limits: SessionLimits;
	readonly scratch: Uint8Array;
	/** Bytes went either way. */
	activity(): void;
	/** Gives the line to `session`; false when it has it already. */
	takeOver(session: Session): boolean;
	/** The client closed the connection or it failed. */
	left(session: Session): void;
}

export class Session implements ConnectionOwner, LineUser {
	/** Which connection since start; the first is 1. */
	readonly id: number;
	/** Which of the host's places it has. */
	readonly place: number;
	/** Whose connection it is, for people: address and port. */
	readonly address: string;
	readonly port: number;
	/** Time.now() when it began. */
	readonly connectedAt: number;
	/** Bytes to the client and from it. */
	sent = 0;
	received = 0;
	readonly line: Line;
	/** For the host: when a client that reads along has stayed long enough. */
	stayed: Alarm | undefined;
	private readonly host: SessionHost;
	private readonly connection: ConsoleConnection;
	/** Absolute log offset up to which output shall be sent as soon as the socket takes it. */
	private due: number;
	/** When the oldest and the newest byte after `due` arrived. */
	private first = 0;
	private last = 0;
	private alarm: Alarm | undefined;
	private open = true;

	/** `memory`: the connection's, as much as the protocol asks for. */
	constructor(host: SessionHost, { from, address, port, protocol, id }: Candidate, memory: Uint8Array, place: number) {
		this.host = host;
		this.id = id;
		this.place = place;
		this.address = address;
		this.port = port;
		this.connectedAt = host.time.now();
		this.line = host.uart.join(this);
		this.due = this.line.received.position;
		try {
			this.connection = new protocol.connection(this, from, memory);
		}
		catch (error) {
			this.line.release();
			throw error;
		}
	}

	get name(): string {
		return `bridge ${this.address}`;
	}

	/** Bytes the client missed because it fell a whole ring behind. */
	get lost(): number {
		return this.line.received.lost;
	}

	/** The client has gone, and only what it sent before keeps the session. */
	get ended(): boolean {
		return this.connection.ended;
	}

	get tcp(): TCPConstructor {
		return this.host.tcp;
	}

	get time(): Time {
		return this.host.time;
	}

	get onDefect(): OnDefect {
		return this.host.onDefect;
	}

	get scratch(): Uint8Array {
		return this.host.scratch;
	}

	/** Really closes the connection; input not yet read from it is gone. Harmless twice. */
	close(): void {
		if (!this.open)
			return;
		this.open = false;
		this.host.time.cancel(this.alarm);
		this.host.time.cancel(this.stayed);
		this.alarm = this.stayed = undefined;
		this.line.release();
		this.connection.close();
	}

	/** Client to camera. Input takes the line over. */
	readable(): void {
		while (this.open) {
			const bytes = this.connection.read(this.line.room);
			if (bytes) {
				this.line.write(bytes);
				this.received += bytes.length;
			}
			else if (!this.open || !this.connection.waiting || !this.takeOver())
				return;
		}
	}

	/** Camera to client. */
	writable(): void {
		const { received } = this.line;
		while (this.open) {
			// looked at even when the client takes nothing: this is where what it misses is counted
			const due = this.due - received.position;
			const { writable } = this.connection;
			if (due <= 0 || writable <= 0)
				return;
			const bytes = received.span(Math.min(due, writable));
			this.connection.write(bytes);
			received.skip(bytes.length);
			this.sent += bytes.length;
		}
	}

	onWritable(): void {
		this.readable();
	}

	/** Bytes arrived from the camera. */
	onReceive(): void {
		if (!this.open)
			return;
		const { time, limits } = this.host;
		this.last = time.now();
		if (!this.alarm) {
			this.first = this.last;
			this.alarm = time.after(Math.min(limits.gap, limits.cap), ripen, this);
		}
		if (this.line.log.end - this.due >= limits.size)
			this.send();
	}

	left(): void {
		if (!this.open)
			return;
		this.close();
		this.host.left(this);
	}

	activity(): void {
		this.host.activity();
	}

	takeOver(): boolean {
		return this.host.takeOver(this);
	}

	/** For `ripen`. One alarm at a time: when it fires too early because more bytes came, it is set again for the rest. */
	ripen(): void {
		const { time, limits } = this.host;
		this.alarm = undefined;
		const now = time.now();
		const ripe = Math.min(this.last + limits.gap, this.first + limits.cap);
		if (now >= ripe)
			this.send();
		else
			this.alarm = time.after(ripe - now, ripen, this);
	}

	private send(): void {
		this.host.time.cancel(this.alarm);
		this.alarm = undefined;
		this.due = this.line.log.end;
		this.writable();
	}
}

function ripen(session: Session): void {
	try {
		session.ripen();
	}
	catch (error) {
		session.onDefect("bridge.alarm", error);
	}
}

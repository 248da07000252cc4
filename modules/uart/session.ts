/**
 * One console client: bytes both ways between his connection and the serial port.
 *
 * Camera to client: collected until the camera is quiet for `gap` ms, `size` bytes wait, or the oldest waits for `cap` ms.
 * Existing clients look for a prompt in each chunk they receive, so a chunk should end where the camera's answer ends. The log's
 * ring is the buffer: what a slow client has not taken in time is counted as lost, and he goes on with the oldest byte there is.
 *
 * Client to camera: his bytes are taken only when the serial port has room, so that TCP's flow control holds the client back.
 * Nothing is dropped. While somebody else has claimed the port the client's input waits and he watches.
 */
import { guarded, type Report } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import type { Connection, ConnectionConstructor } from "./connection";
import type { Line, UART } from "./uart";

export interface SessionLimits {
	/** Milliseconds of silence after which the camera's output is sent. */
	readonly gap: number;
	/** Bytes that are sent without waiting for silence. */
	readonly size: number;
	/** Milliseconds after which output is sent though the camera does not fall silent. */
	readonly cap: number;
}

export interface SessionOptions {
	/** As Listener.read returned it. */
	from: TCP;
	/** Whose connection it is, for people: address and port. */
	address: string;
	/** The port of the peer. */
	port: number;
	/** Which connection since start, the first is 1. */
	id: number;
	tcp: TCPConstructor;
	/** How the bytes travel. */
	connection: ConnectionConstructor;
	uart: UART;
	time: Time;
	limits: SessionLimits;
	/** Scratch space for the client's input. */
	buffer: Uint8Array;
	/** Bytes went either way. */
	onActivity: () => void;
	/** The client closed the connection or it failed. Not called after `close`. */
	onLeft: () => void;
	onFault: Report;
}

export class Session {
	readonly address: string;
	readonly port: number;
	readonly id: number;
	/** Time.now() at the start. */
	readonly since: number;
	/** Bytes to the client and from him. */
	sent = 0;
	received = 0;
	#connection: Connection;
	#line: Line;
	#time: Time;
	#limits: SessionLimits;
	#onLeft: () => void;
	/** Absolute log offset up to which output shall be sent as soon as the socket takes it. */
	#due: number;
	/** When the oldest and the newest byte after #due arrived. */
	#first = 0;
	#last = 0;
	#alarm: Alarm | undefined;
	#tick: () => void;
	#open = true;

	constructor({ from, address, port, id, tcp, connection, uart, time, limits, buffer, onActivity, onLeft, onFault }: SessionOptions) {
		this.address = address;
		this.port = port;
		this.id = id;
		this.since = time.now();
		this.#time = time;
		this.#limits = limits;
		this.#onLeft = onLeft;
		this.#tick = guarded("bridge.alarm", onFault, () => this.#ripen());
		this.#line = uart.join({ name: `bridge ${address}`, onReceive: () => this.#collect(), onWritable: () => this.#toCamera() });
		this.#due = this.#line.received.position;
		try {
			this.#connection = new connection({
				from,
				tcp,
				line: this.#line,
				time,
				buffer,
				onReadable: () => this.#toCamera(),
				onWritable: () => this.#toClient(),
				onLeft: () => this.#left(),
				onActivity,
				onFault
			});
		}
		catch (error) {
			this.#line.release();
			throw error;
		}
	}

	/** Bytes the client missed because he fell a whole ring behind. */
	get lost(): number {
		return this.#line.received.lost;
	}

	/** Really closes the connection; input not yet read from it is gone. Harmless twice. */
	close(): void {
		if (!this.#open)
			return;
		this.#open = false;
		this.#time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#line.release();
		this.#connection.close();
	}

	#left(): void {
		if (!this.#open)
			return;
		this.close();
		this.#onLeft();
	}

	#toCamera(): void {
		while (this.#open) {
			const bytes = this.#connection.read(this.#line.room);
			if (!bytes)
				return;
			this.#line.write(bytes);
			this.received += bytes.length;
		}
	}

	/** Bytes arrived from the camera. */
	#collect(): void {
		const now = this.#time.now();
		this.#last = now;
		if (!this.#alarm) {
			this.#first = now;
			this.#alarm = this.#time.after(Math.min(this.#limits.gap, this.#limits.cap), this.#tick);
		}
		if (this.#line.log.end - this.#due >= this.#limits.size)
			this.#send();
	}

	/** One alarm at a time: when it fires too early because more bytes came, it is set again for the rest. */
	#ripen(): void {
		this.#alarm = undefined;
		const now = this.#time.now();
		const ripe = Math.min(this.#last + this.#limits.gap, this.#first + this.#limits.cap);
		if (now >= ripe)
			this.#send();
		else
			this.#alarm = this.#time.after(ripe - now, this.#tick);
	}

	#send(): void {
		this.#time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#due = this.#line.log.end;
		this.#toClient();
	}

	#toClient(): void {
		const { received } = this.#line;
		while (this.#open) {
			// looked at even when the client takes nothing: this is where what he misses is counted
			const due = this.#due - received.position;
			const { writable } = this.#connection;
			if (due <= 0 || writable <= 0)
				return;
			const bytes = received.span(Math.min(due, writable));
			this.#connection.write(bytes);
			received.skip(bytes.length);
			this.sent += bytes.length;
		}
	}
}

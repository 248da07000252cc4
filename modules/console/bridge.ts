/**
 * The serial port on TCP: one port with raw 8-bit bytes, no telnet, no in-band control, and another with RFC 2217.
 *
 * One client has the line. A newcomer to a free line has it at once; while somebody has it a newcomer, to whichever port, reads along
 * and takes over with its first byte or, since clients may wait for the camera to speak first, when it has stayed for a second. So whoever
 * only looks whether the port is open disturbs nobody, and a dead client never blocks the next. Who takes over closes the connections
 * of all that came before it. A client gets only what the camera says after it connected; for what came before there is the log. When
 * the one that has the line leaves, the baud rate is 115200 again.
 *
 * Memory: for three clients, taken once. Who comes while so many are there is told so in one line of text, and closed. A few may wait
 * a moment for that: clients that come and go quickly are often seen all at once, the newest before the ends of those before it.
 */
import type { Door } from "base/door";
import type { OnDefect } from "base/guard";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { RFC2217Connection } from "rfc2217/connection";
import { CONNECTION_MEMORY, RawConnection, SCRATCH_MEMORY, type ConnectionConstructor } from "./connection";
import { Session, type SessionHost, type SessionLimits } from "./session";
import type { UART } from "../uart/uart";

export interface BridgeLimits extends SessionLimits {
	/** Milliseconds without activity of the pod's user, of any kind, after which a client is disconnected; 0: never. */
	readonly idle: number;
	/** Milliseconds after which a client that only reads along takes over. */
	readonly stay: number;
}

/** From pod-contract and measurements with existing clients: gaps of 10 to 50 ms and caps up to 200 ms work, sending at once does not. */
export const BRIDGE_LIMITS: BridgeLimits = Object.freeze({ gap: 10, size: 1_400, cap: 100, idle: 600_000, stay: 1_000 });

/** Connections at a time: the one that has the line, and newcomers, none of which stays one for longer than `stay`. */
const PLACES = 3;

/** Connections that wait at a time for one of the places, and for how many milliseconds at most. */
const WAITING = 4;
const PATIENCE = 200;

/** Who waits. Its addresses are asked at once (base/io.ts says why). */
class Candidate {
	readonly from: TCP;
	readonly connection: ConnectionConstructor;
	readonly address: string;
	readonly port: number;
	readonly id: number;
	readonly until: number;

	constructor(from: TCP, connection: ConnectionConstructor, id: number, until: number) {
		const { remoteAddress = "?", remotePort = 0 } = from;
		this.from = from;
		this.connection = connection;
		this.address = `${remoteAddress}:${remotePort}`;
		this.port = remotePort;
		this.id = id;
		this.until = until;
	}
}

export interface BridgeOptions {
	io: ListenerConstructor;
	tcp: TCPConstructor;
	/** 9000 on the pod; 0 for any free port. */
	port: number;
	/** 9001 on the pod; 0 for any free port, and no RFC 2217 when absent. */
	rfc2217Port?: number;
	/** Every address when absent. */
	address?: string;
	time: Time;
	uart: UART;
	/** Open to everybody when absent. */
	door?: Door;
	limits?: Partial<BridgeLimits>;
	/** Gives the buffers' memory, once; the engine's when absent. */
	allocate?: (bytes: number) => Uint8Array;
	onDefect: OnDefect;
}

export class Bridge implements SessionHost {
	/** Connections since start; takeovers; connections turned away for want of a place or of memory; those closed for idleness. */
	connections = 0;
	takeovers = 0;
	refusals = 0;
	idleCloses = 0;
	readonly uart: UART;
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly onDefect: OnDefect;
	limits: BridgeLimits;
	private readonly memory: Uint8Array;
	private readonly door: Door | undefined;
	private readonly listener: Listener;
	private readonly rfc2217: Listener | undefined;
	/** In the order in which they came. */
	private sessions: Session[] = [];
	private waiting: Candidate[] = [];
	private settles: Alarm | undefined;
	/** Who has the line. */
	private holder: Session | undefined;
	private active = 0;
	private alarm: Alarm | undefined;

	constructor({ io, tcp, port, rfc2217Port, address, time, uart, door, limits, allocate = bytes => new Uint8Array(bytes), onDefect }: BridgeOptions) {
		this.door = door;
		this.tcp = tcp;
		this.uart = uart;
		this.time = time;
		this.limits = { ...BRIDGE_LIMITS, ...limits };
		this.onDefect = onDefect;
		this.memory = allocate(SCRATCH_MEMORY + PLACES * CONNECTION_MEMORY);
		const where = address === undefined ? {} : { address };
		this.listener = new io({ ...where, port, target: this, onReadable: acceptRaw });
		if (rfc2217Port !== undefined)
			this.rfc2217 = new io({ ...where, port: rfc2217Port, target: this, onReadable: acceptRFC2217 });
	}

	/** The port of raw bytes. */
	get port(): number {
		return this.listener.port;
	}

	/** The port of RFC 2217. */
	get rfc2217Port(): number | undefined {
		return this.rfc2217?.port;
	}

	/** The client that has the line. */
	get client(): Readonly<Pick<Session, "address" | "port" | "id" | "since" | "sent" | "received" | "lost">> | undefined {
		return this.holder;
	}

	/** How many clients read along and will soon take over, or wait for a place to do so. */
	get newcomers(): number {
		return this.sessions.length - (this.holder ? 1 : 0) + this.waiting.length;
	}

	/** For Session. */
	get scratch(): Uint8Array {
		return this.memory.subarray(0, SCRATCH_MEMORY);
	}

	/** The pod's user did something, here or elsewhere (staging, TFTP, fastboot): the idle time begins anew. */
	activity(): void {
		this.active = this.time.now();
	}

	/** Milliseconds of idleness that are allowed from now on, also to the client that is connected; 0: any. */
	set idleLimit(milliseconds: number) {
		this.limits = { ...this.limits, idle: milliseconds };
		this.checkIdle();
	}

	/** Disconnects everybody and stops listening. Harmless twice. */
	close(): void {
		this.listener.close();
		this.rfc2217?.close();
		this.time.cancel(this.settles);
		for (const { from } of this.waiting)
			from.close();
		for (const session of this.sessions)
			session.close();
		if (this.holder)
			this.uart.resetBaud();
		this.sessions = [];
		this.waiting = [];
		this.holder = undefined;
		this.checkIdle();
	}

	/** Disconnects the newest client, for want of memory. False when there is none. */
	shed(): boolean {
		const newest = this.sessions[this.sessions.length - 1];
		newest?.left();
		return newest !== undefined;
	}

	/** For the listeners' callbacks. */
	accept(listener: Listener, connection: ConnectionConstructor, count: number): void {
		for (; count > 0; count--) {
			const from = listener.read();
			try {
				this.begin(from, connection);
			}
			catch (error) {
				this.onDefect("bridge.accept", error);
				from.close();
			}
		}
	}

	takeOver(session: Session): boolean {
		const { holder } = this;
		if (session === holder)
			return false;
		this.time.cancel(session.stayed);
		session.stayed = undefined;
		const from = this.sessions.indexOf(session);
		const before = this.sessions.slice(0, from);
		this.sessions = this.sessions.slice(from);
		this.holder = session;
		for (const other of before)
			other.close();
		this.placeFree();
		session.line.takeOver();
		if (holder) {
			this.takeovers++;
			this.uart.resetBaud();
		}
		this.activity();
		this.checkIdle();
		return true;
	}

	left(session: Session): void {
		this.sessions = this.sessions.filter(other => other !== session);
		this.placeFree();
		if (session !== this.holder)
			return;
		this.holder = undefined;
		this.uart.resetBaud();
		const next = this.sessions[this.sessions.length - 1];
		if (next)
			this.takeOver(next);
		else
			this.checkIdle();
	}

	/** For `idled`: disconnects a client that was idle for too long, or sets the time to look again. */
	checkIdle(): void {
		this.time.cancel(this.alarm);
		this.alarm = undefined;
		const { idle } = this.limits;
		if (!this.holder || idle === 0)
			return;
		const left = this.active + idle - this.time.now();
		if (left > 0) {
			this.alarm = this.time.after(left, idled, this);
			return;
		}
		this.idleCloses++;
		this.holder.left();
	}

	private begin(from: TCP, connection: ConnectionConstructor): void {
		if (this.door?.admits(from.localAddress) === false)
			return from.close();
		const id = ++this.connections;
		if (this.door?.hasRoom() === false)
			return this.refuse(from, "the pod's own memory is nearly full");
		const candidate = new Candidate(from, connection, id, this.time.now() + PATIENCE);
		const place = this.waiting.length > 0 ? -1 : this.freePlace();
		if (place >= 0)
			this.seat(candidate, place);
		else if (this.waiting.length < WAITING) {
			this.waiting.push(candidate);
			this.settles ??= this.time.after(PATIENCE, settled, this);
		}
		else
			this.refuse(from, "too many connections to the console at once");
	}

	/** For `settled`: those who wait get a place in the order in which they came, or a line when their time is up. */
	settle(): void {
		this.settles = undefined;
		while (this.waiting.length > 0) {
			const candidate = this.waiting[0]!;
			const place = this.freePlace();
			if (place < 0 && this.time.now() < candidate.until) {
				this.settles = this.time.after(candidate.until - this.time.now(), settled, this);
				return;
			}
			this.waiting.shift();
			try {
				if (place >= 0)
					this.seat(candidate, place);
				else
					this.refuse(candidate.from, "too many connections to the console at once");
			}
			catch (error) {
				this.onDefect("bridge.settle", error);
				candidate.from.close();
			}
		}
	}

	private seat({ from, connection, address, port, id }: Candidate, place: number): void {
		const start = SCRATCH_MEMORY + place * CONNECTION_MEMORY;
		const session = new Session(this, { from, address, port, connection, memory: this.memory.subarray(start, start + CONNECTION_MEMORY), place, id });
		this.sessions.push(session);
		if (!this.holder || this.holder.ended)
			this.takeOver(session);
		else
			session.stayed = this.time.after(this.limits.stay, stayed, session);
	}

	/** Somebody may have waited for that. */
	private placeFree(): void {
		if (this.waiting.length === 0)
			return;
		this.time.cancel(this.settles);
		this.settles = this.time.after(0, settled, this);
	}

	/** -1 when there is none. */
	private freePlace(): number {
		for (let place = 0; place < PLACES; place++) {
			if (this.sessions.every(session => session.place !== place))
				return place;
		}
		return -1;
	}

	private refuse(from: TCP, reason: string): void {
		this.refusals++;
		const socket = new this.tcp({ from });
		try {
			socket.write(ArrayBuffer.fromString(`rackpod: ${reason}; GET /uart/log?since=${this.uart.log.end} reads along without one\r\n`));
		}
		catch {
			// it has gone already: write throws then (base/io.ts)
		}
		socket.close();
	}
}

function acceptRaw(this: Listener, count: number): void {
	accept(this, RawConnection, count);
}

function acceptRFC2217(this: Listener, count: number): void {
	accept(this, RFC2217Connection, count);
}

function accept(listener: Listener, connection: ConnectionConstructor, count: number): void {
	const bridge = listener.target as Bridge;
	try {
		bridge.accept(listener, connection, count);
	}
	catch (error) {
		bridge.onDefect("bridge.accept", error);
	}
}

function stayed(session: Session): void {
	try {
		session.stayed = undefined;
		session.takeOver();
	}
	catch (error) {
		session.onDefect("bridge.stay", error);
	}
}

function settled(bridge: Bridge): void {
	try {
		bridge.settle();
	}
	catch (error) {
		bridge.onDefect("bridge.settle", error);
	}
}

function idled(bridge: Bridge): void {
	try {
		bridge.checkIdle();
	}
	catch (error) {
		bridge.onDefect("bridge.idle", error);
	}
}

/**
 * The serial port on TCP: one port for each protocol, such as raw bytes and RFC 2217.
 *
 * One client has the line. A newcomer to a free line has it at once; while somebody has it a newcomer, to whichever port, reads along
 * and takes over with its first byte or, since clients may wait for the camera to speak first, when it has stayed for a second. So whoever
 * only looks whether the port is open disturbs nobody, and a dead client never blocks the next. Who takes over closes the connections
 * of all that came before it. A client gets only what the camera says after it connected; for what came before there is the log. When
 * the one that has the line leaves, the baud rate is 115200 again.
 *
 * Memory: for three clients, taken once. Who comes while so many are there may wait a moment (queue.ts), or is told so in one line of text,
 * and closed.
 */
import type { Door } from "base/door";
import type { OnDefect } from "base/guard";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "base/io";
import { Refusal } from "base/refusal";
import type { Alarm, Time } from "base/time";
import type { UART } from "uart/uart";
import type { Protocol } from "./protocol";
import { Candidate, Queue, type QueueOwner } from "./queue";
import { Session, type SessionHost, type SessionLimits } from "./session";

export interface BridgeLimits extends SessionLimits {
	/** Milliseconds without activity of the pod's user, of any kind, after which a client is disconnected; 0: never. */
	readonly idle: number;
	/** Milliseconds after which a client that only reads along takes over. */
	readonly stay: number;
}

/** Measured with existing clients: gaps of 10 to 50 ms and caps up to 200 ms work, sending at once does not. */
const BRIDGE_LIMITS: BridgeLimits = Object.freeze({ gap: 10, size: 1_400, cap: 100, idle: 600_000, stay: 1_000 });

/** Connections at a time: the one that has the line, and newcomers, none of which stays one for longer than `stay`. */
const PLACES = 3;

export interface BridgePort {
	/** 0 for any free port. */
	readonly port: number;
	readonly protocol: Protocol;
}

export interface BridgeOptions {
	io: ListenerConstructor;
	tcp: TCPConstructor;
	/** Each protocol has one. */
	ports: readonly BridgePort[];
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

/** A port that listens. */
class Entrance {
	readonly bridge: Bridge;
	readonly protocol: Protocol;
	readonly listener: Listener;

	constructor(bridge: Bridge, io: ListenerConstructor, { port, protocol }: BridgePort, address: { address?: string }) {
		this.bridge = bridge;
		this.protocol = protocol;
		this.listener = new io({ ...address, port, target: this, onReadable: accept });
	}
}

export class Bridge implements SessionHost, QueueOwner {
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
	/** What all connections share, and each place's, one after the other. */
	private readonly memory: Uint8Array;
	private readonly scratchSize: number;
	private readonly placeSize: number;
	private readonly door: Door | undefined;
	private readonly entrances: readonly Entrance[];
	private readonly queue = new Queue(this);
	/** In the order in which they came. */
	private sessions: Session[] = [];
	/** Who has the line. */
	private holder: Session | undefined;
	private active = 0;
	private alarm: Alarm | undefined;

	constructor({ io, tcp, ports, address, time, uart, door, limits, allocate = bytes => new Uint8Array(bytes), onDefect }: BridgeOptions) {
		this.door = door;
		this.tcp = tcp;
		this.uart = uart;
		this.time = time;
		this.limits = { ...BRIDGE_LIMITS, ...limits };
		this.onDefect = onDefect;
		this.placeSize = Math.max(...ports.map(({ protocol }) => protocol.memory));
		this.scratchSize = Math.max(...ports.map(({ protocol }) => protocol.scratch));
		this.memory = allocate(this.scratchSize + PLACES * this.placeSize);
		this.entrances = ports.map(port => new Entrance(this, io, port, address === undefined ? {} : { address }));
	}

	/** Where `protocol` is spoken. */
	portOf(protocol: Protocol): number | undefined {
		return this.entrances.find(entrance => entrance.protocol === protocol)?.listener.port;
	}

	/** The client that has the line. */
	get client(): Readonly<Pick<Session, "address" | "port" | "id" | "connectedAt" | "sent" | "received" | "lost">> | undefined {
		return this.holder;
	}

	/** How many clients read along and will soon take over, or wait for a place to do so. */
	get newcomers(): number {
		return this.sessions.length - (this.holder ? 1 : 0) + this.queue.length;
	}

	/** For Session. */
	get scratch(): Uint8Array {
		return this.memory.subarray(0, this.scratchSize);
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
		for (const { listener } of this.entrances)
			listener.close();
		this.queue.close();
		for (const session of this.sessions)
			session.close();
		if (this.holder)
			this.uart.resetBaud();
		this.sessions = [];
		this.holder = undefined;
		this.checkIdle();
	}

	/** Disconnects the newest client, for want of memory. False when there is none. */
	shed(): boolean {
		const newest = this.sessions[this.sessions.length - 1];
		newest?.left();
		return newest !== undefined;
	}

	/** For `accept`. */
	accept({ listener, protocol }: Entrance, count: number): void {
		for (; count > 0; count--) {
			const from = listener.read();
			try {
				this.begin(from, protocol);
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
		this.queue.placeFree();
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
		this.queue.placeFree();
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

	private begin(from: TCP, protocol: Protocol): void {
		if (this.door?.admits(from.localAddress) === false)
			return from.close();
		const id = ++this.connections;
		if (this.door?.hasRoom() === false)
			return this.refuse(from, `the pod's own memory is nearly full; ${this.uart.readAlong("one")}`);
		try {
			this.door?.check?.();
		}
		catch (error) {
			if (!(error instanceof Refusal))
				throw error;
			return this.refuse(from, error.message);
		}
		this.queue.join(new Candidate(from, protocol, id, this.time.now()));
	}

	/** For Queue. */
	seat(candidate: Candidate, place: number): void {
		const start = this.scratchSize + place * this.placeSize;
		const memory = this.memory.subarray(start, start + candidate.protocol.memory);
		const session = new Session(this, candidate, memory, place);
		this.sessions.push(session);
		if (!this.holder || this.holder.ended)
			this.takeOver(session);
		else
			session.stayed = this.time.after(this.limits.stay, stayed, session);
	}

	/** For Queue. */
	freePlace(): number {
		for (let place = 0; place < PLACES; place++) {
			if (this.sessions.every(session => session.place !== place))
				return place;
		}
		return -1;
	}

	/** For Queue. */
	turnAway({ from }: Candidate): void {
		this.refuse(from, `too many connections to the console at once; ${this.uart.readAlong("one")}`);
	}

	private refuse(from: TCP, reason: string): void {
		this.refusals++;
		const socket = new this.tcp({ from });
		try {
			socket.write(ArrayBuffer.fromString(`rackpod: ${reason}\r\n`));
		}
		catch {
			// it has gone already: write throws then (base/io.ts)
		}
		socket.close();
	}
}

function accept(this: Listener, count: number): void {
	const entrance = this.target as Entrance;
	try {
		entrance.bridge.accept(entrance, count);
	}
	catch (error) {
		entrance.bridge.onDefect("bridge.accept", error);
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

function idled(bridge: Bridge): void {
	try {
		bridge.checkIdle();
	}
	catch (error) {
		bridge.onDefect("bridge.idle", error);
	}
}

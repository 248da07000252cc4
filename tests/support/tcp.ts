/**
 * A simulated TCP network in virtual time, as hard on its users as lwIP is (modules/base/io.ts): new data is announced once, reads
 * beyond what was announced and writes of nothing or beyond the send buffer throw (the latter also out of VirtualTime.advance(), because who writes
 * may take it for a lost client), onError comes when everything was read but nothing can be written from the FIN on, too many writes
 * at a time are lost, and a socket closed with unread bytes resets the connection, which loses what is still on its way. Callbacks
 * come only from VirtualTime.advance().
 *
 *     const network = new Network({ time });
 *     new HTTPServer({ io: network.Listener, tcp: network.TCP, port: 80, ... });
 *     const peer = network.connect(80);
 *     peer.send("GET / HTTP/1.1\r\n\r\n");
 *     time.advance(0);
 *     peer.text
 */
import type { Bytes, Listener, ListenerConstructor, ListenerOptions, TCP, TCPConstructor, TCPOptions } from "base/io";
import type { VirtualTime } from "./clock.ts";
import { bytesOf, joined, textOf } from "./strings.ts";

export interface NetworkOptions {
	time: VirtualTime;
	/** Bytes a socket takes before the peer has taken some. Default 5744, as lwIP. */
	sendBuffer?: number;
	/** Writes that can wait in a socket; the next one is lost, and the connection with it. Default: any number. */
	writes?: number;
	/** Bytes that wait in a socket unread at most. Default 5744. */
	receiveWindow?: number;
	/** How many of `left` bytes the next segment to the pod carries. Default: all. */
	segment?: (left: number) => number;
	/** Milliseconds that data, a FIN or an acknowledgement takes. Default 0. */
	latency?: number;
	/** Whether an accepted socket tells its room at once, which nobody may rely on. Default true. */
	writableAtStart?: boolean;
}

export class Network {
	readonly TCP: TCPConstructor;
	readonly Listener: ListenerConstructor;
	readonly options: Required<NetworkOptions>;
	/** While true, the pod gets no socket: the constructor throws. */
	broken = false;
	/** Sockets the pod has not closed. */
	readonly sockets = new Set<Wire>();
	#listeners = new Map<number, SimListener>();
	#nextPort = 40_000;

	constructor(options: NetworkOptions) {
		this.options = { sendBuffer: 5_744, writes: Infinity, receiveWindow: 5_744, segment: left => left, writableAtStart: true, latency: 0, ...options };
		const network = this;
		this.TCP = class extends SimTCP {
			constructor(options: TCPOptions) {
				if (network.broken)
					throw new Error("no memory");
				super(options);
			}
		};
		this.Listener = class extends SimListener {
			constructor(options: ListenerOptions) {
				super(network, options);
			}
		};
	}

	/** For SimListener. */
	listen(listener: SimListener, port: number): number {
		const bound = port || this.#nextPort++;
		if (this.#listeners.has(bound))
			throw new Error("port in use");
		this.#listeners.set(bound, listener);
		return bound;
	}

	/** Whether somebody listens there. */
	listens(port: number): boolean {
		return this.#listeners.has(port);
	}

	/** For SimListener. */
	unlisten(port: number): void {
		this.#listeners.delete(port);
	}

	/** The pod is gone, as after a loss of its power: nobody listens, and its connections are reset. */
	crash(): void {
		for (const listener of [...this.#listeners.values()])
			listener.close();
		for (const wire of [...this.sockets])
			wire.podCrashed();
	}

	/** A client connects to the pod at the interface that has the address `local`. Throws when nobody listens. */
	connect(port: number, address = "10.0.0.2", local = "10.0.0.1"): Peer {
		const listener = this.#listeners.get(port);
		if (!listener?.hears(local))
			throw new Error("connection refused");
		const wire = new Wire(this, address, local, this.#nextPort++);
		this.sockets.add(wire);
		listener.arrive(wire);
		return wire.peer;
	}
}

/** The client's end, in the test's hands. */
export class Peer {
	/** Bytes the client takes at a time; 0: none for now. */
	window = Infinity;
	/** The pod has closed. */
	closed = false;
	/** The pod's end has reset the connection. */
	reset = false;
	/** Called when something has come, has been taken, or has ended. */
	onChange: (() => void) | undefined;
	#wire: Wire;
	#parts: Uint8Array[] = [];

	constructor(wire: Wire) {
		this.#wire = wire;
	}

	/** The client's own port. */
	get port(): number {
		return this.#wire.port;
	}

	/** Everything the pod sent. */
	get received(): Uint8Array {
		this.#parts = [joined(this.#parts)];
		return this.#parts[0]!;
	}

	/** The same as text, one character per byte. */
	get text(): string {
		return textOf(this.received);
	}

	/** Bytes sent that the pod has not read. */
	get unread(): number {
		return this.#wire.inFlight + this.#wire.arrived;
	}

	/** Forgets what was received, and returns it. */
	takeBytes(): Uint8Array {
		const { received } = this;
		this.#parts = [];
		return received;
	}

	/** Forgets what was received, and returns it as text. */
	take(): string {
		const text = this.text;
		this.#parts = [];
		return text;
	}

	send(data: string | Uint8Array): void {
		this.#wire.fromPeer(typeof data === "string" ? bytesOf(data) : data);
	}

	/** Takes `window` bytes at a time from now on. */
	open(window = Infinity): void {
		this.window = window;
		this.#wire.kick();
	}

	/** FIN. */
	end(): void {
		this.#wire.finish();
	}

	/** RST. */
	abort(): void {
		this.#wire.abort();
	}

	/** RST that the pod has not noticed yet: reading what was announced fails. */
	vanish(): void {
		this.#wire.vanish();
	}

	/** RST that the pod has not noticed yet: what it was announced can be read, what it writes is lost. FIN or RST make it notice. */
	drop(): void {
		this.#wire.drop();
	}

	/** For Wire. */
	deliver(bytes: Uint8Array): void {
		this.#parts.push(bytes);
		this.onChange?.();
	}
}

/** What lies between the two ends. */
class Wire {
	readonly peer: Peer;
	readonly network: Network;
	readonly address: string;
	/** The pod's interface by which it came. */
	readonly local: string;
	readonly port: number;
	/** The pod's socket with callbacks. */
	socket: SimTCP | undefined;
	/** Bytes in the pod's socket, and how many of them it knows of. */
	arrived = 0;
	announced = 0;
	#toPod: Uint8Array[] = [];
	#waiting: Uint8Array[] = [];
	#toPeer: Uint8Array[] = [];
	#queued = 0;
	#finished = false;
	#podClosed = false;
	/** The peer has reset the connection. */
	#reset = false;
	/** The connection is over, but perhaps not everything was read. */
	#ended = false;
	#over = false;
	#kicked = false;
	#grew = false;

	constructor(network: Network, address: string, local: string, port: number) {
		this.network = network;
		this.address = address;
		this.local = local;
		this.port = port;
		this.peer = new Peer(this);
	}

	/** Bytes on their way to the pod. */
	get inFlight(): number {
		return this.#toPod.reduce((sum, part) => sum + part.length, 0);
	}

	/** Bytes the pod can write now. */
	get room(): number {
		return this.network.options.sendBuffer - this.#queued;
	}

	fromPeer(bytes: Uint8Array): void {
		if (this.#podClosed) {
			this.peer.reset = true;
			this.peer.onChange?.();
			return;
		}
		let rest = bytes;
		while (rest.length > 0) {
			const count = Math.max(1, Math.min(rest.length, this.network.options.segment(rest.length)));
			this.#toPod.push(rest.slice(0, count));
			rest = rest.subarray(count);
		}
		this.kick();
	}

	finish(): void {
		this.#finished = true;
		this.kick();
	}

	abort(): void {
		this.drop();
		this.#waiting = [];
		this.arrived = this.announced = 0;
		this.finish();
	}

	vanish(): void {
		this.#waiting = [];
	}

	drop(): void {
		this.#reset = true;
		this.#toPod = [];
		this.#toPeer = [];
	}

	/** Moves data when time goes on. */
	kick(): void {
		if (this.#kicked || this.#over)
			return;
		this.#kicked = true;
		this.network.options.time.after(this.network.options.latency, () => {
			this.#kicked = false;
			this.#move();
		});
	}

	attached(socket: SimTCP): void {
		this.socket = socket;
		this.#grew = this.arrived > 0;
		if (this.network.options.writableAtStart)
			this.network.options.time.after(0, () => this.socket?.callWritable(this.room));
		this.kick();
	}

	read(view: Uint8Array): void {
		if (view.length > this.announced)
			throw new Error("invalid: read " + view.length + " of " + this.announced);
		let at = 0;
		while (at < view.length) {
			const part = this.#waiting[0];
			if (!part)
				throw new Error("connection lost");
			const count = Math.min(part.length, view.length - at);
			view.set(part.subarray(0, count), at);
			at += count;
			if (count === part.length)
				this.#waiting.shift();
			else
				this.#waiting[0] = part.subarray(count);
		}
		this.arrived -= at;
		this.announced -= at;
		this.kick();
		this.peer.onChange?.();
	}

	write(bytes: Uint8Array): number | undefined {
		if (this.#ended)
			throw new Error("not ready");
		if (bytes.length === 0 || bytes.length > this.room) {
			const error = new Error("would block: wrote " + bytes.length + " into " + this.room);
			this.network.options.time.after(0, () => {
				throw error;
			});
			throw error;
		}
		if (this.#reset)
			return undefined;
		if (this.#toPeer.length >= this.network.options.writes) {
			this.finish();
			return undefined;
		}
		this.#toPeer.push(bytes.slice());
		this.#queued += bytes.length;
		this.kick();
		return this.room;
	}

	podClosed(): void {
		this.#podClosed = true;
		this.network.sockets.delete(this);
		if (this.arrived + this.#toPod.length > 0) {
			this.peer.reset = true;
			this.#toPeer = [];
		}
		this.socket = undefined;
		this.kick();
		if (this.peer.reset)
			this.peer.onChange?.();
	}

	/** Without a FIN: what the peer sends next is answered by a reset, which comes here at once. */
	podCrashed(): void {
		this.#toPeer = [];
		this.peer.reset = true;
		this.podClosed();
	}

	#move(): void {
		this.#deliverToPeer();
		if (this.#podClosed) {
			if (this.#toPeer.length === 0) {
				this.#over = this.peer.closed = true;
				this.peer.onChange?.();
			}
			return;
		}
		const segment = this.#toPod[0];
		if (segment && this.socket && (this.arrived === 0 || this.arrived + segment.length <= this.network.options.receiveWindow)) {
			this.#toPod.shift();
			this.#waiting.push(segment);
			this.arrived += segment.length;
			this.#grew = true;
		}
		this.#ended ||= this.#finished && this.#toPod.length === 0;
		if (this.#grew && this.socket) {
			this.#grew = false;
			this.announced = this.arrived;
			if (this.#toPod.length > 0)
				this.kick();
			this.socket.callReadable(this.announced);
		}
		if (this.#ended && this.arrived === 0 && this.socket) {
			this.#over = true;
			this.socket.callError();
		}
	}

	#deliverToPeer(): void {
		let budget = this.peer.window;
		let taken = 0;
		while (budget > 0 && this.#toPeer.length > 0) {
			const part = this.#toPeer[0]!;
			const count = Math.min(part.length, budget);
			this.peer.deliver(part.subarray(0, count));
			budget -= count;
			taken += count;
			if (count === part.length)
				this.#toPeer.shift();
			else
				this.#toPeer[0] = part.subarray(count);
		}
		if (taken === 0)
			return;
		this.#queued -= taken;
		if (this.#toPeer.length > 0)
			this.kick();
		this.socket?.callWritable(this.room);
	}
}

class SimTCP implements TCP {
	readonly target: unknown;
	#wire: Wire | undefined;
	#options: TCPOptions;

	/** With a wire: a socket without callbacks, as Listener.read returns it. */
	constructor(options: TCPOptions, wire?: Wire) {
		this.#options = options;
		this.target = options.target;
		if (wire) {
			this.#wire = wire;
			return;
		}
		if (!(options.from instanceof SimTCP))
			throw new Error("the simulated network has no outgoing connections");
		this.#wire = options.from.#move();
		this.#wire.attached(this);
	}

	get remoteAddress(): string | undefined {
		return this.#open().address;
	}

	get localAddress(): string | undefined {
		return this.#open().local;
	}

	get remotePort(): number | undefined {
		return this.#open().port;
	}

	read(view: Uint8Array): number {
		this.#open().read(view);
		return view.length;
	}

	write(bytes: Bytes): number | undefined {
		return this.#open().write(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
	}

	close(): void {
		const wire = this.#wire;
		this.#wire = undefined;
		wire?.podClosed();
	}

	callReadable(count: number): void {
		this.#options.onReadable?.call(this, count);
	}

	callWritable(count: number): void {
		if (this.#wire)
			this.#options.onWritable?.call(this, count);
	}

	callError(): void {
		if (this.#wire)
			this.#options.onError?.call(this);
	}

	#open(): Wire {
		if (!this.#wire)
			throw new SyntaxError("closed");
		return this.#wire;
	}

	#move(): Wire {
		const wire = this.#open();
		this.#wire = undefined;
		return wire;
	}
}

class SimListener implements Listener {
	readonly target: unknown;
	readonly port: number;
	#network: Network;
	#options: ListenerOptions;
	#pending: Wire[] = [];
	#closed = false;

	constructor(network: Network, options: ListenerOptions) {
		this.#network = network;
		this.#options = options;
		this.target = options.target;
		this.port = network.listen(this, options.port);
	}

	/** Whether it listens at this address of the pod's. */
	hears(local: string): boolean {
		const { address = "0.0.0.0" } = this.#options;
		return address === "0.0.0.0" || address === local;
	}

	arrive(wire: Wire): void {
		this.#pending.push(wire);
		this.#network.options.time.after(0, () => {
			if (!this.#closed && this.#pending.length > 0)
				this.#options.onReadable.call(this, this.#pending.length);
		});
	}

	read(): TCP {
		if (this.#closed)
			throw new SyntaxError("closed");
		const wire = this.#pending.shift();
		if (!wire)
			throw new Error("nothing is pending");
		return new SimTCP({}, wire);
	}

	close(): void {
		if (this.#closed)
			return;
		this.#closed = true;
		this.#network.unlisten(this.port);
		for (const wire of this.#pending)
			wire.podClosed();
	}
}

/**
 * A simulated UDP network in virtual time: hosts with addresses, and everything a real network does to datagrams: loses them,
 * makes two of one, lets them overtake each other, delays them. Replays from a seed.
 *
 * `network.at("192.168.1.1")` is a UDP class as modules take it in `{io: UDP}`, with the semantics of modules/base/io.ts. Unicast goes from any
 * host to any other. Broadcasts stay on their wire: that of an address is its first three numbers, and all hosts have the mask 255.255.255.0.
 */
import type { Bytes, Packet, UDP, UDPConstructor, UDPOptions } from "base/io";
import type { Time } from "base/time";
import { seededRandom, type Random } from "../../simulator/random.ts";

/** What a path does to each datagram. Probabilities are 0 to 1. */
export interface Faults {
	/** Is lost. */
	loss?: number;
	/** Arrives twice. */
	duplicate?: number;
	/** Is held back by up to `hold` milliseconds, so that later ones overtake it. */
	reorder?: number;
	/** Milliseconds; 20 when absent. */
	hold?: number;
	/** Milliseconds every datagram takes. */
	delay?: number;
	/** Milliseconds that come on top by chance. Reorders. */
	jitter?: number;
}

export interface Datagram {
	readonly from: string;
	readonly fromPort: number;
	readonly to: string;
	readonly toPort: number;
	readonly bytes: Uint8Array;
}

export class Network {
	/** Sees every datagram as it is sent; false loses it. */
	filter: ((datagram: Datagram) => boolean) | undefined;
	/** Sockets that may still be opened before the constructor throws. */
	sockets = Infinity;
	/** Writes throw. */
	jammed = false;
	sent = 0;
	lost = 0;
	/** Arrived where nobody listened. */
	unreachable = 0;
	readonly #time: Time;
	readonly #random: Random;
	readonly #bound = new Map<string, Socket>();
	readonly #paths = new Map<string, Faults>();
	#ephemeral = 49152;

	constructor(time: Time, seed = 1) {
		this.#time = time;
		this.#random = seededRandom(seed);
	}

	/** Open sockets. */
	get open(): number {
		return this.#bound.size;
	}

	/** From now on the way from `from` to `to` is like this; "*" is any address without a path of its own. */
	path(from: string, to: string, faults: Faults): void {
		this.#paths.set(`${from}>${to}`, faults);
	}

	/** The UDP class of the host with this address, or of the interface of a host. "0.0.0.0": a host on `wire` that has no address yet. */
	at(address: string, wire = wireOf(address)): UDPConstructor {
		const network = this;
		return class extends Socket {
			constructor(options: UDPOptions) {
				super(network, [address], wire, options);
			}
		};
	}

	/** The UDP class of a host that has several interfaces, one on each wire: a socket is at the one it is bound to, or at all. */
	host(...addresses: string[]): UDPConstructor {
		const network = this;
		return class extends Socket {
			constructor(options: UDPOptions) {
				const { address = "0.0.0.0" } = options;
				super(network, address === "0.0.0.0" ? addresses : [address], wireOf(address), options);
			}
		};
	}

	/** Every socket at one of these addresses is gone, and says nothing more. */
	crash(...addresses: string[]): void {
		for (const socket of new Set(this.#bound.values())) {
			if (socket.addresses.some(address => addresses.includes(address)))
				socket.close();
		}
	}

	/** @internal `addresses`: a host's, unlike any other's. */
	bind(socket: Socket, addresses: readonly string[], port: number): number {
		if (this.sockets-- <= 0)
			throw new Error("no more sockets");
		const taken = (): boolean => addresses.some(address => this.#bound.has(`${address}:${port}`));
		if (port === 0) {
			do {
				port = this.#ephemeral;
				this.#ephemeral = port === 65535 ? 49152 : port + 1;
			} while (taken());
		}
		else if (taken())
			throw new Error("port in use");
		for (const address of addresses)
			this.#bound.set(`${address}:${port}`, socket);
		return port;
	}

	/** @internal */
	unbind(addresses: readonly string[], port: number): void {
		for (const address of addresses)
			this.#bound.delete(`${address}:${port}`);
	}

	/** @internal */
	send(socket: Socket, to: string, toPort: number, bytes: Uint8Array): void {
		const from = socket.addressFor(to);
		const { port: fromPort } = socket;
		if (this.jammed)
			throw new Error("no buffer");
		if (isBroadcast(to) && !socket.broadcast)
			throw new Error("no broadcasts were asked for");
		this.sent++;
		if (this.filter?.({ from, fromPort, to, toPort, bytes }) === false) {
			this.lost++;
			return;
		}
		const path = this.#paths.get(`${from}>${to}`) ?? this.#paths.get(`${from}>*`) ?? this.#paths.get(`*>${to}`) ?? this.#paths.get("*>*");
		if (!path) {
			this.#carry(0, socket, to, toPort, bytes);
			return;
		}
		if (this.#random() < (path.loss ?? 0)) {
			this.lost++;
			return;
		}
		const copies = this.#random() < (path.duplicate ?? 0) ? 2 : 1;
		for (let copy = 0; copy < copies; copy++) {
			let delay = (path.delay ?? 0) + this.#random() * (path.jitter ?? 0);
			if (this.#random() < (path.reorder ?? 0))
				delay += this.#random() * (path.hold ?? 20);
			this.#carry(delay, socket, to, toPort, bytes);
		}
	}

	#carry(delay: number, from: Socket, to: string, toPort: number, bytes: Uint8Array): void {
		const { port, wire } = from;
		const address = from.addressFor(to);
		const packet = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
		this.#time.after(delay, () => {
			const sockets = isBroadcast(to) ? this.#hearers(from, to, toPort, wire) : [this.#bound.get(`${to}:${toPort}`)];
			for (const socket of sockets) {
				if (socket)
					socket.deliver(Object.assign(packet.slice(0), { address, port }), isBroadcast(to) ? socket.addressFor(address) : to);
				else
					this.unreachable++;
			}
		});
	}

	#hearers(from: Socket, to: string, port: number, wire: string): Socket[] {
		const net = to === ALL ? wire : wireOf(to);
		return [...this.#bound.values()].filter(socket => socket !== from && socket.broadcast && socket.port === port && socket.wire === wire && wire === net);
	}
}

const ALL = "255.255.255.255";

function wireOf(address: string): string {
	return address.slice(0, address.lastIndexOf("."));
}

function isBroadcast(address: string): boolean {
	return address.endsWith(".255");
}

/** Sockets of hosts without an address so far: each is a host of its own. */
let nameless = 0;

class Socket implements UDP {
	readonly port: number;
	localAddress = "";
	readonly target: unknown;
	readonly addresses: readonly string[];
	readonly wire: string;
	readonly broadcast: boolean;
	#network: Network | undefined;
	readonly #hosts: readonly string[];
	readonly #onReadable: (this: UDP, count: number) => void;
	readonly #queue: { packet: Packet; localAddress: string }[] = [];

	constructor(network: Network, addresses: readonly string[], wire: string, options: UDPOptions) {
		this.#network = network;
		this.addresses = addresses;
		this.wire = wire;
		this.broadcast = options.broadcast ?? false;
		this.#hosts = addresses.map(address => address === "0.0.0.0" ? `${wire}/${nameless++}` : address);
		this.#onReadable = options.onReadable;
		this.target = options.target;
		this.port = network.bind(this, this.#hosts, options.port ?? 0);
	}

	read(): Packet | undefined {
		this.#opened();
		const next = this.#queue.shift();
		if (next)
			this.localAddress = next.localAddress;
		return next?.packet;
	}

	write(bytes: Bytes, address: string, port: number): void {
		this.#opened().send(this, address, port, bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
	}

	close(): void {
		this.#network?.unbind(this.#hosts, this.port);
		this.#network = undefined;
	}

	/** @internal The one of its addresses that it speaks from to `there`: on the same wire, where it has one there. */
	addressFor(there: string): string {
		return this.addresses.find(address => wireOf(address) === wireOf(there)) ?? this.addresses[0]!;
	}

	/** @internal `localAddress`: of the interface by which it comes in. */
	deliver(packet: Packet, localAddress: string): void {
		this.#queue.push({ packet, localAddress });
		this.#onReadable.call(this, this.#queue.length);
	}

	#opened(): Network {
		if (!this.#network)
			throw new SyntaxError("closed");
		return this.#network;
	}
}

/**
 * A simulated UDP network in virtual time: hosts with addresses, and everything a real network does to datagrams: loses them,
 * makes two of one, lets them overtake each other, delays them. Replays from a seed.
 *
 * `network.at("192.168.1.1")` is a UDP class as modules take it in `{io: UDP}`, with the semantics of modules/base/io.ts.
 */
import type { Bytes, Packet, UDP, UDPConstructor, UDPOptions } from "base/io";
import type { Time } from "base/time";

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

/** Numbers from 0 to 1 (exclusive) that look random and are always the same for one seed (xorshift32). */
export function seeded(seed: number): () => number {
	let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 0x100000000;
	};
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
	readonly #random: () => number;
	readonly #bound = new Map<string, Socket>();
	readonly #paths = new Map<string, Faults>();
	#ephemeral = 49152;

	constructor(time: Time, seed = 1) {
		this.#time = time;
		this.#random = seeded(seed);
	}

	/** Open sockets. */
	get open(): number {
		return this.#bound.size;
	}

	/** From now on the way from `from` to `to` is like this; "*" is any address without a path of its own. */
	path(from: string, to: string, faults: Faults): void {
		this.#paths.set(`${from}>${to}`, faults);
	}

	/** The UDP class of the host with this address. */
	at(address: string): UDPConstructor {
		const network = this;
		return class extends Socket {
			constructor(options: UDPOptions) {
				super(network, address, options);
			}
		};
	}

	/** @internal */
	bind(socket: Socket, address: string, port: number): number {
		if (this.sockets-- <= 0)
			throw new Error("no more sockets");
		if (port === 0) {
			do {
				port = this.#ephemeral;
				this.#ephemeral = port === 65535 ? 49152 : port + 1;
			} while (this.#bound.has(`${address}:${port}`));
		}
		else if (this.#bound.has(`${address}:${port}`))
			throw new Error("port in use");
		this.#bound.set(`${address}:${port}`, socket);
		return port;
	}

	/** @internal */
	unbind(address: string, port: number): void {
		this.#bound.delete(`${address}:${port}`);
	}

	/** @internal */
	send(from: string, fromPort: number, to: string, toPort: number, bytes: Uint8Array): void {
		if (this.jammed)
			throw new Error("no buffer");
		this.sent++;
		if (this.filter?.({ from, fromPort, to, toPort, bytes }) === false) {
			this.lost++;
			return;
		}
		const path = this.#paths.get(`${from}>${to}`) ?? this.#paths.get(`${from}>*`) ?? this.#paths.get(`*>${to}`) ?? this.#paths.get("*>*");
		if (!path) {
			this.#carry(0, from, fromPort, to, toPort, bytes);
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
			this.#carry(delay, from, fromPort, to, toPort, bytes);
		}
	}

	#carry(delay: number, from: string, fromPort: number, to: string, toPort: number, bytes: Uint8Array): void {
		const packet = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
		this.#time.after(delay, () => {
			const socket = this.#bound.get(`${to}:${toPort}`);
			if (socket)
				socket.deliver(Object.assign(packet, { address: from, port: fromPort }));
			else
				this.unreachable++;
		});
	}
}

class Socket implements UDP {
	readonly port: number;
	readonly target: unknown;
	#network: Network | undefined;
	readonly #address: string;
	readonly #onReadable: (this: UDP, count: number) => void;
	readonly #queue: Packet[] = [];

	constructor(network: Network, address: string, options: UDPOptions) {
		this.#network = network;
		this.#address = address;
		this.#onReadable = options.onReadable;
		this.target = options.target;
		this.port = network.bind(this, address, options.port ?? 0);
	}

	read(): Packet | undefined {
		this.#opened();
		return this.#queue.shift();
	}

	write(bytes: Bytes, address: string, port: number): void {
		this.#opened().send(this.#address, this.port, address, port, bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
	}

	close(): void {
		this.#network?.unbind(this.#address, this.port);
		this.#network = undefined;
	}

	/** @internal */
	deliver(packet: Packet): void {
		this.#queue.push(packet);
		this.#onReadable.call(this, this.#queue.length);
	}

	#opened(): Network {
		if (!this.#network)
			throw new SyntaxError("closed");
		return this.#network;
	}
}

/**
 * The camera's Ethernet as its programs see it: UDP towards the pod, which is 192.168.1.1 on the camera's wire, and broadcasts there.
 * Loss and latency can be added, from a seed. Not for what carries the datagrams: datagram-network.ts, and tests have their own.
 */
import type { Time } from "../../modules/base/time.ts";
import type { Random } from "../random.ts";

export interface Datagram {
	bytes: Uint8Array;
	port: number;
}

export interface Endpoint {
	/** To the pod; `everybody`: to all on the wire, for sockets without an address only. */
	send(bytes: Uint8Array, port: number, everybody?: boolean): void;
	close(): void;
}

/** What carries datagrams to and from the pod. */
export interface Network {
	/**
	 * `port` is the camera's own; `receive` is called from the event loop. With `addressed` false it is a host that has no address yet: it
	 * speaks from 0.0.0.0, and hears broadcasts (RFC 2131 section 4.1).
	 */
	open(port: number, receive: (datagram: Datagram) => void, addressed?: boolean): Endpoint;
}

/** The pod's address on the camera's wire, and its TFTP port there. */
export const POD = "192.168.1.1";
export const TFTP_PORT = 69;

/** A cable with faults between the camera and `network`. All of them can be changed while it is in use. */
export class Cable implements Network {
	/** Unplugged: nothing passes. */
	plugged = true;
	/** The part of packets that is lost, 0..1, each direction. */
	loss: number;
	/** Milliseconds each way. */
	latency: number;
	#network: Network;
	#time: Time;
	#random: Random;

	constructor(network: Network, time: Time, random: Random, { loss = 0, latency = 0 }: { loss?: number; latency?: number } = {}) {
		this.#network = network;
		this.#time = time;
		this.#random = random;
		this.loss = loss;
		this.latency = latency;
	}

	open(port: number, receive: (datagram: Datagram) => void, addressed = true): Endpoint {
		let closed = false;
		const inner = this.#network.open(port, datagram => this.#pass(() => !closed && receive(datagram)), addressed);
		return {
			send: (bytes, port, everybody) => this.#pass(() => inner.send(bytes, port, everybody)),
			close: () => {
				closed = true;
				if (this.latency)
					this.#time.after(this.latency, () => inner.close());
				else
					inner.close();
			}
		};
	}

	#pass(deliver: () => void): void {
		if (!this.plugged || (this.loss && this.#random() < this.loss))
			return;
		if (this.latency)
			this.#time.after(this.latency, deliver);
		else
			deliver();
	}
}

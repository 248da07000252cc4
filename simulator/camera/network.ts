/**
 * The camera's Ethernet as its programs see it: one UDP socket at a time towards the pod, which is 192.168.1.1 on the camera's wire.
 * Loss and latency can be added, from a seed. Not for what carries the datagrams: datagram-network.ts, and tests have their own.
 */
import type { Time } from "../../modules/base/time.ts";
import type { Random } from "./random.ts";

export interface Datagram {
	bytes: Uint8Array;
	port: number;
}

export interface Endpoint {
	send(bytes: Uint8Array, port: number): void;
	close(): void;
}

/** What carries datagrams to and from the pod. */
export interface Network {
	/** `port` is the camera's own; `receive` is called from the event loop. */
	open(port: number, receive: (datagram: Datagram) => void): Endpoint;
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

	open(port: number, receive: (datagram: Datagram) => void): Endpoint {
		let closed = false;
		const inner = this.#network.open(port, datagram => this.#pass(() => !closed && receive(datagram)));
		return {
			send: (bytes, port) => this.#pass(() => inner.send(bytes, port)),
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

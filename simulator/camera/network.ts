/**
 * The camera's Ethernet as its programs see it: one UDP socket at a time towards the pod. The pod is 192.168.1.1 on the camera's
 * wire; `DatagramNetwork` maps it to where the simulated pod's TFTP server really listens. Loss and latency can be added, from a seed.
 */
import { createSocket, type Socket } from "node:dgram";
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
const TFTP_PORT = 69;

export class DatagramNetwork implements Network {
	#host: string;
	#port: number;

	/** Where the TFTP server really is. */
	constructor(host: string, port: number) {
		this.#host = host;
		this.#port = port;
	}

	open(port: number, receive: (datagram: Datagram) => void): Endpoint {
		let socket: Socket;
		let closed = false;
		let bound = false;
		let waiting: Datagram[] = [];
		/** Given to Node, which sends a little later. What is on the wire arrives though its sender has gone. */
		let leaving = 0;
		const send = ({ bytes, port }: Datagram): void => {
			leaving++;
			socket.send(bytes, port === TFTP_PORT ? this.#port : port, this.#host, () => {
				leaving--;
				finish();
			});
		};
		const finish = (): void => {
			if (closed && bound && !leaving)
				socket.close();
		};
		const bind = (port: number): void => {
			socket = createSocket("udp4");
			socket.on("listening", () => {
				bound = true;
				waiting.forEach(send);
				waiting = [];
				finish();
			});
			socket.on("message", (bytes, { port }) => !closed && receive({ bytes, port: port === this.#port ? TFTP_PORT : port }));
			// the camera's port may be taken on this machine: any other one will do. Later errors are lost packets.
			socket.on("error", () => {
				if (bound || port === 0)
					return;
				socket.close();
				bind(0);
			});
			socket.bind(port, this.#host === "127.0.0.1" ? "127.0.0.1" : undefined);
		};
		bind(port);
		return {
			send: (bytes, port) => {
				if (bound)
					send({ bytes, port });
				else
					waiting.push({ bytes, port });
			},
			close: () => {
				if (closed)
					return;
				closed = true;
				finish();
			}
		};
	}
}

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

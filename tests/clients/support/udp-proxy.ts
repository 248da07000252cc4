/**
 * A bad network between TFTP clients and a server on this machine: a UDP proxy that loses, repeats, swaps and delays. Every server port
 * (RFC 1350's transfer identifier) has a port of its own on the client's side, so that both ends see what they would see without it.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { FaultyPath, type Faults } from "../../../simulator/qemu/faults.ts";

const HOST = "127.0.0.1";

export class UdpProxy {
	/** Where clients send their requests. */
	readonly port: number;
	/** Datagrams that arrived here, in either direction. */
	datagrams = 0;
	/** Of these, those that were not one of before again, by opcode and block: on a busy machine either end repeats itself. */
	readonly different = new Set<number>();
	/** What the server answered first. */
	answer: Buffer | undefined;
	#front: Socket;
	#server: number;
	#host: string;
	#faults: Faults;
	#sockets: Socket[] = [];
	/** By the client's port: what the server sees in its place. */
	#backs = new Map<number, Socket>();

	/** @param server port on this machine, at its address `host` */
	static async open(server: number, faults: Faults, host = HOST): Promise<UdpProxy> {
		const front = createSocket("udp4");
		front.bind(0, HOST);
		await once(front, "listening");
		return new UdpProxy(front, server, faults, host);
	}

	private constructor(front: Socket, server: number, faults: Faults, host: string) {
		this.#front = front;
		this.#server = server;
		this.#host = host;
		this.#faults = faults;
		this.#sockets.push(front);
		this.port = front.address().port;
		front.on("message", (bytes, { port }) => {
			const back = this.#backs.get(port) ?? this.#back(port);
			this.#pass(this.#path(front), bytes, () => back.send(bytes, server, host));
		});
	}

	close(): void {
		for (const socket of this.#sockets.splice(0))
			socket.close();
	}

	#back(client: number): Socket {
		const back = this.#socket();
		this.#backs.set(client, back);
		/** By the server's port. */
		const fronts = new Map<number, Socket>([[this.#server, this.#front]]);
		back.on("message", (bytes, { port }) => {
			this.answer ??= bytes;
			let front = fronts.get(port);
			if (!front) {
				front = this.#socket();
				fronts.set(port, front);
				const path = this.#path(front);
				front.on("message", (answer, from) => {
					// somebody else's packet would be answered by the real server's port, too
					const own = from.port === client ? back : this.#backs.get(from.port) ?? this.#back(from.port);
					this.#pass(path, answer, () => own.send(answer, port, this.#host));
				});
			}
			const way = front;
			this.#pass(this.#path(back), bytes, () => way.send(bytes, client, HOST));
		});
		return back;
	}

	#paths = new Map<Socket, FaultyPath>();

	/** One for all that arrives at `socket`; numbered in the order of their first datagrams. */
	#path(socket: Socket): FaultyPath {
		let path = this.#paths.get(socket);
		if (!path)
			this.#paths.set(socket, path = new FaultyPath(this.#faults, this.#paths.size));
		return path;
	}

	#pass(path: FaultyPath, bytes: Buffer, deliver: () => void): void {
		this.datagrams++;
		this.different.add(bytes.readUInt32BE(0));
		path.pass(() => {
			if (this.#sockets.length)
				deliver();
		});
	}

	#socket(): Socket {
		const socket = createSocket("udp4");
		socket.on("error", () => {}); // its end has gone: on a wire the datagram would be lost as well
		this.#sockets.push(socket);
		return socket;
	}
}

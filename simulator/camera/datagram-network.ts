/**
 * UDP of this computer as the camera's network: maps the pod of the camera's wire to where the simulated pod's TFTP server really listens.
 * There is nobody else on the wire: a broadcast goes to the pod. The pod's own broadcasts don't come here.
 */
import { createSocket, type Socket } from "node:dgram";
import { TFTP_PORT, type Datagram, type Endpoint, type Network } from "./network.ts";

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

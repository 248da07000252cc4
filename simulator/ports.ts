/** Whether the ports that a pod shall have can be had. Asked before it starts: its own complaint would be a trace of its engine's stack. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

type Ports = Readonly<Record<string, number | undefined>>;

/**
 * Both have ports by the names of their options; absent or 0: any free one. Throws an error whose message says which can't be had, and why.
 */
export async function checkPorts(address: string, tcp: Ports, udp: Ports): Promise<void> {
	for (const [option, port = 0] of Object.entries(tcp))
		await attempt(address, option, port, () => tryTCP(address, port));
	for (const [option, port = 0] of Object.entries(udp))
		await attempt(address, option, port, () => tryUDP(address, port));
}

async function attempt(address: string, option: string, port: number, bind: () => Promise<void>): Promise<void> {
	try {
		await bind();
	}
	catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		switch (code) {
			case "EADDRINUSE":
				throw new Error(`port ${port} of ${address} is in use by another program, perhaps another pod: give another one with ${option}, or 0 for any free one`);
			case "EACCES":
				throw new Error(`port ${port} of ${address} is not for everybody: give one above 1023 with ${option}`);
			case "EADDRNOTAVAIL":
				throw new Error(`this machine has no address ${address}: give one of its own with --bind, or 0.0.0.0 for all of them`);
		}
		throw new Error(`port ${port} of ${address} can't be had (${option}): ${message}`);
	}
}

function tryTCP(host: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once("error", reject);
		server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
	});
}

function tryUDP(address: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const socket = createSocket("udp4");
		socket.once("error", error => {
			socket.close();
			reject(error);
		});
		socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve()));
	});
}

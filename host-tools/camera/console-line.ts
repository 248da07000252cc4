/**
 * A connection to the pod's console: the camera's serial line as raw bytes over TCP, no telnet, no in-band control.
 *
 * One client at a time: connecting takes the line away from whoever had it.
 */
import type { Socket } from "node:net";
import { Failure, checkInterrupted, textOf } from "../base/failure.ts";
import { sleep, type Clock } from "../base/clock.ts";
import { realNetwork, type Network } from "../pod/network.ts";

/** Raw bytes both ways. What a console needs; tests have their own. */
export interface SerialLine {
	/** Queues bytes for the camera. False when the receiver is behind: wait for `onDrain`. */
	write(bytes: string | Uint8Array): boolean;
	/** Bytes from the camera. */
	onData: (bytes: Uint8Array) => void;
	/** The line is gone; `reason` says why. Not called after `close()`. */
	onClosed: (reason: string) => void;
	onDrain: () => void;
	/** Where in the pod's log stands what comes first on it, or a little before that; where it is known. */
	since?: number;
	close(): void;
}

/** Such a line over TCP. */
export interface ConsoleLine extends SerialLine {
	/** HOST:PORT of this end, as the pod sees it where nothing translates addresses on the way. */
	readonly local: string;
	since: number;
}

/** The pod may be about to hand the line over: a refused connection is tried again. */
const ATTEMPTS = 4;
const PAUSE = 300;
const CONNECT_LIMIT = 5000;

/** Connects. Throws Failure `unreachable`. */
export async function connectConsole(address: { host: string; port: number }, clock: Clock, signal?: AbortSignal,
	network: Network = realNetwork): Promise<ConsoleLine> {
	for (let attempt = 1; ; attempt++) {
		checkInterrupted(signal);
		try {
			return new SocketLine(await open(address, clock, network));
		}
		catch (error) {
			if (attempt === ATTEMPTS)
				throw new Failure("unreachable", `no connection to the pod's console at ${address.host}:${address.port}: ${textOf(error)}`,
					"check --console-port, and that the pod is on this network");
		}
		await sleep(clock, PAUSE, signal);
	}
}

function open(address: { host: string; port: number }, clock: Clock, network: Network): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = network.connect(address).setNoDelay().setKeepAlive(true, 30000);
		const alarm = clock.after(CONNECT_LIMIT, () => socket.destroy(new Error("timed out")));
		socket.once("connect", () => {
			clock.cancel(alarm);
			socket.off("error", reject);
			resolve(socket);
		});
		socket.once("error", error => {
			clock.cancel(alarm);
			reject(error);
		});
	});
}

class SocketLine implements ConsoleLine {
	readonly local: string;
	since = 0;
	onData: (bytes: Uint8Array) => void = () => undefined;
	onClosed: (reason: string) => void = () => undefined;
	onDrain: () => void = () => undefined;
	#socket: Socket;
	#open = true;

	constructor(socket: Socket) {
		this.#socket = socket;
		this.local = `${socket.localAddress}:${socket.localPort}`;
		let reason = "the pod closed it; another client may have taken it over";
		socket.on("data", bytes => this.onData(bytes));
		socket.on("drain", () => this.onDrain());
		socket.on("error", error => {
			reason = error.message;
		});
		socket.on("close", () => {
			if (this.#open)
				this.onClosed(reason);
			this.#open = false;
		});
	}

	write(bytes: string | Uint8Array): boolean {
		return this.#socket.write(bytes);
	}

	close(): void {
		this.#open = false;
		this.#socket.destroySoon();
	}
}

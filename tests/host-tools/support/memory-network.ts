/**
 * A network within this process, in virtual time (tests/support/lab/time.ts): what is written arrives in the next turn of the event loop,
 * and time passes when nobody has anything to do. For a pod's double and those who connect to it: nothing of it waits in real time, and a
 * busy machine changes nothing.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../../host-tools/base/clock.ts";
import { realNetwork, type Network } from "../../../host-tools/pod/network.ts";
import { LabTime } from "../../support/lab/time.ts";
import { VirtualSocket } from "../../support/virtual-socket.ts";

const ADDRESS = "127.0.0.1";

/** One end of a connection. */
class End extends VirtualSocket {
	readonly remoteAddress = ADDRESS;
	override readonly localAddress = ADDRESS;
	override localPort: number;
	remotePort: number;
	other: End | undefined;
	/** Nothing comes any more. */
	#over = false;

	constructor(time: LabTime, localPort: number, remotePort: number) {
		super(time);
		this.localPort = localPort;
		this.remotePort = remotePort;
	}

	connected(other: End): void {
		this.other = other;
		this.connecting = false;
		this.emit("connect");
		this.emit("ready");
	}

	override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
		if (this.connecting) {
			this.once("connect", () => this._write(chunk, _encoding, callback));
			return;
		}
		this.moved();
		soon(this.time, () => {
			const gone = this.other!.destroyed;
			this.other!.arrives(chunk);
			callback(gone ? Object.assign(new Error("write ECONNRESET"), { code: "ECONNRESET" }) : null);
		});
	}

	override _read(): void {
		return;
	}

	override _final(callback: (error?: Error | null) => void): void {
		if (this.connecting) {
			this.once("connect", () => this._final(callback));
			return;
		}
		soon(this.time, () => this.other!.arrives(null));
		callback();
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.unwatch();
		if (this.other)
			soon(this.time, () => this.other!.arrives(null));
		callback(error);
	}

	/** Bytes, or the end. */
	arrives(chunk: Buffer | null): void {
		if (this.#over || this.destroyed)
			return;
		this.moved();
		this.#over = chunk === null;
		this.push(chunk);
	}
}

/** In the next turn of the event loop, before time goes on. */
function soon(time: LabTime, callback: () => void): void {
	time.touch();
	setImmediate(() => {
		time.touch();
		callback();
	});
}

export class MemoryNetwork implements Network {
	readonly #time = new LabTime();
	readonly #listeners = new Map<number, (socket: Socket) => void>();
	#lastPort = 40_000;

	constructor() {
		this.#time.run();
	}

	/** Nothing goes on from here. */
	stop(): void {
		this.#time.stop();
	}

	readonly random = realNetwork.random;
	readonly clock: Clock = {
		now: () => this.#time.now(),
		after: (milliseconds, callback) => this.#time.after(milliseconds, () => {
			this.#time.touch();
			callback();
		}),
		cancel: alarm => this.#time.cancel(alarm)
	};

	/** Returns the port. */
	listen(onConnection: (socket: Socket) => void): number {
		this.#listeners.set(++this.#lastPort, onConnection);
		return this.#lastPort;
	}

	close(port: number): void {
		this.#listeners.delete(port);
	}

	connect = ({ port }: { host?: string; port: number }): Socket => {
		const end = new End(this.#time, ++this.#lastPort, port);
		soon(this.#time, () => {
			const accept = this.#listeners.get(port);
			if (end.destroyed)
				return;
			if (!accept) {
				end.destroy(Object.assign(new Error(`connect ECONNREFUSED ${ADDRESS}:${port}`), { code: "ECONNREFUSED" }));
				return;
			}
			const there = new End(this.#time, port, end.localPort);
			there.connected(end);
			end.connected(there);
			accept(there as unknown as Socket);
		});
		return end as unknown as Socket;
	};
}

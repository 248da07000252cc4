/** A simulated connection as a Node socket, so that the client library and node:http can use it. Knows of net.Socket what they need. */
import type { Socket } from "node:net";
import type { Network } from "../../../host-tools/pod/network.ts";
import type { Peer } from "../tcp.ts";
import { VirtualSocket } from "../virtual-socket.ts";
import { CLIENT, connect, labRandom, labTime } from "./world.ts";

/** Bytes on their way to the pod before the writer has to wait. */
const WAITING = 65_536;

/** Milliseconds to connect. */
const CONNECT = 1;

class LabSocket extends VirtualSocket {
	#peer: Peer | undefined;
	#full: (() => void) | undefined;
	#frozen = false;

	constructor({ host, port }: { host: string; port: number }) {
		super(labTime());
		this.time.touch();
		this.time.after(CONNECT, () => {
			if (this.#frozen || this.destroyed)
				return;
			this.time.touch();
			let peer: Peer;
			try {
				peer = this.#peer = connect(port, CLIENT, host);
			}
			catch (error) {
				this.destroy(error as Error);
				return;
			}
			peer.onChange = () => this.#changed();
			this.connecting = false;
			this.localAddress = CLIENT;
			this.localPort = peer.port;
			this.emit("connect");
			this.emit("ready");
		});
	}

	resetAndDestroy(): this {
		this.#peer?.abort();
		return this.destroy();
	}

	/** Its program was killed: the connection is reset, and nothing comes of it here any more. */
	freeze(): void {
		this.#frozen = true;
		this.unwatch();
		this.#peer?.abort();
	}

	override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
		if (this.#frozen)
			return;
		if (this.connecting) {
			this.once("connect", () => this._write(chunk, _encoding, callback));
			return;
		}
		this.moved();
		this.#peer!.send(new Uint8Array(chunk));
		this.#full = callback;
		this.#changed();
	}

	override _read(): void {
		this.#peer?.open();
	}

	override _final(callback: (error?: Error | null) => void): void {
		if (this.connecting) {
			this.once("connect", () => this._final(callback));
			return;
		}
		this.#peer?.end();
		callback();
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.unwatch();
		if (this.#peer) {
			this.#peer.onChange = undefined;
			this.#peer.end();
		}
		callback(error);
	}

	#changed(): void {
		const peer = this.#peer!;
		if (this.#frozen || this.destroyed)
			return;
		this.time.touch();
		const bytes = peer.takeBytes();
		if (bytes.length > 0) {
			this.moved();
			if (!this.push(Buffer.from(bytes)))
				peer.window = 0;
		}
		if (peer.reset) {
			this.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
			return;
		}
		if (peer.closed)
			this.push(null);
		const full = this.#full;
		if (full && (peer.unread < WAITING || peer.closed)) {
			this.#full = undefined;
			this.moved();
			full();
		}
	}
}

/** The lab's network as one program has it. */
export class LabNetwork implements Network {
	readonly #sockets = new Set<LabSocket>();
	readonly #alarms = new Set<object>();
	#frozen = false;

	connect = (address: { host: string; port: number }): Socket => {
		const socket = new LabSocket(address);
		this.#sockets.add(socket);
		socket.once("close", () => this.#sockets.delete(socket));
		return socket as unknown as Socket;
	};

	readonly clock = {
		now: (): number => labTime().now(),
		after: (milliseconds: number, callback: () => void): object => {
			if (this.#frozen)
				return {};
			labTime().touch();
			const alarm = labTime().after(milliseconds, () => {
				this.#alarms.delete(alarm);
				labTime().touch();
				callback();
			});
			this.#alarms.add(alarm);
			return alarm;
		},
		cancel: (alarm: object | undefined): void => labTime().cancel(alarm)
	};

	readonly random = labRandom;

	/** The program was killed. */
	kill(): void {
		this.#frozen = true;
		for (const alarm of this.#alarms)
			labTime().cancel(alarm);
		for (const socket of this.#sockets)
			socket.freeze();
	}
}

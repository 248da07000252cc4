/** A simulated connection as a Node socket, so that the client library and node:http can use it. Knows of net.Socket what they need. */
import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import type { Network } from "../../../host-tools/pod/network.ts";
import type { Peer } from "../tcp.ts";
import { CLIENT, connect, labRandom, labTime } from "./world.ts";

/** Bytes on their way to the pod before the writer has to wait. */
const WAITING = 65_536;

/** Milliseconds to connect. */
const CONNECT = 1;

class LabSocket extends Duplex {
	connecting = true;
	localAddress: string | undefined;
	localPort: number | undefined;
	#peer: Peer | undefined;
	#full: (() => void) | undefined;
	#idle = 0;
	#idleAlarm: object | undefined;
	#frozen = false;

	constructor({ host, port }: { host: string; port: number }) {
		super({ allowHalfOpen: false });
		labTime().touch();
		labTime().after(CONNECT, () => {
			if (this.#frozen || this.destroyed)
				return;
			labTime().touch();
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

	setNoDelay(): this {
		return this;
	}

	setKeepAlive(): this {
		return this;
	}

	setTimeout(milliseconds: number, callback?: () => void): this {
		if (callback)
			this.once("timeout", callback);
		this.#idle = milliseconds;
		this.#moved();
		return this;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	destroySoon(): void {
		if (this.writable)
			this.end();
		if (this.writableFinished)
			this.destroy();
		else
			this.once("finish", () => this.destroy());
	}

	resetAndDestroy(): this {
		this.#peer?.abort();
		return this.destroy();
	}

	/** Its program was killed: the connection is reset, and nothing comes of it here any more. */
	freeze(): void {
		this.#frozen = true;
		labTime().cancel(this.#idleAlarm);
		this.#peer?.abort();
	}

	override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
		if (this.#frozen)
			return;
		if (this.connecting) {
			this.once("connect", () => this._write(chunk, _encoding, callback));
			return;
		}
		this.#moved();
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
		labTime().cancel(this.#idleAlarm);
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
		labTime().touch();
		const bytes = peer.takeBytes();
		if (bytes.length > 0) {
			this.#moved();
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
			this.#moved();
			full();
		}
	}

	/** A byte has moved. */
	#moved(): void {
		const time = labTime();
		time.cancel(this.#idleAlarm);
		this.#idleAlarm = this.#idle ? time.after(this.#idle, () => {
			time.touch();
			this.emit("timeout");
		}) : undefined;
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

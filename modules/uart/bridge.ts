/**
 * The serial port on TCP: one port with raw 8-bit bytes, no telnet, no in-band control, and another with RFC 2217.
 *
 * One client at a time, and the newest has it: whoever connects, to whichever port, takes over, and the connection of the one before
 * is really closed, so that a dead client never blocks the next. A client gets only what the camera says after he connected; for what
 * came before there is the log. When he leaves, the baud rate is 115200 again.
 */
import { guarded, type Report } from "base/guard";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { RFC2217Connection } from "rfc2217/connection";
import { RawConnection, type ConnectionConstructor } from "./connection";
import { Session, type SessionLimits } from "./session";
import type { UART } from "./uart";

export interface BridgeLimits extends SessionLimits {
	/** Milliseconds without activity of the pod's user, of any kind, after which a client is disconnected; 0: never. */
	readonly idle: number;
}

/** From pod-contract and measurements with existing clients: gaps of 10 to 50 ms and caps up to 200 ms work, sending at once does not. */
export const BRIDGE_LIMITS: BridgeLimits = Object.freeze({ gap: 10, size: 1_400, cap: 100, idle: 600_000 });

export interface BridgeOptions {
	io: ListenerConstructor;
	tcp: TCPConstructor;
	/** 9000 on the pod; 0 for any free port. */
	port: number;
	/** 9001 on the pod; 0 for any free port, and no RFC 2217 when absent. */
	rfc2217Port?: number;
	/** Every address when absent. */
	address?: string;
	time: Time;
	uart: UART;
	/** May who comes in at the interface that has `localAddress` connect? Others are disconnected without a word. Everybody may when absent. */
	admits?: (localAddress: string | undefined) => boolean;
	limits?: Partial<BridgeLimits>;
	onFault: Report;
}

/** How much of a client's input is read at once. */
const INPUT_SIZE = 1_024;

export class Bridge {
	/** Connections accepted since start; those that took over from a client still connected; those closed for idleness. */
	connections = 0;
	takeovers = 0;
	idleCloses = 0;
	#listener: Listener;
	#rfc2217: Listener | undefined;
	#tcp: TCPConstructor;
	#uart: UART;
	#time: Time;
	#admits: ((localAddress: string | undefined) => boolean) | undefined;
	#limits: BridgeLimits;
	#report: Report;
	#buffer = new Uint8Array(INPUT_SIZE);
	#session: Session | undefined;
	#active = 0;
	#alarm: Alarm | undefined;
	#touch = (): void => this.activity();
	#idle: () => void;

	constructor({ io, tcp, port, rfc2217Port, address, time, uart, admits, limits, onFault }: BridgeOptions) {
		this.#admits = admits;
		this.#tcp = tcp;
		this.#uart = uart;
		this.#time = time;
		this.#limits = { ...BRIDGE_LIMITS, ...limits };
		this.#report = onFault;
		this.#idle = guarded("bridge.idle", onFault, () => this.#checkIdle());
		const listen = (at: number, connection: ConnectionConstructor): Listener => {
			const listener = new io({
				port: at,
				...(address === undefined ? {} : { address }),
				onReadable: guarded("bridge.accept", onFault, (count: number) => this.#acceptAll(listener, connection, count))
			});
			return listener;
		};
		this.#listener = listen(port, RawConnection);
		if (rfc2217Port !== undefined)
			this.#rfc2217 = listen(rfc2217Port, RFC2217Connection);
	}

	/** The port of raw bytes. */
	get port(): number {
		return this.#listener.port;
	}

	/** The port of RFC 2217. */
	get rfc2217Port(): number | undefined {
		return this.#rfc2217?.port;
	}

	/** The connected client. */
	get client(): Readonly<Pick<Session, "address" | "port" | "id" | "since" | "sent" | "received" | "lost">> | undefined {
		return this.#session;
	}

	/** The pod's user did something, here or elsewhere (staging, TFTP, fastboot): the idle time begins anew. */
	activity(): void {
		this.#active = this.#time.now();
	}

	/** Milliseconds of idleness that are allowed from now on, also to the client that is connected; 0: any. */
	set idleLimit(milliseconds: number) {
		this.#limits = { ...this.#limits, idle: milliseconds };
		this.#time.cancel(this.#alarm);
		this.#alarm = undefined;
		if (this.#session)
			this.#checkIdle();
	}

	/** Disconnects the client and stops listening. Harmless twice. */
	close(): void {
		this.#listener.close();
		this.#rfc2217?.close();
		this.#disconnect();
	}

	#acceptAll(listener: Listener, connection: ConnectionConstructor, count: number): void {
		for (; count > 0; count--) {
			const from = listener.read();
			try {
				this.#accept(from, connection);
			}
			catch (error) {
				this.#report("bridge.accept", error);
				from.close();
			}
		}
	}

	#accept(from: TCP, connection: ConnectionConstructor): void {
		// base/io.ts says why now and not later
		const { remoteAddress = "?", remotePort = 0, localAddress } = from;
		if (this.#admits?.(localAddress) === false) {
			from.close();
			return;
		}
		this.connections++;
		if (this.#session) {
			this.takeovers++;
			this.#disconnect();
		}
		this.#session = new Session({
			from,
			address: `${remoteAddress}:${remotePort}`,
			port: remotePort,
			id: this.connections,
			tcp: this.#tcp,
			connection,
			uart: this.#uart,
			time: this.#time,
			limits: this.#limits,
			buffer: this.#buffer,
			onActivity: this.#touch,
			onLeft: () => this.#disconnect(),
			onFault: this.#report
		});
		this.activity();
		this.#checkIdle();
	}

	#disconnect(): void {
		const session = this.#session;
		if (!session)
			return;
		this.#session = undefined;
		this.#time.cancel(this.#alarm);
		this.#alarm = undefined;
		session.close();
		this.#uart.resetBaud();
	}

	/** Disconnects a client who was idle for too long, or sets the time to look again. */
	#checkIdle(): void {
		const { idle } = this.#limits;
		if (idle === 0)
			return;
		const left = this.#active + idle - this.#time.now();
		if (left > 0) {
			this.#alarm = this.#time.after(left, this.#idle);
			return;
		}
		this.idleCloses++;
		this.#disconnect();
	}
}

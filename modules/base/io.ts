/**
 * The ECMA-419 IO classes as the firmware uses them: types only.
 *
 * Modules never import an IO class; they are handed one through their options (`{io: UDP, port: 69}`), so the same code runs on
 * the ESP32 (lwIP), on Linux (simulator/host) and on a simulated network in tests. Semantics are those of Moddable's ESP32
 * classes; where ECMA-419 leaves room, the comments here say what every implementation must do.
 *
 * Rules for all of them: `close()` is harmless twice; every other method of a closed instance throws; callbacks are called
 * from the event loop, never from inside a call; an exception that leaves a callback ends the program (guard.ts).
 *
 * `this` of a callback is the IO object. What was given as the option `target` is its own property of that name, so a function of a
 * module, made once, finds the object it works for, and no socket needs closures of its own (five to seventeen slots each).
 */

/** Bytes: all firmware buffers are Uint8Arrays or the ArrayBuffers that UDP.read returns. */
export type Bytes = Uint8Array | ArrayBuffer;

export interface TCP {
	readonly target?: unknown;
	/** Whose connection it is. Known until it is closed, whatever its peer does. */
	readonly remoteAddress: string | undefined;
	readonly remotePort: number | undefined;
	/** The address of the interface by which the connection came in, whatever address of the pod the peer dialled. */
	readonly localAddress: string | undefined;
	/**
	 * Fills `view` completely and returns its length. Throws when the view is larger than what is available
	 * (`onReadable`'s count less what was read since).
	 */
	read(view: Uint8Array): number;
	/**
	 * Queues all of `bytes` or throws. Returns how many more bytes can be written now; undefined when `bytes` is lost because the
	 * peer has reset the connection or the stack has no memory. As soon as the connection is over it throws, and that can be long
	 * before `onError` says so: all received data is announced first. Either way nothing can be sent any more.
	 */
	write(bytes: Bytes): number | undefined;
	close(): void;
}

export interface TCPOptions {
	target?: unknown;
	/** A socket without callbacks, as Listener.read returns it. It moves into the new instance. */
	from?: TCP;
	address?: string;
	port?: number;
	nodelay?: boolean;
	/** Called for NEW data only; `count` is everything available. What is left unread is not announced again by itself. */
	onReadable?: (this: TCP, count: number) => void;
	/** `count` bytes can be written at least. Called after connecting and whenever sent data was taken by the peer. */
	onWritable?: (this: TCP, count: number) => void;
	/**
	 * Closed or failed, after all received data was announced; also when the peer of an accepted connection is gone and nothing is said: it
	 * is asked whether it is there, and doesn't answer, after 35 s on our platforms. No half-close: the peer can't be answered any more. */
	onError?: (this: TCP) => void;
}

export type TCPConstructor = new (options: TCPOptions) => TCP;

export interface Listener {
	readonly target?: unknown;
	/** The bound port, also when port 0 was asked for. */
	readonly port: number;
	/** The next pending connection, without callbacks. Throws when nothing is pending: `onReadable` has counted them. */
	read(): TCP;
	close(): void;
}

export interface ListenerOptions {
	target?: unknown;
	/** 0 means any free port. */
	port: number;
	/** The address to listen on; every address when absent. */
	address?: string;
	/** `count` connections are pending. */
	onReadable: (this: Listener, count: number) => void;
}

export type ListenerConstructor = new (options: ListenerOptions) => Listener;

/** A received datagram. */
export type Packet = ArrayBuffer & {
	/** Whose it is. "0.0.0.0": its sender has no address yet, and can be answered by broadcast only. */
	readonly address: string;
	readonly port: number;
};

export interface UDP {
	readonly target?: unknown;
	/** The bound port, also when port 0 was asked for. */
	readonly port?: number;
	/**
	 * The address of the interface by which the datagram came in that was read last, whatever address it was sent to. Means nothing before
	 * the first. No property of the datagram: most are read by who doesn't ask.
	 */
	readonly localAddress: string;
	/** The next datagram, undefined when there is none. */
	read(): Packet | undefined;
	/** Sends one datagram. Throws when it can't be sent, as a broadcast can't without the option. */
	write(bytes: Bytes, address: string, port: number): void;
	close(): void;
}

export interface UDPOptions {
	target?: unknown;
	/** Absent or 0: any free port. */
	port?: number;
	/** Of one interface: hears only what comes in by that, and speaks by it. Every interface when absent. */
	address?: string;
	/**
	 * Also sends broadcasts and hears them, to 255.255.255.255 and to the interface's own net, from 0.0.0.0 too. Needs `address`. Without it
	 * none can be sent, and whether they are heard depends on the platform.
	 */
	broadcast?: boolean;
	/** `count` datagrams are waiting. */
	onReadable: (this: UDP, count: number) => void;
}

export type UDPConstructor = new (options: UDPOptions) => UDP;

/** The camera's UART: ECMA-419 Serial, plus what a serial bridge needs. 8N1. */
export interface Serial {
	readonly target?: unknown;
	/** Bits per second as the hardware has it. Setting it waits for nothing; drain first. Throws when the rate can't be had. */
	baud: number;
	/** Bytes written but not yet on the wire. */
	readonly pending: number;
	/** Bytes lost because the receive FIFO or the driver's ring was full, since construction. */
	readonly overruns: number;
	/** Copies min(view.length, available) received bytes into `view`; returns their number, 0 when there are none. */
	read(view: Uint8Array): number;
	/** Queues all of `bytes` or throws. Returns how many more bytes can be written now. */
	write(bytes: Bytes): number;
	/** Forgets what was received (`input`) or not yet sent (`output`). */
	flush(input: boolean, output: boolean): void;
	/** Holds the line low for `milliseconds` after what is pending was sent. Throws while `breaking`. */
	sendBreak(milliseconds: number): void;
	/** A break was asked for and is not over. */
	readonly breaking: boolean;
	close(): void;
}

export interface SerialOptions {
	target?: unknown;
	baud: number;
	/** Board specific: which UART, which pins, which tty. */
	[wiring: string]: unknown;
	/** New bytes arrived; `count` is everything available. */
	onReadable?: (this: Serial, count: number) => void;
	/** There is room again after the transmit queue was nearly full, and once after it has drained. `count` bytes fit. */
	onWritable?: (this: Serial, count: number) => void;
}

export type SerialConstructor = new (options: SerialOptions) => Serial;

export interface Digital {
	/** The level written last, as the pin has it. */
	read(): number;
	write(value: 0 | 1): void;
	close(): void;
}

export interface DigitalOptions {
	/** A GPIO's number, or a name on Linux. */
	pin: number | string;
	mode: number;
	/** The level of an output before it becomes one, so that it doesn't glitch. */
	initialValue?: 0 | 1;
	/** 1 is the low level. */
	activeLow?: boolean;
}

export type DigitalConstructor = (new (options: DigitalOptions) => Digital) & { readonly Output: number };

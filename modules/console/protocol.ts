/**
 * How a console client's bytes travel: bytes for the camera, bytes from the camera, and whatever the protocol has besides. Types only: the
 * protocols are raw.ts and modules/rfc2217.
 */
import type { OnDefect } from "base/guard";
import type { TCP, TCPConstructor } from "base/io";
import type { Time } from "base/time";
import type { Line } from "uart/line";

/** What the bridge is told of a protocol: how its connections are made, and what memory they need. */
export interface Protocol {
	readonly connection: ConsoleConnectionConstructor;
	/** Bytes of memory that a connection gets for itself. */
	readonly memory: number;
	/** Bytes of memory that all connections share, for what they make and send in one go. */
	readonly scratch: number;
}

/** `from` as Listener.read returned it; `memory`: as much as the protocol asks for. */
export type ConsoleConnectionConstructor = new (owner: ConnectionOwner, from: TCP, memory: Uint8Array) => ConsoleConnection;

/** A client's connection, as its session sees it. */
export interface ConsoleConnection {
	/** Input waits for the line: `read` would return some if there were room. */
	readonly waiting: boolean;
	/** The peer has gone; what it sent before is still to be dealt with. */
	readonly ended: boolean;
	/** How many bytes `write` takes now. When that is 0, `ConnectionOwner.writable` tells of more. */
	readonly writable: number;
	/**
	 * Bytes from the client for the camera, at most `room`, good until the next call; undefined when there are none now. Then
	 * `ConnectionOwner.readable` tells of more.
	 */
	read(room: number): Uint8Array | undefined;
	/** Sends output to the client: at most `writable` bytes. */
	write(bytes: Uint8Array): void;
	/** Really closes the connection; input not yet read from it is gone. Harmless twice. */
	close(): void;
}

/** Whose connection it is: a session. */
export interface ConnectionOwner {
	readonly tcp: TCPConstructor;
	readonly time: Time;
	readonly onDefect: OnDefect;
	/** What the client can do to it besides writing is the connection's. */
	readonly line: Line;
	/** At least as many bytes as the protocol asks for; good during a call. */
	readonly scratch: Uint8Array;
	/** There is input. Called from the event loop. */
	readable(): void;
	/** There is room for output. Called from the event loop. */
	writable(): void;
	/** The client closed the connection, or it failed, and all that it sent before was read. Also called from inside `read`. */
	left(): void;
	/** Bytes went either way. */
	activity(): void;
	/** The client does something to the line: it has it from now on. False when it had it before. */
	takeOver(): boolean;
}

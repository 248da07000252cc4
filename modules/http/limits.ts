/**
 * What the server bears from its clients. Each limit has an answer when it is reached; none of them ends the server.
 */

export interface HTTPLimits {
	/** Connections at once. One more gets the place of an idle one, else 503 too_many_connections. Default 8. */
	connections: number;
	/** Bytes of a request's head, and of the buffer a connection needs while it reads one. Beyond: 431. Default 4096. */
	headBytes: number;
	/** Characters of the request target. Beyond: 414. Default 1024. */
	targetLength: number;
	/** Header lines of a request. Beyond: 431. Default 48. */
	headers: number;
	/** Milliseconds from the first byte of a head to its last. Beyond: 408. Default 10,000. */
	headTime: number;
	/** Milliseconds a connection may wait for its (next) request. Beyond: closed. Default 30,000. */
	idleTime: number;
	/** In each such time, in milliseconds, a body must bring `bodyMinimum` bytes, or end. Else 408. Default 30,000. */
	bodyTime: number;
	/** Default 1024 bytes: slower than any link that works, and no body can be held open by a byte now and then. */
	bodyMinimum: number;
	/** In each such time, in milliseconds, a client must take `sendMinimum` bytes of a response, or all. Else closed. Default 30,000. */
	sendTime: number;
	/** Default 1024 bytes. */
	sendMinimum: number;
	/** Bytes of a body nobody wanted that are read to keep the connection. A longer one costs the connection. Default 65,536. */
	drainBytes: number;
	/**
	 * Bytes that are read and forgotten after the last response, so that a client that sends all before it listens sees
	 * the answer and not a reset. Default 64 MiB.
	 */
	lingerBytes: number;
	/** Milliseconds for that in total. Default 120,000. */
	lingerTime: number;
	/** Milliseconds without a byte that end it. Default 2,000. */
	lingerIdle: number;
}

export const defaultLimits: Readonly<HTTPLimits> = Object.freeze({
	connections: 8,
	headBytes: 4_096,
	targetLength: 1_024,
	headers: 48,
	headTime: 10_000,
	idleTime: 30_000,
	bodyTime: 30_000,
	bodyMinimum: 1_024,
	sendTime: 30_000,
	sendMinimum: 1_024,
	drainBytes: 65_536,
	lingerBytes: 67_108_864,
	lingerTime: 120_000,
	lingerIdle: 2_000
});

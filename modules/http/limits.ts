/**
 * What the server bears from its clients. Each limit has an answer when it is reached; none of them ends the server.
 */

export interface HTTPLimits {
	/**
	 * Connections at once, and blocks of memory for them. One more gets the place of one that is dispensable, else 503 too_many_connections.
	 * Default 8.
	 */
	connections: number;
	/** Of them from one address, so that one machine never has all. Default 7. */
	perAddress: number;
	/**
	 * Long requests at once: a body beyond `shortBody`, or an answer beyond `shortAnswer`. One less than there are connections, so that
	 * short ones are always served. Beyond: the slowest goes, else 503. Default 7.
	 */
	long: number;
	/** Of them from one address. Default 6. */
	longPerAddress: number;
	/**
	 * Live responses at once, beside the connections. One more gets the place of one whose client takes nothing, else 503 too_many_streams.
	 * Default 6.
	 */
	live: number;
	/** Of them to one address. Default 5. */
	livePerAddress: number;
	/**
	 * Bytes under way to the client of a live response, unacknowledged: one segment. More would take memory that files leave no room for.
	 * Default 1,440.
	 */
	liveAhead: number;
	/**
	 * Milliseconds in which the client of a live response may take nothing of what there is for it. Then it is disconnected.
	 * Default 30,000.
	 */
	liveTime: number;
	/** Bytes of a body that make no request long; also the most that `collect` takes. Default 4096. */
	shortBody: number;
	/** Bytes of an answer that make no request long. Default 16,384. */
	shortAnswer: number;
	/** Bytes of a request's head. Beyond: 431. Default 4096. */
	headBytes: number;
	/** Characters of the request target. Beyond: 414. Default 1024. */
	targetLength: number;
	/** Header lines of a request. Beyond: 431. Default 48. */
	headers: number;
	/** Milliseconds from the first byte of a head to its last. Beyond: 408. Default 10,000. */
	headTime: number;
	/** Milliseconds a connection may wait for its (next) request. Beyond: closed. Default 30,000. */
	idleTime: number;
	/** In each such time, in milliseconds, a body must bring `minimum` bytes, or end. Else 408. Default 30,000. */
	bodyTime: number;
	/** In each such time, in milliseconds, a client must take `minimum` bytes of a response, or all. Else closed. Default 30,000. */
	sendTime: number;
	/** Default 16,384 bytes: some 500 a second. Slower than any link that works; one that stalls for 20 s now and then passes. */
	minimum: number;
	/** Milliseconds nobody is pushed out for having said nothing yet. Default 1,000. */
	silentGrace: number;
	/** Milliseconds nobody is pushed out for being slow with a head or a short request. Default 2,000. */
	shortGrace: number;
	/** The same for a long request. Default 5,000. */
	longGrace: number;
	/** Bytes a second below which a connection is slow: it goes on, until somebody else needs its place. Default 4096. */
	slow: number;
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
	perAddress: 7,
	long: 7,
	longPerAddress: 6,
	live: 6,
	livePerAddress: 5,
	liveAhead: 1_440,
	liveTime: 30_000,
	shortBody: 4_096,
	shortAnswer: 16_384,
	headBytes: 4_096,
	targetLength: 1_024,
	headers: 48,
	headTime: 10_000,
	idleTime: 30_000,
	bodyTime: 30_000,
	sendTime: 30_000,
	minimum: 16_384,
	silentGrace: 1_000,
	shortGrace: 2_000,
	longGrace: 5_000,
	slow: 4_096,
	drainBytes: 65_536,
	lingerBytes: 67_108_864,
	lingerTime: 120_000,
	lingerIdle: 2_000
});

/**
 * What a console client's socket takes, and when: the way out of a connection, for as many small writes as the stack can hold.
 *
 * A client that has gone takes nothing more, and that is no fault: what he sent before may still have to be read, and then the
 * socket's onError says that he has left.
 */
import type { TCP } from "base/io";

/** Bytes that a new TCP connection takes before it has said how many. */
const FIRST_ROOM = 512;
/**
 * Writes until the client has taken everything. lwIP can hold 48 (sdkconfig: four times the send buffer, in segments), whatever their
 * size, and loses what comes then. So when the client is not heard of for a while the output collects, and leaves in large pieces.
 */
const MAX_WRITES = 32;

export class Outlet {
	private readonly tcp: TCP;
	private free = FIRST_ROOM;
	/** The room there is when the client has taken everything, as far as that is known. */
	private most = 0;
	private writes = 0;

	constructor(tcp: TCP) {
		this.tcp = tcp;
	}

	/** Bytes that `write` takes now. */
	get room(): number {
		return this.writes < MAX_WRITES ? this.free : 0;
	}

	/** The socket takes `count` bytes. */
	announce(count: number): void {
		this.free = count;
		if (count >= this.most) {
			this.most = count;
			this.writes = 0;
		}
	}

	/** Sends at most `room` bytes. */
	write(bytes: Uint8Array): void {
		this.writes++;
		try {
			this.free = this.tcp.write(bytes) ?? 0;
		}
		catch {
			this.free = 0;
		}
	}
}

/**
 * What a client's socket takes, and when: the way out of a connection, for as many small writes as the stack can hold.
 *
 * A client that has gone takes nothing more, and that is no defect: what it sent before may still have to be read, and then the
 * socket's onError says that it has left.
 */
import type { TCP } from "./io";

/** Bytes that a new TCP connection takes before it has said how many: one small segment. */
export const FIRST_ROOM = 512;
/**
 * Small writes until the client has taken everything. lwIP can hold 48 (sdkconfig: four times the send buffer, in segments), whatever their
 * size, and loses what comes then. So when the client is not heard of for a while the output collects, and leaves in large pieces. Of
 * those that are not small the send buffer has room for eleven.
 */
const MAX_WRITES = 32;
/** Bytes. */
const SMALL = 256;

export class Outlet {
	/** What was written last is lost, and so is the connection. */
	lost = false;
	/** Whoever extends this sets it: the socket has that as its target. */
	protected tcp!: TCP;
	private free = FIRST_ROOM;
	/** The room there is when the client has taken everything, as far as that is known. */
	private most = 0;
	private writes = 0;

	constructor(tcp?: TCP) {
		if (tcp)
			this.tcp = tcp;
	}

	/** Bytes that `write` takes now. */
	get room(): number {
		return this.writes < MAX_WRITES ? this.free : 0;
	}

	/** Bytes written that the client has not acknowledged, as far as that is known. */
	get unacknowledged(): number {
		return Math.max(0, this.most - this.free);
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
		let free: number | undefined;
		if (bytes.length < SMALL)
			this.writes++;
		try {
			free = this.tcp.write(bytes);
		}
		catch {
			// the same to us
		}
		this.lost ||= free === undefined;
		this.free = free ?? 0;
	}
}

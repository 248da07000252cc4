/**
 * A response without a known end, once its head is known: it has its connection's socket and a place of its own, so that it takes none from
 * requests, and no block of memory. HTTP/1.1 gets the body in chunks, of which a missing last one tells that it was cut off; HTTP/1.0
 * until the connection's end. It is the connection's last response, and what the client still sends is forgotten: so its end is seen at
 * once.
 *
 * A client that takes nothing while there is something for it is disconnected after `liveTime`, and gives way to a newcomer before.
 * What it is not for: what the bytes are (live-body.ts), and how many there may be (places.ts).
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Time } from "base/time";
import type { Blocks } from "./buffers";
import type { ClientSocket, SocketOwner } from "./client-socket";
import type { HTTPLimits } from "./limits";
import type { LiveBody, LiveOutlet } from "./live-body";
import type { Response } from "./response";
import { Stepping } from "./stepping";
import type { Turns } from "./turns";

/** What a live response needs of its server. */
export interface LiveHost {
	readonly time: Time;
	readonly limits: Readonly<HTTPLimits>;
	readonly blocks: Blocks;
	readonly turns: Turns;
	readonly onDefect: OnDefect;
	/** It is over. */
	leftLive(live: LiveResponse): void;
}

/** What a piece costs of the share of a turn: there are few in each, as requests go first. */
const pieceCost = 8;
/** Bytes of a chunk besides its data: up to three hex digits and two line ends. */
const frame = 7;
/** Less room is not worth a chunk. */
const leastRoom = 64;

export class LiveResponse extends Stepping implements SocketOwner, LiveOutlet {
	readonly address: string;
	protected override readonly host: LiveHost;
	private socket: ClientSocket;
	private body: LiveBody | undefined;
	private chunked: boolean;
	/** What is left of the head. */
	private head: Uint8Array | undefined;
	/** Since when the client takes nothing; Infinity while it does, or there is nothing for it. */
	private stalled = Infinity;

	/** Takes over `socket`. Call `start` then. */
	constructor(host: LiveHost, socket: ClientSocket, address: string, response: Response, version: string) {
		super();
		this.host = host;
		this.socket = socket;
		this.address = address;
		this.body = response.body as LiveBody;
		this.chunked = version === "1.1";
		// Node's fetch takes a body without its last chunk for whole when the head says Connection: close
		this.head = new Uint8Array(ArrayBuffer.fromString(response.head(version, !this.chunked)));
		socket.owner = this;
	}

	start(): void {
		try {
			this.body!.begin(this);
		}
		catch (error) {
			this.failed(error);
		}
		this.readable();
		this.run();
	}

	/** For places: how readily it gives way to a newcomer, 0 not at all. */
	dispensable(now: number): number {
		return this.body && now - this.stalled >= this.host.limits.longGrace ? now - this.stalled : 0;
	}

	/** For places. */
	giveWay(): void {
		this.end("client too slow");
	}

	/** Called now and then by the server. */
	sweep(now: number): void {
		if (now - this.stalled >= this.host.limits.liveTime)
			this.end("client too slow");
	}

	/** Closes at once; what was handed to the socket is still delivered. */
	close(): void {
		this.end("closed");
	}

	cut(reason: string): void {
		this.end(reason);
	}

	readable(): void {
		const { socket, host } = this;
		try {
			while (socket.unread > 0)
				socket.forget(host.blocks.scratch);
		}
		catch (error) {
			this.failed(error);
		}
	}

	writable(): void {
		this.stalled = Infinity;
		this.run();
	}

	gone(): void {
		this.end("client gone");
	}

	/** Sends a piece. */
	protected override step(): number {
		const { socket, body, head } = this;
		const { blocks: { scratch }, limits, time } = this.host;
		if (!body)
			return 0;
		const room = Math.min(socket.room, limits.liveAhead - socket.unacknowledged, scratch.length);
		if (socket.unacknowledged > 0 || room < leastRoom)
			this.stalled = Math.min(this.stalled, time.now());
		if (room < leastRoom)
			return 0;
		if (head) {
			const count = Math.min(head.length, room);
			socket.write(head.subarray(0, count));
			this.head = count < head.length ? head.subarray(count) : undefined;
			return pieceCost;
		}
		const bytes = body.span(room - frame);
		if (!bytes) {
			if (this.chunked)
				socket.write(new Uint8Array(ArrayBuffer.fromString("0\r\n\r\n")));
			this.end("done");
			return 0;
		}
		if (bytes.length === 0)
			return 0;
		socket.write(this.chunked ? chunkOf(bytes, scratch) : bytes);
		body.advance(bytes.length);
		return pieceCost;
	}

	protected override failed(error: unknown): void {
		const { lost } = this.socket;
		if (!lost && !(error instanceof Refusal))
			this.host.onDefect("http.live", error);
		this.end(lost ? "client gone" : error instanceof Refusal ? error.code : "failed");
	}

	private end(reason: string): void {
		const { body, host, socket } = this;
		if (!body)
			return;
		this.body = undefined;
		this.leaveTurns();
		socket.close();
		try {
			body.ended(reason);
		}
		catch (error) {
			host.onDefect("http.live", error);
		}
		host.leftLive(this);
	}
}

/** `bytes` as a chunk (RFC 9112 section 7.1), in `scratch`: one write, not three. */
function chunkOf(bytes: Uint8Array, scratch: Uint8Array): Uint8Array {
	const size = new Uint8Array(ArrayBuffer.fromString(bytes.length.toString(16) + "\r\n"));
	const end = size.length + bytes.length;
	scratch.set(size);
	scratch.set(bytes, size.length);
	scratch.copyWithin(end, size.length - 2, size.length);
	return scratch.subarray(0, end + 2);
}

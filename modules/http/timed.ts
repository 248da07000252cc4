/**
 * A connection's time: how long what it does may take, and how readily it gives its place to a newcomer.
 * What it is not for: what it does (connection.ts, which extends this: a part of its own would cost each connection slots of the heap).
 */
import type { Time } from "base/time";
import type { ClientSocket } from "./client-socket";
import type { HTTPLimits } from "./limits";
import { Stepping } from "./stepping";
import type { Turns } from "./turns";

export interface TimedHost {
	readonly turns: Turns;
	readonly time: Time;
	readonly limits: Readonly<HTTPLimits>;
}

/**
 * idle: nothing of the next request has come. head: it comes. handling: the handler has the request, nothing is read.
 * body: the body flows into the sink. sending: the response goes out. draining: the rest of a small body is forgotten.
 * lingering: everything is forgotten until the client closes. closed.
 */
export type ConnectionState = "idle" | "head" | "handling" | "body" | "sending" | "draining" | "lingering" | "closed";

export abstract class Timed extends Stepping {
	state: ConnectionState = "idle";
	/** Whose it is. */
	readonly address: string;
	/** Its request is a long one (limits.ts). */
	long = false;
	/** A request was answered. */
	protected answered = false;
	/** When the state's time is over. */
	protected deadline: number;
	/** When that began, and how much had been moved then. */
	private enteredAt: number;
	private mark = 0;
	protected abstract override readonly host: TimedHost;
	protected abstract readonly socket: ClientSocket;

	constructor({ time, limits }: TimedHost, address: string) {
		super();
		this.address = address;
		this.enteredAt = time.now();
		this.deadline = this.enteredAt + limits.idleTime;
	}

	/**
	 * How readily it gives way to a newcomer: 0 not at all; lingering ones first, then the one that idles longest, then the slowest.
	 * Who has not had an answer yet gets the time to ask.
	 */
	dispensable(now: number): number {
		const { limits } = this.host;
		const time = now - this.enteredAt;
		switch (this.state) {
			case "lingering":
				return 3;
			case "idle":
				return this.socket.unread === 0 && (this.answered || time >= limits.silentGrace) ? 2 + time / (time + 1_000) : 0;
			case "handling":
			case "closed":
				return 0;
			default: {
				const rate = (this.socket.moved - this.mark) * 1_000 / time;
				return time >= (this.long ? limits.longGrace : limits.shortGrace) && (rate < limits.slow || this.state === "head") ? 1 + 1 / (1 + rate) : 0;
			}
		}
	}

	/** Called now and then by the server: ends what takes too long, unless enough has been moved. */
	sweep(now: number): void {
		if (now < this.deadline || this.state === "closed")
			return;
		const { limits } = this.host;
		const enough = this.socket.moved - this.mark >= limits.minimum;
		if (enough && this.state === "sending")
			this.watch(limits.sendTime);
		else if (enough && (this.state === "body" || this.state === "draining"))
			this.watch(limits.bodyTime);
		else
			this.overdue();
	}

	/** The state's time is over. */
	protected abstract overdue(): void;

	/** Gives what happens now `time` milliseconds; no limit when undefined. */
	protected watch(time = Infinity): void {
		this.enteredAt = this.host.time.now();
		this.deadline = this.enteredAt + time;
		this.mark = this.socket.moved;
	}
}

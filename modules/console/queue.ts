/**
 * Those who wait for a place at the console. Clients that come and go quickly are often seen all at once, the newest before the ends of
 * those before it: so a few may wait a moment, and each gets a place in the order in which they came, or is told that there is none.
 */
import type { OnDefect } from "base/guard";
import type { TCP } from "base/io";
import type { Alarm, Time } from "base/time";
import type { Protocol } from "./protocol";

/** Connections that wait at a time, and for how many milliseconds at most. */
const LONGEST = 4;
const PATIENCE = 200;

/** A connection without a place. Its addresses are asked at once (base/io.ts says why). */
export class Candidate {
	readonly from: TCP;
	readonly protocol: Protocol;
	readonly address: string;
	readonly port: number;
	readonly id: number;
	readonly until: number;

	/** `id`: which connection since start. */
	constructor(from: TCP, protocol: Protocol, id: number, now: number) {
		const { remoteAddress = "?", remotePort = 0 } = from;
		this.from = from;
		this.protocol = protocol;
		this.address = `${remoteAddress}:${remotePort}`;
		this.port = remotePort;
		this.id = id;
		this.until = now + PATIENCE;
	}
}

/** Who has the places: the bridge. */
export interface QueueOwner {
	readonly time: Time;
	readonly onDefect: OnDefect;
	/** -1 when there is none. */
	freePlace(): number;
	seat(candidate: Candidate, place: number): void;
	/** There is no place for it. */
	turnAway(candidate: Candidate): void;
}

export class Queue {
	readonly owner: QueueOwner;
	/** In the order in which they came. */
	private waiting: Candidate[] = [];
	private alarm: Alarm | undefined;

	constructor(owner: QueueOwner) {
		this.owner = owner;
	}

	get length(): number {
		return this.waiting.length;
	}

	/** Gives `candidate` a place, lets it wait for one, or turns it away. */
	join(candidate: Candidate): void {
		const { owner, waiting } = this;
		const place = waiting.length > 0 ? -1 : owner.freePlace();
		if (place >= 0)
			owner.seat(candidate, place);
		else if (waiting.length < LONGEST) {
			waiting.push(candidate);
			this.alarm ??= owner.time.after(PATIENCE, moved, this);
		}
		else
			owner.turnAway(candidate);
	}

	/** A place is free: whoever waits for it gets it in another turn. */
	placeFree(): void {
		if (this.waiting.length === 0)
			return;
		this.owner.time.cancel(this.alarm);
		this.alarm = this.owner.time.after(0, moved, this);
	}

	/** Disconnects everybody. */
	close(): void {
		this.owner.time.cancel(this.alarm);
		for (const { from } of this.waiting)
			from.close();
		this.waiting = [];
	}

	/** For `moved`: seats those there are places for, and turns away those whose time is up. */
	move(): void {
		const { owner } = this;
		this.alarm = undefined;
		while (this.waiting.length > 0) {
			const candidate = this.waiting[0]!;
			const place = owner.freePlace();
			const left = candidate.until - owner.time.now();
			if (place < 0 && left > 0) {
				this.alarm = owner.time.after(left, moved, this);
				return;
			}
			this.waiting.shift();
			try {
				if (place >= 0)
					owner.seat(candidate, place);
				else
					owner.turnAway(candidate);
			}
			catch (error) {
				owner.onDefect("bridge.settle", error);
				candidate.from.close();
			}
		}
	}
}

function moved(queue: Queue): void {
	try {
		queue.move();
	}
	catch (error) {
		queue.owner.onDefect("bridge.settle", error);
	}
}

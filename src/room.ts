/**
 * Who yields to whom when the JavaScript heap runs out of room. A full heap ends the firmware, so it is seen before it is full: garbage is
 * collected, then newcomers are refused, the least important first, then those that are there go, newest first.
 *
 * The limits of all services together leave more than any of these floors (budget.ts, and a test that drives them there): this is for what
 * nobody thought of.
 */
import type { Door } from "base/door";
import { Refusal } from "base/refusal";
import { guarded, type OnDefect } from "base/guard";
import type { HeapRoom } from "board/board";
import type { Time } from "base/time";
import type { HTTPCode } from "http/codes";
import type { Occupancy } from "./occupancy";
import type { Sides } from "./sides";

/**
 * From the least important to the most: who stands first yields first. Switching off, status and a running fastboot yield to nobody: the
 * firmware keeps two HTTP connections for them (http/places.ts).
 */
export const SERVICES = Object.freeze(["http", "tftp", "update", "console", "fastboot"] as const);

export type Service = typeof SERVICES[number];

interface Floor {
	readonly slots: number;
	/** Bytes. */
	readonly chunks: number;
}

/**
 * What must be left for those who are more important before one more is let in. The two HTTP connections that are always let in live on
 * what `console` leaves.
 */
export const FLOORS: Readonly<Record<Service, Floor>> = Object.freeze({
	http: { slots: 360, chunks: 10_240 },
	tftp: { slots: 320, chunks: 9_216 },
	update: { slots: 280, chunks: 8_192 },
	console: { slots: 240, chunks: 7_168 },
	fastboot: { slots: 360, chunks: 8_192 }
}, true);

/** Below this somebody goes. */
const LAST: Floor = Object.freeze({ slots: 160, chunks: 5_120 });

/** Milliseconds between two looks. A look costs nothing while there is room. */
const INTERVAL = 250;

export interface RoomOptions {
	heap: HeapRoom;
	time: Time;
	/** The newest of the least important goes. False when nobody is left who may. */
	relieve: () => boolean;
	onDefect: OnDefect;
}

export class Room {
	/** Newcomers refused, and who had to go, since start. */
	refused = 0;
	closed = 0;
	private readonly heap: HeapRoom;
	private readonly relieve: () => boolean;

	constructor({ heap, time, relieve, onDefect }: RoomOptions) {
		this.heap = heap;
		this.relieve = relieve;
		time.every(INTERVAL, guarded("room", onDefect, () => this.look()));
	}

	/** Whether one more of `service` is let in. */
	admits(service: Service): boolean {
		if (this.above(FLOORS[service]))
			return true;
		this.refused++;
		return false;
	}

	/** Throws Refusal `no_room` when `service` is not let in. */
	check(service: Service): void {
		if (!this.admits(service))
			throw new Refusal<HTTPCode>("no_room", "the pod's own memory is nearly full; ask again in a moment, or with fewer others at a time");
	}

	/** As `GET /status` tells it: what is left, garbage counted as used. */
	get state(): Record<string, number> {
		const { heap: { freeSlots, freeChunks }, refused, closed } = this;
		return { heap_free_slots: freeSlots, heap_free_chunk_bytes: freeChunks, refused_for_room: refused, closed_for_room: closed };
	}

	/** Lets somebody go when it is time. Requests ask, too: between two looks many fit. */
	look(): void {
		while (!this.above(LAST) && this.relieve())
			this.closed++;
	}

	private above({ slots, chunks }: Floor): boolean {
		const { heap } = this;
		if (heap.freeSlots >= slots && heap.freeChunks >= chunks)
			return true;
		heap.collect();
		return heap.freeSlots >= slots && heap.freeChunks >= chunks;
	}
}

/** The door of a server: its side, its rank when room runs out, and for the console who may begin when. */
export class RoomDoor implements Door {
	private readonly room: Room;
	private readonly service: "http" | "tftp" | "console";
	private readonly sides: Sides;
	private readonly occupancy: Occupancy;

	constructor(room: Room, service: "http" | "tftp" | "console", sides: Sides, occupancy: Occupancy) {
		this.room = room;
		this.service = service;
		this.sides = sides;
		this.occupancy = occupancy;
	}

	admits(localAddress: string | undefined): boolean {
		return this.service === "tftp" || this.sides.admits(this.service, localAddress);
	}

	hasRoom(): boolean {
		return this.room.admits(this.service);
	}

	/** The console asks. HTTP and TFTP ask the table themselves, each request by what it begins. */
	check(): void {
		this.occupancy.check("line");
	}
}

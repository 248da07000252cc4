/** Who yields to whom when the heap runs out of room. */
import { strict as assert } from "node:assert";
import { FLOORS, Room, SERVICES } from "room";
import { VirtualTime } from "../support/clock.ts";

/** A heap with `garbage` slots in it, of which nothing else is known. */
class Heap {
	freeChunks = 60_000;
	collections = 0;
	constructor(public live: number, public garbage = 0, readonly size = 4096) {}
	get freeSlots(): number {
		return this.size - this.live - this.garbage;
	}
	collect(): void {
		this.collections++;
		this.garbage = 0;
	}
}

describe("room in the heap", () => {
	const bench = (heap: Heap, relieve: () => boolean = () => false): { room: Room; time: VirtualTime; defects: string[] } => {
		const time = new VirtualTime();
		const defects: string[] = [];
		return { room: new Room({ heap, time, relieve, onDefect: (where, error) => defects.push(`${where}: ${error}`) }), time, defects };
	};

	it("when there is room, or garbage in its place, then everybody is let in, and garbage is collected only then", () => {
		const heap = new Heap(1000);
		const { room } = bench(heap);
		for (const service of SERVICES)
			assert.equal(room.admits(service), true);
		assert.equal(heap.collections, 0);
		heap.garbage = 3000;
		assert.equal(room.admits("http"), true);
		assert.equal(heap.collections, 1);
		assert.equal(room.refused, 0);
	});

	it("when exactly what must stay free is free, or is once garbage is collected, then everybody is let in", () => {
		for (const service of SERVICES)
			for (const garbage of [0, 1]) {
				const heap = new Heap(4096 - FLOORS[service].slots, garbage);
				heap.freeChunks = FLOORS[service].chunks;
				assert.equal(bench(heap).room.admits(service), true);
				assert.equal(heap.collections, garbage);
			}
	});

	it("when the heap fills up then HTTP yields first, then TFTP, then an update, then the console", () => {
		const refused: string[] = [];
		for (let live = 3500; live < 4096; live++) {
			const { room } = bench(new Heap(live));
			for (const service of ["http", "tftp", "update", "console"] as const) {
				if (!refused.includes(service) && !room.admits(service))
					refused.push(service);
			}
		}
		assert.deepEqual(refused, ["http", "tftp", "update", "console"]);
	});

	it("when chunks run out while slots are left then newcomers are refused all the same", () => {
		const heap = new Heap(1000);
		heap.freeChunks = FLOORS.http.chunks - 1;
		const { room } = bench(heap);
		assert.equal(room.admits("http"), false);
		assert.equal(room.admits("console"), true);
		assert.throws(() => room.check("http"), { code: "no_room" });
		assert.equal(room.refused, 2);
	});

	it("when what is there goes on growing then those who may go do, one by one, until there is room or nobody is left", () => {
		const heap = new Heap(3950);
		let left = 5;
		const { room, time, defects } = bench(heap, () => {
			if (left === 0)
				return false;
			left--;
			heap.live -= 20;
			return true;
		});
		time.advance(250);
		assert.deepEqual([left, room.closed], [4, 1]);
		heap.live = 4090;
		time.advance(250);
		assert.deepEqual([left, room.closed], [0, 5]);
		time.advance(1000);
		assert.deepEqual(defects, []);
	});
});

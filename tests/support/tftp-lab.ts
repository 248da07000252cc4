/**
 * A TFTP server on a simulated network with files in and out: what every test of modules/tftp starts from.
 */
import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import { Refusal } from "base/refusal";
import { TFTPServer, type Outcome, type Sink, type Source, type TFTPLimits } from "tftp/server";
import { seededRandom } from "../../simulator/random.ts";
import { VirtualTime } from "./clock.ts";
import { Network } from "./network.ts";

export const SERVER = "192.168.1.1";
export const CAMERA = "192.168.1.10";

/** Prime, so that no block size and no multiple of 64 K blocks divides it: a block at the wrong place has wrong bytes. */
const PERIOD = 65_521;

/** A file of any size made of one noisy piece, in spans of at most `piece` bytes. */
export class Pattern implements Source {
	readonly size: number;
	readonly outcomes: Outcome[] = [];
	readonly #bytes: Uint8Array;
	readonly #piece: number;

	constructor(size: number, piece = PERIOD, seed = 1) {
		const random = seededRandom(seed);
		this.size = size;
		this.#piece = piece;
		this.#bytes = new Uint8Array(Math.max(1, Math.min(PERIOD, size)));
		for (let at = 0; at < Math.min(1009, this.#bytes.length); at++)
			this.#bytes[at] = random() * 256;
		for (let filled = 1009; filled < this.#bytes.length; filled *= 2)
			this.#bytes.copyWithin(filled, 0, filled);
		// Doubling a piece repeats it: marks all along make every place differ.
		for (let at = 0; at < this.#bytes.length; at += 61)
			this.#bytes[at] = random() * 256;
	}

	span(offset: number, limit: number): Uint8Array {
		const at = offset % PERIOD;
		const piece = this.#piece - offset % this.#piece;
		return this.#bytes.subarray(at, at + Math.min(limit, piece, this.size - offset, PERIOD - at));
	}

	ended(outcome: Outcome): void {
		this.outcomes.push(outcome);
	}

	get outcome(): Outcome {
		assert.equal(this.outcomes.length, 1, "the transfer ended once");
		return this.outcomes[0]!;
	}

	get crc(): number {
		let crc = 0;
		for (let at = 0; at < this.size;) {
			const span = this.span(at, PERIOD);
			crc = Bytes.crc32(span, crc);
			at += span.length;
		}
		return crc;
	}

	/** The whole file in one piece. */
	get bytes(): Uint8Array {
		const bytes = new Uint8Array(this.size);
		for (let at = 0; at < this.size;) {
			const span = this.span(at, PERIOD);
			bytes.set(span, at);
			at += span.length;
		}
		return bytes;
	}
}

/** A slot armed for an upload of `room` bytes (`exact`: no fewer), in spaces of at most `piece` bytes. */
export class Slot implements Sink {
	readonly outcomes: Outcome[] = [];
	committed = 0;
	received = 0;
	announced: number | undefined;
	readonly #bytes: Uint8Array;
	readonly #exact: boolean;
	readonly #piece: number;

	constructor(room: number, exact = true, piece = 4096) {
		this.#bytes = new Uint8Array(room);
		this.#exact = exact;
		this.#piece = piece;
	}

	space(): Uint8Array {
		const end = Math.min(this.#bytes.length, this.received + this.#piece - this.received % this.#piece);
		return this.#bytes.subarray(this.received, end);
	}

	advance(count: number): void {
		this.received += count;
	}

	commit(): void {
		if (this.#exact && this.received !== this.#bytes.length)
			throw new Refusal<"size_mismatch">("size_mismatch", `${this.received} bytes came, ${this.#bytes.length} were armed`);
		this.committed++;
	}

	ended(outcome: Outcome): void {
		this.outcomes.push(outcome);
	}

	get outcome(): Outcome {
		assert.equal(this.outcomes.length, 1, "the upload ended once");
		return this.outcomes[0]!;
	}

	get crc(): number {
		return Bytes.crc32(this.#bytes.subarray(0, this.received), 0);
	}
}

export class Lab {
	readonly time = new VirtualTime();
	readonly network: Network;
	readonly server: TFTPServer;
	readonly files = new Map<string, Source>();
	readonly slots = new Map<string, Slot>();
	readonly opened: string[] = [];
	readonly faults: string[] = [];
	activity = 0;
	/** Memory the server asked for: bytes each time. */
	readonly allocated: number[] = [];

	/** Whether there is room for one more transfer. */
	room = true;

	constructor(seed = 1, limits: Partial<TFTPLimits> = {}) {
		this.network = new Network(this.time, seed);
		this.server = new TFTPServer({
			io: this.network.at(SERVER),
			port: 69,
			time: this.time,
			door: { hasRoom: () => this.room },
			files: {
				open: (name, client) => {
					this.opened.push(`${client} ${name}`);
					return this.files.get(name);
				},
				create: (name, announced) => {
					const slot = this.slots.get(name);
					if (slot)
						slot.announced = announced;
					this.slots.delete(name);
					return slot;
				}
			},
			limits,
			allocate: bytes => {
				this.allocated.push(bytes);
				return new Uint8Array(bytes);
			},
			onActivity: () => this.activity++,
			onDefect: (where, error) => this.faults.push(`${where}: ${error instanceof Error ? error.message : error}`)
		});
	}

	/** Adds a file. */
	file(name: string, size: number, piece?: number): Pattern {
		const file = new Pattern(size, piece);
		this.files.set(name, file);
		return file;
	}

	/** Arms a name for an upload. */
	slot(name: string, room: number, exact = true, piece?: number): Slot {
		const slot = new Slot(room, exact, piece);
		this.slots.set(name, slot);
		return slot;
	}

	/** Lets time pass until `done` says so, at most `limit` milliseconds. */
	until(done: () => boolean, limit = 600_000): void {
		const end = this.time.now() + limit;
		while (!done() && this.time.now() <= end && this.time.step())
			continue;
		assert.ok(done(), "what was waited for did not happen");
	}

	/** Lets time pass until no transfer is left, then looks that nothing else is. */
	settle(): void {
		this.time.advance(5);
		this.until(() => this.server.transfers().length === 0);
		this.time.advance(1000);
		this.empty();
	}

	/** Nothing is left: no transfer, no socket but the listening one, no exception. */
	empty(): void {
		assert.deepEqual(this.faults, []);
		assert.equal(this.server.transfers().length, 0);
		this.server.close();
		assert.equal(this.time.pending, 0);
	}
}

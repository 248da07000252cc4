/**
 * A made-up kind of flash with large erase blocks, some of them bad, as NAND has them: the U-Boot commands for it, and the kind as host-tools
 * would have it. Erasing, writing and reading leave bad blocks out; an erase counts them, as U-Boot's `nand erase` does.
 */
import { hex, roundUp } from "../../../host-tools/base/bytes.ts";
import type { FlashCommand } from "../../../host-tools/camera/dialect.ts";
import type { UBootSession } from "../../../host-tools/camera/session.ts";
import { knownSize, type Change, type Flash, type FlashKind, type Place } from "../../../host-tools/flash/kind.ts";
import { RAM, type FakeUBoot } from "./fake-u-boot.ts";

export const BLOCK = 128 * 1024;
export const PAGE = 2048;
/** Spare bytes of a page. */
export const SPARE = 64;

/** Gives a fake U-Boot the commands `blk bad|erase|write|read`. */
export function addBlockFlash({ flash, programs }: FakeUBoot, bad: readonly number[], faults: { writesCorrupt?: number } = {}): void {
	const isBad = (at: number): boolean => bad.includes(Math.floor(at / BLOCK));
	const addresses = (from: number, length: number): number[] => {
		const found: number[] = [];
		for (let at = from; found.length < length && at < flash.length; at++) {
			if (!isBad(at))
				found.push(at);
		}
		return found;
	};
	programs.set("blk", ([verb, ...numbers], ram) => {
		const [first = 0, second = 0, third = 0] = numbers.map(Number);
		switch (verb) {
			case "bad":
				return `Device 0 bad blocks:\n${bad.map(block => `  ${(block * BLOCK).toString(16).padStart(8, "0")}\n`).join("")}`;
			case "erase":
				if (first % BLOCK || second % BLOCK)
					return "ERROR: not block aligned!\n";
				for (let at = first; at < first + second; at += BLOCK) {
					if (!isBad(at))
						flash.fill(0xFF, at, at + BLOCK);
				}
				return "OK\n";
			case "write": {
				if (third % PAGE)
					return "ERROR: write length is not page aligned!\n";
				addresses(second, third).forEach((at, index) => flash[at]! &= ram[first - RAM + index]!);
				if (faults.writesCorrupt) {
					faults.writesCorrupt--;
					flash[addresses(second, third)[9]!]! ^= 1;
				}
				return ` ${third} bytes written: OK\n`;
			}
			case "read":
				addresses(second, third).forEach((at, index) => ram[first - RAM + index] = flash[at]!);
				return ` ${third} bytes read: OK\n`;
			default:
				return "usage: blk bad|erase|write|read\n";
		}
	});
}

const command = (send: string, ok: RegExp): FlashCommand => ({ send, ok, seconds: 60 });

/** The kind itself. */
export const BLOCK_FLASH: FlashKind = {
	geometry: () => ({ eraseBlock: BLOCK, page: { data: PAGE, spare: SPARE }, end: ({ offset, length }) => offset + roundUp(length, BLOCK) }),

	async probe(session, size) {
		const answer = await session.send(command("blk bad", /bad blocks/), {}, { strict: true });
		return new BlockFlash(session, knownSize(size), new Set([...answer.matchAll(/^ *([0-9a-f]{8})$/gm)].map(([, place]) => Number.parseInt(place!, 16))));
	}
};

class BlockFlash implements Flash {
	readonly eraseBlock = BLOCK;
	readonly limited = false;
	readonly erasesItself = false;
	readonly unlocking = "there is nothing to unlock";
	readonly size: number;
	#session: UBootSession;
	#bad: ReadonlySet<number>;

	constructor(session: UBootSession, size: number, bad: ReadonlySet<number>) {
		this.#session = session;
		this.size = size;
		this.#bad = bad;
	}

	end(place: Place): number {
		return this.#past(place.base, place.offset - place.base + roundUp(place.length, BLOCK));
	}

	async erase(place: Place, change: Change): Promise<void> {
		const start = this.#start(place);
		await this.#change("blk erase {start} {length}", /^OK/m, { start, length: this.end(place) - start }, change);
	}

	async write(place: Place, change: Change): Promise<void> {
		await this.#change("blk write {ram} {start} {length}", /written: OK/, { start: this.#start(place), length: roundUp(place.length, PAGE) }, change);
	}

	async crc(place: Place, lasting: boolean): Promise<string> {
		return this.#session.readBack(place.length, lasting, () => this.#session.send(command("blk read {verify} {start} {length}", /read: OK/), { start: hex(this.#start(place)), length: hex(place.length) }, { strict: true, lasting }));
	}

	async unlock(): Promise<void> {}

	async #change(send: string, ok: RegExp, { start, length }: { start: number; length: number }, change: Change): Promise<void> {
		await this.#session.send(command(send, ok), { start: hex(start), length: hex(length) }, { ...change, lasting: true });
	}

	/** Where a place begins, behind the bad blocks of its partition before it. */
	#start({ base, offset }: Place): number {
		return this.#past(base, offset - base);
	}

	/** Where `length` bytes of good blocks from `base` on end. */
	#past(base: number, length: number): number {
		let at = base;
		for (let left = length; left > 0; at += BLOCK) {
			if (!this.#bad.has(at))
				left -= BLOCK;
		}
		return at;
	}
}

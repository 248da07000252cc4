/** Tests that try every case or many random ones: too long for the stress run, where each allocation collects. */
import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import type { StoredFile } from "store/file";
import { type PageList, pagesFor } from "store/pages";
import type { Upload } from "store/upload";
import { Random } from "../../support/random.ts";
import { contents, lab, page, pour, type Lab } from "./support.ts";

const pages = 24;
const names = ["a", "b", "c", "d", "e", "f"];

/** Everything that holds pages: what the store lists or uploads, and what only a reader still has. */
interface World extends Lab {
	uploads: Upload[];
	held: StoredFile[];
}

/** Each page belongs to one owner or is free; each file has the bytes it was given; the books add up. */
function check(world: World): void {
	const { store, pool } = world;
	const files = new Set([...store.list(), ...world.held]);
	let owned = 0;
	const places = new Map<ArrayBufferLike, Set<number>>();
	for (const list of new Set<PageList>([...files, ...store.uploads.map(upload => upload.pages)])) {
		owned += list.count;
		for (let index = 0; index < list.count; index++) {
			const view = list.view(index * page, page);
			const taken = places.get(view.buffer) ?? new Set();
			assert.ok(!taken.has(view.byteOffset), "a page has two owners");
			taken.add(view.byteOffset);
			places.set(view.buffer, taken);
		}
	}
	assert.equal(owned + pool.freePages, pages, "pages are lost or counted twice");
	for (const file of files) {
		if (file.armed === undefined) {
			assert.equal(file.count, pagesFor(file.size));
			assert.equal(Bytes.crc32(contents(file), 0), file.crc32, "the bytes of " + file.name + " have changed");
		}
	}
	assert.ok(store.usedSlots <= store.slots, "too many slots");
	assert.ok(store.freeBytes >= pool.freeBytes && store.freeBytes <= pool.totalBytes);
}

function act(world: World, random: Random): void {
	const { store } = world;
	const name = random.pick(names);
	switch (random.below(14)) {
		case 0:
		case 1:
			world.uploads.push(store.create(name, random.below(8 * page)));
			break;
		case 2:
			world.uploads.push(store.create(name));
			break;
		case 3:
			world.uploads.push(store.scratch(random.below(2) ? undefined : random.below(4 * page)));
			break;
		case 4:
			store.arm(name, random.below(6 * page));
			break;
		case 5:
			world.uploads.push(store.accept(name, random.below(2) ? undefined : random.below(4 * page)));
			break;
		case 6:
		case 7:
		case 8: {
			const upload = random.pick(world.uploads);
			if (upload)
				pour(upload, random.below(5) ? Math.min((upload.announced ?? Infinity) - upload.received, random.below(6 * page)) : 1, random.below(256));
			break;
		}
		case 9:
		case 10: {
			const upload = random.pick(world.uploads);
			if (!upload)
				break;
			if (upload.announced !== undefined && upload.state === "open" && random.below(4))
				pour(upload, upload.announced - upload.received, random.below(256));
			const file = upload.commit(random.below(8) ? undefined : 1);
			if (upload.name === undefined)
				world.held.push(file);
			break;
		}
		case 11:
			random.pick(world.uploads)?.abort();
			break;
		case 12: {
			const file = random.below(2) ? store.get(name) : undefined;
			if (file) {
				file.retain();
				world.held.push(file);
			}
			else if (world.held.length > 0) {
				world.held.splice(random.below(world.held.length), 1)[0]!.release();
			}
			break;
		}
		default:
			if (random.below(3))
				store.remove(name);
			else if (random.below(4))
				store.newSession();
			else if (random.below(4))
				world.time.advance(2_000_000);
			else
				store.clear();
	}
	world.uploads = world.uploads.filter(upload => upload.state === "open" || random.below(4) > 0);
}

describe("the store's invariants", () => {
	for (let seed = 1; seed <= 12; seed++) {
		it("when 200 random things happen (seed " + seed + ") then every page is owned exactly once", () => {
			const random = new Random(seed);
			const world: World = { ...lab(pages, { slots: 4 }), uploads: [], held: [] };
			let refused = 0;
			for (let count = 0; count < 200; count++) {
				try {
					act(world, random);
				}
				catch (error) {
					if ((error as Error).name !== "Refusal")
						throw error;
					refused++;
				}
				check(world);
			}
			assert.ok(refused > 0 && refused < 170, "refused " + refused);
			world.uploads.forEach(upload => upload.abort());
			world.held.forEach(file => file.release());
			world.store.clear();
			assert.equal(world.pool.freePages, pages);
			assert.equal(world.store.usedSlots, 0);
		});
	}
});

/** Jobs know no kind of flash: a restore writes to one with bad blocks as it does to a NOR. */
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadLayout, type Partition } from "../../host-tools/flash/layout.ts";
import type { RestoreOptions, RestoreResult } from "../../host-tools/jobs/restore.ts";
import { BLOCK, BLOCK_FLASH, PAGE, SPARE, addBlockFlash } from "./support/block-flash.ts";
import { pattern } from "./support/dump.ts";
import { FakePod } from "./support/fake-pod.ts";
import { RestoreBench } from "./support/restore-bench.ts";

const SIZE = 10 * BLOCK;
/** Six blocks of content, in a partition of seven. */
const KERNEL = pattern(5 * BLOCK + 1001, 4);
const BOOT = pattern(BLOCK, 5);
const ROOTFS = pattern(BLOCK - 1, 6);

describe("a kind of flash with bad blocks", () => {
	const bench = new RestoreBench();

	async function parts(): Promise<Partition[]> {
		const folder = bench.dump.folder;
		const found: Partition[] = [];
		for (const [name, bytes, place] of [["boot", BOOT, 0], ["kernel", KERNEL, BLOCK], ["rootfs", ROOTFS, 8 * BLOCK]] as const) {
			writeFileSync(join(folder, name), bytes);
			found.push(...await loadLayout(join(folder, name), undefined, undefined, { at: String(place) }).then(partitions => partitions.map(partition => ({ ...partition, name }))));
		}
		return found;
	}

	/** A pod whose camera has that flash, holding 0x11 everywhere, and room for less than the kernel. */
	function camera(bad: readonly number[], faults: { writesCorrupt?: number } = {}): void {
		bench.fake = new FakePod({ flashSize: SIZE, room: 5 * BLOCK });
		bench.fake.camera.flash.fill(0x11);
		addBlockFlash(bench.fake.camera, bad, faults);
	}

	const options = async (): Promise<Partial<RestoreOptions>> => ({ kind: BLOCK_FLASH, partitions: await parts(), flashSize: SIZE });
	const flash = (from: number, to: number): Buffer => bench.fake.camera.flash.subarray(from, to);
	const sent = (): string[] => bench.fake.camera.commands.filter(line => line.startsWith("blk "));

	it("when blocks are bad then each slice is written past them and read back, and they are left alone", async () => {
		camera([3]);
		const { written } = await bench.again(await options());
		const slices = bench.events.flatMap(event => event.event === "plan" ? event.pieces.filter(piece => piece.partition === "kernel") : []);
		assert.ok(slices.length > 1);
		assert.equal(written, slices.length + 2);
		assert.deepEqual(flash(0, BLOCK), BOOT);
		assert.deepEqual(Buffer.concat([flash(BLOCK, 3 * BLOCK), flash(4 * BLOCK, 8 * BLOCK)]).subarray(0, KERNEL.length), KERNEL);
		assert.deepEqual(flash(3 * BLOCK, 4 * BLOCK), Buffer.alloc(BLOCK, 0x11));
		assert.deepEqual(flash(8 * BLOCK, 9 * BLOCK - 1), ROOTFS);
		await bench.fake.stop();
		const { equal, written: more } = await bench.again(await options());
		assert.deepEqual([equal, more], [slices.length + 2, 0]);
	});

	it("when a write says that all is well and a bit is wrong then reading back finds it, and it is written again", async () => {
		camera([3], { writesCorrupt: 1 });
		await bench.again(await options());
		assert.equal(bench.events.filter(event => event.event === "retry" && event.step === "verify").length, 1);
		assert.deepEqual(flash(0, BLOCK), BOOT);
	});

	it("when a partition has more bad blocks than room then nothing is erased, and it is said which and where", async () => {
		camera([3, 4]);
		const failure = await bench.failure(bench.again(await options()));
		assert.equal(failure.kind, "usage");
		assert.match(failure.message, /kernel needs the flash up to 0x120000, bad blocks left out, and rootfs begins at 0x100000/);
		assert.ok(!sent().some(line => line.startsWith("blk erase")));
	});

	it("when the last partition has a bad block and no room then it is behind the end of the flash", async () => {
		camera([8, 9]);
		const failure = await bench.failure(bench.again(await options()));
		assert.match(failure.message, /rootfs ends at 0x160000, behind the end of the camera's/);
	});

	/** Two blocks with the spare bytes of each page. */
	const withSpare = (): Buffer => Buffer.concat(Array.from({ length: 2 * BLOCK / PAGE }, (_, page) => Buffer.concat([pattern(PAGE, page), Buffer.alloc(SPARE, 0xFF)])));

	async function restored(bytes: Uint8Array): Promise<RestoreResult> {
		camera([]);
		const path = join(bench.dump.folder, "nand");
		writeFileSync(path, bytes);
		return bench.again({ kind: BLOCK_FLASH, partitions: await loadLayout(path, undefined, undefined, { at: String(BLOCK) }), flashSize: SIZE });
	}

	it("when a dump has the spare bytes of its pages then it is refused before the camera is touched", async () => {
		const failure = await bench.failure(restored(withSpare()));
		assert.equal(failure.kind, "usage");
		assert.match(failure.message, /nand is a dump with the spare bytes \(OOB\)/);
		assert.deepEqual(sent(), []);
	});

	it("when only its size, or only its markers are those of such a dump then it is data", async () => {
		const sized = withSpare();
		sized[5 * (PAGE + SPARE) + PAGE] = 0;
		await restored(sized);
		assert.deepEqual(flash(BLOCK, BLOCK + sized.length), sized);
		await bench.fake.stop();
		const marked = withSpare().subarray(0, -1);
		await restored(marked);
		assert.deepEqual(flash(BLOCK, BLOCK + marked.length), marked);
	});
});

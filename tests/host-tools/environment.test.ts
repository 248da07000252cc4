/** Another camera's MAC address is told before it is written. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { addressesIn, addressNotes, environmentIn } from "../../host-tools/flash/environment.ts";
import { loadLayout } from "../../host-tools/flash/layout.ts";
import { evenBlocks } from "../../host-tools/flash/kind.ts";
import { planPieces } from "../../host-tools/jobs/plan.ts";
import { pattern } from "./support/dump.ts";
import { RestoreBench } from "./support/restore-bench.ts";

const MAC = "00:12:31:aa:bb:cc";

function environment(text: string, { size = 65536, start = 4 } = {}): Buffer {
	const bytes = Buffer.alloc(size);
	bytes.write(text, start, "latin1");
	bytes.writeUInt32LE(crc32(bytes.subarray(start)));
	return bytes;
}

describe("an environment in a dump", () => {
	it("when it is read then its variables are known, also behind a flag byte and in front of erased flash", () => {
		const text = `bootcmd=run a=b\0ethaddr=${MAC}\0empty=\0\0garbage=1\0`;
		for (const bytes of [environment(text), environment(text, { start: 5 }), Buffer.concat([environment(text, { size: 0x4000 }), Buffer.alloc(0xC000, 0xFF)])])
			assert.deepEqual([...environmentIn(bytes)!], [["bootcmd", "run a=b"], ["ethaddr", MAC], ["empty", ""]]);
		assert.equal(environmentIn(pattern(65536, 1)), undefined);
		const broken = environment(text);
		broken[100]! ^= 1;
		assert.equal(environmentIn(broken), undefined);
	});

	it("when addresses are compared then only another one is worth a note", () => {
		const notes = (own: string | undefined): string => addressNotes([{ partition: "env", mac: MAC }], own).join();
		assert.equal(notes(MAC.toUpperCase()), "");
		assert.match(notes("00:12:31:00:00:01"), /in env has the MAC address 00:12:31:aa:bb:cc, this camera has 00:12:31:00:00:01: .*--only.*setenv ethaddr 00:12:31:00:00:01/);
		// what U-Boot was built with is nobody's
		for (const own of [undefined, "00:00:23:34:45:66", "00:00:00:00:00:00"])
			assert.match(notes(own), /MAC address 00:12:31:aa:bb:cc; that of this camera is not known/);
	});

	it("when it lies anywhere in a whole flash then it is found", async () => {
		const folder = mkdtempSync(join(tmpdir(), "rackpod-"));
		const path = join(folder, "flash.bin");
		writeFileSync(path, Buffer.concat([pattern(0x40000, 1), environment(`a=b\0ethaddr=${MAC}\0`), pattern(0x1B0000, 2)]));
		const pieces = await planPieces(await loadLayout(path), { limit: 8 * 1024 * 1024, geometry: evenBlocks(65536) });
		assert.deepEqual(await addressesIn(pieces, 65536), [{ partition: "flash", mac: MAC }]);
		rmSync(folder, { recursive: true });
	});
});

describe("a restore of another camera's environment", () => {
	const bench = new RestoreBench();

	it("when it is about to write another camera's then it says so before anything is erased", async () => {
		writeFileSync(join(bench.dump.path, "mtd1.env.bin"), environment(`ethaddr=${MAC}\0`));
		await bench.run({ camera: { environment: { ethaddr: "00:12:31:00:00:01" } } });
		const note = bench.events.findIndex(event => event.event === "note" && /this camera has 00:12:31:00:00:01/.test(event.text));
		const erase = bench.events.findIndex(event => event.event === "step" && event.step === "erase");
		assert.ok(note >= 0 && note < erase, JSON.stringify(bench.events));
	});

	it("when U-Boot can't tell its own address then the restore goes on", async () => {
		writeFileSync(join(bench.dump.path, "mtd1.env.bin"), environment(`ethaddr=${MAC}\0`));
		await bench.run();
		assert.ok(bench.events.some(event => event.event === "note" && /that of this camera is not known/.test(event.text)));
		assert.ok(bench.events.some(({ event }) => event === "done"));
	});

	it("when it is a dry run then the address is told", async () => {
		writeFileSync(join(bench.dump.path, "mtd1.env.bin"), environment(`ethaddr=${MAC}\0`));
		await bench.run({}, { dryRun: true });
		assert.ok(bench.events.some(event => event.event === "note" && event.text.includes(MAC)));
	});
});

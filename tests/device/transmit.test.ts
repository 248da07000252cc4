/** The portable part of the device's serial port under the address and undefined behaviour sanitizers. */
import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

describe("serial/transmit", function () {
	let folder: string;
	let program: string;

	before(function () {
		folder = mkdtempSync(join(tmpdir(), "rackpod-transmit-"));
		program = join(folder, "transmit");
		execFileSync("gcc", ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
			`-I${join(ROOT, "modules/esp32/serial")}`, join(import.meta.dirname, "transmit.c"), "-o", program]);
	});

	after(function () {
		rmSync(folder, { recursive: true, force: true });
	});

	for (const [seed, start] of [[1, "0"], [2, "0xffffff00"], [3, "0x7ffff000"], [4, "0xffffe000"]] as const) {
		it(`when writes, breaks and flushes come in any order then nothing is lost or doubled (seed ${seed}, position ${start})`, function () {
			const { status, stdout, stderr } = spawnSync(program, [String(seed), start], { encoding: "utf8" });
			assert.equal(status, 0, stdout + stderr);
		});
	}
});

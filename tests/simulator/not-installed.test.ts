/** What a new user sees who forgets `npm ci`. */
import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, run } from "../support/command.ts";

describe("a tree without its dependencies", () => {
	let copy: string;

	before(() => {
		copy = mkdtempSync(join(tmpdir(), "rackpod-bare-"));
		for (const path of ["package.json", "simulator", "host-tools"])
			cpSync(join(ROOT, path), join(copy, path), { recursive: true });
	});
	after(() => rmSync(copy, { recursive: true, force: true }));

	for (const script of ["start", "build", "demo", "examples", "real-images"]) {
		it(`when npm run ${script} is typed then it says what is missing, exit 2`, async () => {
			const { code, stdout, stderr } = await run("npm", ["--prefix", copy, "run", "--silent", script]);
			assert.deepEqual([code, stdout, stderr], [2, "", "the dependencies are not installed: run `npm ci` in this folder first\n"]);
		});
	}

	it("when rackpod is called then it says so, too", async () => {
		const { code, stderr } = await run(process.execPath, [join(copy, "host-tools/rackpod.js"), "--version"]);
		assert.deepEqual([code, stderr], [2, "rackpod: its dependencies are not installed: run `npm ci` in its folder first\n"]);
	});
});

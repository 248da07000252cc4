/** Types don't tell: one native function that is written in another way than the build understands (simulator/lower.ts), and no pod runs. */
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { lower } from "../../simulator/lower.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

describe("the native functions of the firmware", function () {
	this.timeout(120_000);

	it("when the compiler has been over them then the build can use every one", function () {
		const output = mkdtempSync(join(tmpdir(), "rackpod-natives-"));
		try {
			const { status, stdout } = spawnSync(process.execPath, [TSC, "-p", join(ROOT, "simulator/tsconfig.json"), "--noCheck", "--outDir", output], { encoding: "utf8" });
			assert.equal(status, 0, stdout);
			const problems: string[] = [];
			let lowered = 0;
			for (const path of readdirSync(output, { recursive: true, encoding: "utf8" }).filter(path => path.endsWith(".js"))) {
				const text = readFileSync(join(output, path), "utf8");
				try {
					if (lower(text, path) !== text)
						lowered++;
				}
				catch (error) {
					problems.push((error as Error).message);
				}
			}
			assert.deepEqual(problems, []);
			assert.ok(lowered > 15, `${lowered} files with native functions`);
		}
		finally {
			rmSync(output, { recursive: true });
		}
	});
});

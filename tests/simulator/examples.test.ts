/** `npm run examples`, and that the inputs of the restore it prints are right. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { loadFastboot, loadLayout, loadProfile } from "../../host-tools/index.ts";
import { systemFlash } from "../../simulator/demo-images.ts";
import { ROOT, run } from "../support/command.ts";

describe("npm run examples", () => {
	it("when it is run then dump, U-Boot and profile are there, are taken as such, and differ from what the camera's flash holds", async () => {
		const { code, stdout, stderr } = await run("npm", ["run", "--silent", "examples"]);
		assert.deepEqual([code, stderr], [0, ""]);
		const [, dump, uboot, profile] = /npx rackpod restore (\S+) --uboot (\S+) --profile (\S+) --pod localhost/.exec(stdout)!;
		const partitions = await loadLayout(join(ROOT, dump!));
		assert.deepEqual(partitions.map(({ name }) => name), ["boot", "env", "kernel", "rootfs"]);
		const { versions } = await loadFastboot(join(ROOT, uboot!), await loadProfile(join(ROOT, profile!)));
		assert.equal(versions.length, 1);
		assert.ok(stdout.includes(versions[0]!));
		assert.ok(!Buffer.from(systemFlash(1 << 20)).includes(versions[0]!));
	});

	it("when it is given a word then it says how it is called, exit 2", async () => {
		const { code, stderr } = await run("npm", ["run", "--silent", "examples", "--", "x"]);
		assert.deepEqual([code, stderr], [2, "usage: npm run examples\n"]);
	});
});

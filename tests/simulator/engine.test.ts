import { strict as assert } from "node:assert";
import { mended, untar, type Mend } from "../../simulator/engine.ts";

const MEND: Mend = { file: "a.c", why: "because", from: "old\n", to: "new\n" };

describe("the engine's sources", function () {
	it("when the line to mend is there once then it is replaced", function () {
		assert.equal(mended("a\nold\nb\n", MEND), "a\nnew\nb\n");
	});

	it("when the line is gone or there twice then the build fails and says why the mend was there", function () {
		assert.throws(() => mended("a\n", MEND), /a\.c: .* 0 times instead of once \(because\)/);
		assert.throws(() => mended("old\nold\n", MEND), /2 times/);
	});

	it("when an archive has files, folders and long paths then the files are found, with their bytes", function () {
		const entry = (name: string, type: string, content: string, prefix = ""): Buffer => {
			const header = Buffer.alloc(512);
			header.write(name, 0);
			header.write(content.length.toString(8).padStart(11, "0"), 124);
			header.write(type, 156);
			header.write(prefix, 345);
			return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - content.length % 512) % 512)]);
		};
		const archive = Buffer.concat([entry("dir/", "5", ""), entry("dir/a", "0", "x".repeat(513)), entry("b", "0", "", "long/prefix"), Buffer.alloc(1024)]);
		assert.deepEqual([...untar(archive)].map(([name, content]) => [name, content.length]), [["dir/a", 513], ["long/prefix/b", 0]]);
	});
});

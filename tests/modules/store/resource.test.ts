/** A file of the manifest tests/host/fixtures/manifest.json; tests/host/resource.ts has what only XS shows. */
import { strict as assert } from "node:assert";
import { resource } from "store/resource";

describe("files of the image", () => {
	it("when a manifest names a file then it is there as content, on Node as on XS", () => {
		const content = resource("lines.txt");
		assert.equal(content.size, 10_000);
		assert.deepEqual([...content.span(5, 4)], [48, 48, 48, 49]);
	});

	it("when none names it then asking for it throws", () => {
		assert.throws(() => resource("missing.txt"), /missing\.txt/);
	});
});

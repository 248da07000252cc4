import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { WrongPlatform, readManifest } from "../../simulator/manifest.ts";

describe("reading manifests", function () {
	let folder: string;

	/** Objects become JSON, strings stay. */
	function write(files: Record<string, unknown>): void {
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, name)), { recursive: true });
			writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
		}
	}

	const read = (name = "manifest.json") => readManifest(join(folder, name));
	const at = (path: string) => join(folder, path);

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-"));
	});

	afterEach(() => rmSync(folder, { recursive: true }));

	it("when a manifest includes others then their modules come from their own folders", function () {
		write({
			"manifest.json": { include: ["a/manifest.json", "b/manifest.json"], modules: { main: "./src/main" } },
			"src/main.ts": "",
			"a/manifest.json": { include: "../b/manifest.json", modules: { "a/a": "./a" } },
			"a/a.ts": "",
			"a/a.c": "",
			"b/manifest.json": { modules: { "b/b": ["./b"] } },
			"b/b.js": ""
		});
		const { modules, natives, files } = read();
		assert.deepEqual([...modules], [["b/b", at("b/b")], ["a/a", at("a/a")], ["main", at("src/main")]]);
		assert.deepEqual(natives, [at("a/a.c")]);
		assert.deepEqual(files, [at("manifest.json"), at("a/manifest.json"), at("b/manifest.json")]);
	});

	it("when a module is named again then what includes wins over what is included", function () {
		write({
			"manifest.json": { include: "a/manifest.json", modules: { x: "./mine" } },
			"mine.ts": "",
			"a/manifest.json": { modules: { x: "./theirs" } },
			"a/theirs.ts": ""
		});
		assert.equal(read().modules.get("x"), at("mine"));
	});

	it("when files stand under data then they have their own names, or the given one with their extension; a missing one is named", function () {
		write({
			"manifest.json": { include: "a/manifest.json", data: { "*": ["./page.html.gz", "$(MODULES)/crypt/data/ca170.der"] } },
			"page.html.gz": "",
			"a/manifest.json": { data: { "texts/read": "./me.txt" }, platforms: { "...": { data: { "*": "./b" } } } },
			"a/me.txt": "",
			"a/b": ""
		});
		assert.deepEqual([...read().data], [["texts/read.txt", at("a/me.txt")], ["b", at("a/b")], ["page.html.gz", at("page.html.gz")]]);
		rmSync(at("a/me.txt"));
		assert.throws(read, /a\/manifest\.json: data "texts\/read": there is no \.\/me\.txt/);
	});

	it("when paths stand under * then the file names are the specifiers, and ~ takes away", function () {
		write({
			"manifest.json": { include: "a/manifest.json", modules: { "~": "./two" } },
			"a/manifest.json": { modules: { "*": ["./one", "./two"] } },
			"a/one.ts": "",
			"a/two.ts": ""
		});
		assert.deepEqual([...read().modules.keys()], ["one"]);
	});

	it("when a path leads into the SDK then it is left out", function () {
		write({ "manifest.json": { include: ["$(MODDABLE)/examples/manifest_base.json"], modules: { timer: "$(MODULES)/base/timer/timer" } } });
		assert.equal(read().modules.size, 0);
	});

	it("when there are platforms then ours is taken, else the one for all others", function () {
		write({
			"manifest.json": { include: ["a.json", "b.json"], platforms: { esp32: { modules: { x: "./esp32" } } } },
			"a.json": { platforms: { esp32: { modules: { a: "./no" } }, "rackpod-linux": { modules: { a: "./a" }, config: { a: 1 } }, "...": { error: "not this" } } },
			"b.json": { platforms: { esp32: { modules: { b: "./no" } }, "...": { modules: { b: "./b" } } } },
			"a.ts": "",
			"b.ts": ""
		});
		const { modules, config } = read();
		assert.deepEqual([...modules.keys()], ["a", "b"]);
		assert.deepEqual(config, { a: 1 });
	});

	it("when a manifest refuses the platform then that is a WrongPlatform with its words", function () {
		write({ "manifest.json": { platforms: { esp32: {}, "...": { error: "the chip only" } } } });
		assert.throws(() => read(), (error: unknown) => error instanceof WrongPlatform && /the chip only/.test(error.message));
	});

	it("when configs meet then objects merge, arrays join, and the rest is replaced", function () {
		write({
			"manifest.json": { include: "a.json", config: { port: 2, list: [3], deep: { b: 2 } } },
			"a.json": { config: { port: 1, name: "a", list: [1, 2], deep: { a: 1, b: 1 } } }
		});
		assert.deepEqual(read().config, { port: 2, name: "a", list: [1, 2, 3], deep: { a: 1, b: 2 } });
	});

	it("when a file is missing or no JSON then its path is in the message", function () {
		write({ "manifest.json": { modules: { x: "./nowhere" } }, "bad.json": "{,}", "far.json": { include: "gone.json" } });
		assert.throws(() => read(), /manifest\.json: \.\/nowhere \(module "x"\)/);
		assert.throws(() => read("bad.json"), /bad\.json: /);
		assert.throws(() => read("far.json"), /gone\.json: /);
	});

	it("when includes go round in a circle then each is read once", function () {
		write({ "manifest.json": { include: "a.json", config: { m: 1 } }, "a.json": { include: "manifest.json", config: { a: 1 } } });
		assert.deepEqual(read().config, { a: 1, m: 1 });
	});
});

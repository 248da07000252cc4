/** Device mode: what the chip would refuse must end the program with the name of the module. */
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../simulator/build.ts";
import { writeDevice } from "../../simulator/pod.ts";

describe("xs-host --device", function () {
	let folder: string;
	let host: string;
	let map: string;

	before(async function () {
		const built = await build({ flavour: "debug", quiet: true });
		host = built.host;
		map = readFileSync(built.map, "utf8");
	});

	beforeEach(function () {
		folder = mkdtempSync(join(tmpdir(), "rackpod-device-"));
	});

	afterEach(function () {
		rmSync(folder, { recursive: true, force: true });
	});

	/** Runs `program` as the module "program"; `size`: the device file's first line. */
	function run(program: string, { preload = ["program"], size }: { preload?: string[]; size?: string } = {}): { status: number | null; stdout: string; stderr: string } {
		writeFileSync(join(folder, "program.js"), program);
		writeFileSync(join(folder, "map"), `${map}program\t${join(folder, "program.js")}\n`);
		const device = writeDevice(join(folder, "device"), ["host/process", "bytes/bytes", ...preload]);
		if (size !== undefined)
			writeFileSync(device, readFileSync(device, "utf8").replace(/^.*/, size));
		return spawnSync(host, ["--device", device, join(folder, "map"), "program"], { encoding: "utf8" });
	}

	const IMPORTS = "import { print, exit } from \"host/process\";\nimport { Bytes } from \"bytes/bytes\";\n";
	const main = (body: string): string => `${IMPORTS}export default function main() { ${body} exit(0); }\n`;

	it("when a program only declares things then it runs, with its state in the clone", function () {
		const { status, stdout, stderr } = run(`${IMPORTS}let count = 1;\nconst list = [1, { a: 2 }];\nconst table = Object.freeze({ text: "t\u00e4xt", deep: { n: 1n } }, true);
class Box { #kept = []; add(x) { this.#kept.push(x); return this.#kept.join(); } }
export default function main() {
	count++; list.push(3); list[1].a = 4;
	for (let i = 0; i < 2000; i++) list[2] = { i, s: table.text + i };	// garbage: the collector must leave the shared machine alone
	const map = new Map([["k", table]]);
	const box = new Box(); box.add(1);
	print([count, list.length, list[1].a, map.get("k").text, String(table.deep.n), box.add(2), Bytes.crc32(new Uint8Array([1, 2, 3]), 0)].join(" "));
	exit(0);
}`);
		assert.equal(status, 0, stderr);
		assert.equal(stdout, "2 3 4 täxt 1 1,2 1438416925\n");
	});

	const REFUSED: [string, string, RegExp][] = [
		["calls a C function of a module", `${IMPORTS}const none = Bytes.crc32(new Uint8Array(0), 0);`, /preloading program: Error: Bytes\.crc32: native code is called while the module is loaded[^]*program\.js:3/],
		["makes an object that is implemented in C", "import { SHA256 } from \"sha256/sha256\";\nconst hash = new SHA256();", /preloading program: Error: SHA256: native code is called/],
		["keeps a Map", "const seen = new Map();\nexport default function main() { seen.set(1, 2); }", /preloading program: it, or a module it imports, keeps a Map/],
		["keeps a Set", "export const seen = new Set();", /keeps a Set/],
		["keeps bytes", "export const buffer = new Uint8Array(16);", /keeps an ArrayBuffer/],
		["keeps a date", "export const start = new Date(0);", /keeps a Date/],
		["throws", "throw new RangeError(\"on purpose\");", /preloading program: RangeError: on purpose/],
		["imports what isn't there", "import nothing from \"no/such\";", /preloading program: .*no\/such/]
	];
	for (const [what, program, expected] of REFUSED)
		it(`when a module's body ${what} then it can't be preloaded, and its name is told`, function () {
			const { status, stderr } = run(program);
			assert.equal(status, 1, stderr);
			assert.match(stderr, expected);
		});

	it("when a preloaded table is written then that throws as on the chip", function () {
		const { stdout, stderr } = run(`${IMPORTS}const table = Object.freeze({ deep: { a: 1 } }, true);\nexport default function main() { try { table.deep.a = 2; } catch (error) { print(error.name); } exit(0); }`);
		assert.equal(stdout, "TypeError\n", stderr);
	});

	it("when the heap is too small for slots, or for chunks, then the memory is full", function () {
		const greedy = main("const all = []; for (let i = 0; i < 3000; i++) all.push({ i }); print(\"fits\");");
		assert.equal(run(greedy, { size: "262144 16384 512 128 32" }).stdout, "fits\n");
		assert.match(run(greedy, { size: "262144 4096 512 128 32" }).stderr, /memory full/);
		const strings = main("const all = []; for (let i = 0; i < 100; i++) all.push(\"x\".repeat(1000) + i); print(\"fits\");");
		assert.equal(run(strings, { size: "262144 4096 512 128 32" }).stdout, "fits\n");
		assert.match(run(strings, { size: "65536 4096 512 128 32" }).stderr, /memory full/);
	});

	it("when something is to be preloaded that the map doesn't have, or the sizes are none, then that is said", function () {
		assert.match(run(main(""), { preload: ["no/such"] }).stderr, /no\/such is to be preloaded, but the map doesn't have it/);
		assert.match(run(main(""), { size: "65536 many" }).stderr, /must be five numbers/);
	});
});

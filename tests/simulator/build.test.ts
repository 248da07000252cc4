/** The build, in a copy of this tree: what it keeps below build/ must serve there, too. */
import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, build } from "../../simulator/build.ts";
import { lock } from "../../simulator/lock.ts";
import { Running, type Result } from "../support/command.ts";
import { until } from "../support/running-pod.ts";

const TREE = ["build/download", "build/engine", "build/host/debug", "host-tools", "modules", "simulator", "src", "manifest.json", "package.json", "tsconfig.json", "tsconfig.firmware.json"];

describe("the build", function () {
	this.timeout(180_000);
	let copy: string;

	before(async () => {
		await build({ flavour: "debug", quiet: true });
	});

	beforeEach(() => {
		copy = mkdtempSync(join(tmpdir(), "rackpod-build-"));
		for (const path of TREE)
			cpSync(join(ROOT, path), join(copy, path), { recursive: true, preserveTimestamps: true });
		symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
	});

	afterEach(() => {
		rmSync(copy, { recursive: true, force: true });
	});

	const list = (): string => join(copy, "build/host/debug/natives");
	const startBuild = (): Running => new Running(process.execPath, ["--import", "tsx", join(copy, "simulator/build.ts"), "--debug"]);
	const buildCopy = (): Promise<Result> => startBuild().ended;

	it("when a tree is copied with what was built then it builds, with its own C files", async () => {
		const { code, stderr } = await buildCopy();
		assert.equal(code, 0, stderr);
		assert.match(readFileSync(list(), "utf8"), /^build\/engine\/modules\/data\/crc\/crc\.c$/m);
		assert.doesNotMatch(readFileSync(list(), "utf8"), /^\/|\.\./m);
	});

	it("when the list names C files of another tree, or some that are gone, then they are dropped", async () => {
		writeFileSync(list(), `${ROOT}/modules/bytes/bytes.c\n../elsewhere/crc.c\nmodules/gone.c\n`);
		const { code, stderr } = await buildCopy();
		assert.equal(code, 0, stderr);
		assert.doesNotMatch(readFileSync(list(), "utf8"), /^\/|\.\.|gone/m);
	});

	it("when another process builds then it says for whom it waits, and goes on when that is done", async () => {
		const { release } = await lock(join(copy, "build/lock"), () => {});
		const waiting = startBuild();
		let ended = false;
		void waiting.ended.then(() => ended = true);
		await until("it says so", async () => ended || waiting.stderr.includes("\n"));
		assert.equal(waiting.stderr, `waiting for process ${process.pid} (build/lock)\n`);
		release();
		const { code, stderr } = await waiting.ended;
		assert.equal(code, 0, stderr);
	});

	it("when a build was killed and another process has its number now then nobody waits", async () => {
		writeFileSync(join(copy, "build/lock"), String(process.pid));
		const { code, stderr } = await buildCopy();
		assert.equal(code, 0, stderr);
	});
});

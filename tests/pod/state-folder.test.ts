/** A pod's state folder is one pod's. */
import { strict as assert } from "node:assert";
import { lstatSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Running, endAll } from "../support/command.ts";

describe("npm start -- --state", function () {
	this.timeout(180_000);
	let folder: string;
	let state: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-state-"));
		state = join(folder, "rack");
	});

	afterEach(() => {
		endAll();
		rmSync(folder, { recursive: true, force: true });
	});

	const start = (): Running => new Running(process.execPath, ["--import", "tsx", "simulator/start.ts", "--http-port", "0", "--bridge-port", "0", "--tftp-port", "0", "--state", state]);
	const httpOf = async (program: Running): Promise<string> => (JSON.parse(await program.line(() => true)) as { http: string }).http;

	/** Which files there are, by their inodes. */
	const look = (): unknown => [readlinkSync(join(state, "uart")), ...["power", "line", "config.js", "modules.map", "latch", "nor.bin"].map(name => lstatSync(join(state, name), { throwIfNoEntry: false })?.ino)];

	it("when a pod runs in the folder then a second one is refused and the first goes on", async () => {
		const first = start();
		const http = await httpOf(first);
		await fetch(`${http}/power/on`, { method: "POST" });
		const before = look();
		const { code, stdout, stderr } = await start().ended;
		assert.equal(code, 1);
		assert.equal(stdout, "");
		assert.ok(stderr.includes(`${state} is in use by process ${first.child.pid}\n`), stderr);
		assert.deepEqual(look(), before);
		assert.equal((await fetch(`${http}/status`)).status, 200);
	});

	it("when the one before was killed then another can be started at once", async () => {
		const first = start();
		await httpOf(first);
		first.child.kill("SIGKILL");
		const http = await httpOf(start());
		assert.ok(lstatSync(join(state, "uart")).isSymbolicLink());
		assert.equal((await fetch(`${http}/status`)).status, 200);
	});
});

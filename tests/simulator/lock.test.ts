/** Locks between processes: one at a time, and none that outlives its holder. */
import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lock, lockIfFree, type Lock } from "../../simulator/lock.ts";
import { ROOT, Running, endAll } from "../support/command.ts";

describe("a lock between processes", function () {
	let folder: string;
	let path: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-lock-"));
		path = join(folder, "lock");
	});

	afterEach(() => {
		endAll();
		rmSync(folder, { recursive: true, force: true });
	});

	/** A process with `lock`, `path` and `say`, a line on stdout. It ends when stdin does, at the latest. */
	const program = (body: string): Running => new Running(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", `
		import { lock } from ${JSON.stringify(join(ROOT, "simulator/lock.ts"))};
		import { spawn } from "node:child_process";
		import { rmSync, writeFileSync } from "node:fs";
		const path = ${JSON.stringify(path)};
		const say = text => process.stdout.write(text + "\\n");
		process.stdin.resume().on("end", () => process.exit());
		${body}
	`]);

	const holding = async (): Promise<Running> => {
		const holder = program(`await lock(path, () => {}); say("locked");`);
		await holder.line(line => line === "locked");
		return holder;
	};

	const got = (result: Lock | number): Lock => {
		assert.equal(typeof result, "object", `process ${String(result)} has it`);
		return result as Lock;
	};

	it("when several processes want it again and again then never two have it, and each gets it", async () => {
		const programs = Array.from({ length: 4 }, () => program(`
			for (let i = 0; i < 20; i++) {
				const { release } = await lock(path, () => {});
				writeFileSync(path + ".inside", "", { flag: "wx" });	// throws when another is inside
				await new Promise(resolve => setTimeout(resolve, 2));
				rmSync(path + ".inside");
				release();
			}
			process.exit();
		`));
		for (const { ended } of programs) {
			const { code, stderr } = await ended;
			assert.equal(code, 0, stderr);
		}
	});

	it("when the file names a process that lives but doesn't hold it then it is free", async () => {
		writeFileSync(path, String(process.pid));
		(await lock(path, () => {})).release();
		got(await lockIfFree(path)).release();
	});

	it("when another holds it then that process's number is told, and the wait ends with it", async () => {
		const holder = await holding();
		assert.equal(await lockIfFree(path), holder.child.pid);
		let told: (holder: number) => void;
		const first = new Promise<number>(resolve => told = resolve);
		const waiting = lock(path, holder => told(holder));
		assert.equal(await first, holder.child.pid);
		holder.child.kill("SIGKILL");
		const { release } = await waiting;
		assert.equal(readFileSync(path, "latin1"), String(process.pid));
		release();
	});

	it("when it is given back then it is free, and the file stays", async () => {
		const { release } = await lock(path, () => {});
		assert.equal(await lockIfFree(path), process.pid);
		release();
		assert.ok(existsSync(path));
		got(await lockIfFree(path)).release();
	});

	it("when its holder is killed then it isn't free before what inherited it has ended", async () => {
		const holder = program(`
			const { fd } = await lock(path, () => {});
			spawn("sh", ["-c", 'sleep 0.5; : > "$0.over"', path], { stdio: ["ignore", "ignore", "ignore", fd] });
			say("locked");
		`);
		await holder.line(line => line === "locked");
		holder.child.kill("SIGKILL");
		await holder.ended;
		const { release } = got(await lockIfFree(path));
		assert.ok(existsSync(`${path}.over`));
		release();
	});
});

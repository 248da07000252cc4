import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { EXIT_CODES, EXIT_OK, EXIT_UNEXPECTED, exitCodeOf } from "../../host-tools/cli/exit-codes.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { CommandBench } from "./support/command-bench.ts";

describe("the rackpod command", () => {
	const bench = new CommandBench();
	const { pod, run, lines } = bench;

	it("when exit codes are looked up then they are the documented ones", () => {
		assert.deepEqual({ EXIT_OK, EXIT_UNEXPECTED, ...EXIT_CODES }, { EXIT_OK: 0, EXIT_UNEXPECTED: 1, usage: 2, unreachable: 3, refused: 4, camera: 5, verification: 6, interrupted: 130 });
		assert.equal(exitCodeOf(new Error("a defect")), 1);
		assert.equal(exitCodeOf(new Failure("camera", "")), 5);
	});

	for (const args of [["nonsense"], ["ls", "--nonsense"], ["power", "sideways"], ["stage"], ["stage", "a/kernel", "b/kernel"], ["rm"], ["rm", "--all", "x"], ["restore", "x"], ["ls", "--console-port", "0"], ["ls", "--pod", "a/b"], ["restore", "x", "--uboot", "y", "--only", ","], ["fastboot", "/nowhere"], ["stage", "/nowhere"]]) {
		it(`when called as "rackpod ${args.join(" ")}" then it is a usage error and nothing is asked of a pod`, async () => {
			const { requests } = await pod();
			assert.equal(await run(...args), 2);
			assert.ok(bench.world.err.length > 10);
			assert.deepEqual(requests, []);
		});
	}

	it("when no pod is named then it says how", async () => {
		assert.equal(await run("ls"), 2);
		assert.match(bench.world.err, /--pod HOST/);
	});

	it("when --version is given, before or behind a command, then it is this program's, from its package", async () => {
		const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
		for (const [...args] of [["--version"], ["-V", "status"], ["status", "--version"], ["restore", "-V"]]) {
			bench.world.out = "";
			assert.equal(await run(...args), 0);
			assert.equal(bench.world.out, `${version}\n`);
		}
	});

	it("when an option of the pod stands before the command then it counts as behind it, and one behind it wins", async () => {
		await pod();
		const { host } = bench.fake!;
		delete bench.world.env.RACKPOD;
		assert.equal(await run("--pod", host, "--json", "status"), 0);
		assert.equal(lines()[0]!.name, "fake");
		assert.equal(await run("--pod", "127.0.0.1:1", "status", "--pod", host), 0);
		assert.equal(await run("-p", host, "status"), 0);
		assert.equal(await run("--nonsense", "status", "--pod", host), 2);
	});

	for (const args of [["statu", "--help"], ["statu", "-h"], ["help", "statu"], ["statu"], ["--json", "statu", "--help"]]) {
		it(`when a command that there isn't is asked about as "rackpod ${args.join(" ")}" then that is said, with the one that was meant`, async () => {
			assert.equal(await run(...args), 2);
			assert.equal(bench.world.err, "error: unknown command 'statu'\n(Did you mean status?)\n");
			assert.equal(bench.world.out, "");
		});
	}

	it("when help is asked for then the exit codes are in it", async () => {
		assert.equal(await run("--help"), 0);
		assert.match(bench.world.out, /Exit codes:\n +0 {2}done\n/);
		assert.equal(await run("restore", "--help"), 0);
		assert.match(bench.world.out, /--keep-staged/);
	});

	it("when the pod is not there then the exit code is 3", async () => {
		await pod();
		const { host } = bench.fake!;
		await bench.fake!.stop();
		bench.fake = undefined;
		assert.equal(await run("status", "--pod", host), 3);
		assert.match(bench.world.err, /check the pod's address/);
	});

	it("when status is asked for then it is a screen, all of it, or JSON", async () => {
		await pod();
		assert.equal(await run("status"), 0);
		assert.equal(bench.world.out, "pod  fake, firmware 1\n");
		bench.world.out = "";
		assert.equal(await run("status", "--all"), 0);
		assert.match(bench.world.out, /^name: fake\nversion: 1\nrefused:\n {2}http: 0\n {2}console: 0\ndefects: none\n$/);
		bench.world.out = "";
		assert.equal(await run("status", "--json"), 0);
		assert.equal(lines()[0]!.name, "fake");
	});

	it("when power is switched then its state is said", async () => {
		const { requests } = await pod();
		assert.equal(await run("power", "on"), 0);
		assert.equal(bench.world.out, "camera on (5V)\n");
		assert.deepEqual(requests, ["POST /power/on"]);
	});

	it("when files are staged, listed and removed then each step tells", async () => {
		const { files } = await pod();
		assert.equal(await run("stage", bench.dump.uboot, bench.dump.profile), 0);
		assert.match(bench.world.out, /staged u-boot\.bin: 19\.5 KB, crc32 [0-9a-f]{8}, \d\.\d s/);
		bench.world.out = "";
		assert.equal(await run("ls"), 0);
		assert.match(bench.world.out, /^bytes +crc32 +read +name\n20000 +[0-9a-f]{8} +0\/0 +u-boot\.bin\n/);
		assert.equal(await run("rm", "u-boot.bin"), 0);
		assert.deepEqual([...files.keys()], ["hi3516ev300.json"]);
		assert.equal(await run("rm", "u-boot.bin"), 4);
		assert.equal(await run("rm", "--all"), 0);
		assert.equal(files.size, 0);
	});

	it("when a slot waits for the camera's bytes then no CRC is shown for it", async () => {
		const file = { name: "backup", size: 0, crc32: "00000000", reads: 0, completed: 0, last_error: null, armed_size: 65536, received: 512 };
		await pod({ answers: [{ request: "GET /tftp", status: 200, body: { files: [file], max_size_bytes: 1, max_slots: 32, psram_free_bytes: 1, psram_largest_free_block: 1 } }] });
		assert.equal(await run("ls"), 0);
		assert.match(bench.world.out, /^ +0 {2}- +0\/0 {3}backup {2}512 of up to 65536 bytes from the camera$/m);
	});

	it("when the pod refuses with --json then the error is an event, too", async () => {
		await pod({ answers: [{ request: "POST /power/cycle", status: 409, body: { error: "busy", message: "m", owner: "fastboot" } }] });
		assert.equal(await run("power", "cycle", "--json"), 4);
		const [event] = lines();
		assert.deepEqual([event!.event, event!.exit, event!.code, event!.status, event!.owner], ["error", 4, "busy", 409, "fastboot"]);
	});

	for (const code of ["busy", "uart_busy"]) {
		it(`when somebody else has the line (${code}) then it is said how to read along`, async () => {
			await pod({ answers: [{ request: "POST /power/cycle", status: 409, body: { error: code, message: "m" } }] });
			assert.equal(await run("power", "cycle"), 4);
			assert.ok(bench.world.err.includes(`\`curl -i 'http://${bench.fake!.host}/uart/log'\` reads along without taking it`), bench.world.err);
			assert.ok(bench.world.err.includes(`\`rackpod log -f --pod http://${bench.fake!.host}\` goes on`), bench.world.err);
		});
	}
});

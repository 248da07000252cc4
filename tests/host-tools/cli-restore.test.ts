/** `rackpod restore`: what it prints and logs, what its options do, and how it ends. */
import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandBench } from "./support/command-bench.ts";

describe("the restore command", () => {
	const bench = new CommandBench();
	const { pod, run, lines, restoreArgs } = bench;

	it("when another U-Boot answers a restore then it stops there, exit 5, and nothing is asked of the camera", async () => {
		const { camera } = await pod({ answers: [{ request: "POST /fastboot", status: 200, body: { success: true, last_phase: "done", banner: "U-Boot 2010.06" } }] });
		assert.equal(await run("restore", bench.dump.path, "--uboot", bench.dump.uboot, "--profile", bench.dump.profile), 5);
		assert.match(bench.world.err, /another U-Boot answered[^]*Nothing was erased/);
		assert.deepEqual(camera.commands, []);
	});

	it("when a dump is restored then plain lines tell each step with sizes, CRCs and rates", async () => {
		const { camera } = await pod();
		assert.equal(await run(...restoreArgs()), 0, bench.world.err);
		assert.deepEqual(camera.flash.subarray(0, bench.dump.content.length), bench.dump.content);
		for (const expected of [/3 pieces, 225\.7 KB/, /staged mtd1\.env\.bin: 64 KB, crc32 [0-9a-f]{8}/, /mtd1\.env\.bin: RAM holds crc32/, /mtd1\.env\.bin: erased 64 KB/, /verified in the flash, crc32/, /the camera said "login:"/, /restored in .*: 3 written and verified/])
			assert.match(bench.world.out, expected);
		assert.ok(!bench.world.out.includes("\x1b"));
		assert.equal(bench.world.interrupt, undefined);
	});

	it("when a dump is restored with --json then every line is an event", async () => {
		await pod();
		assert.equal(await run(...restoreArgs(), "--json", "--log", join(bench.dump.folder, "log")), 0);
		const events = lines();
		assert.equal(events[0]!.event, "plan");
		assert.equal(events.at(-1)!.event, "done");
		assert.ok(events.every(({ time, pod, job }) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(time)) && pod === bench.fake!.host && job === events[0]!.job));
		assert.match(String(events[0]!.job), /^restore-[0-9a-f]{8}$/);
		const log = readFileSync(join(bench.dump.folder, "log"), "utf8").trimEnd().split("\n");
		assert.ok(log.every(line => /^\d{4}-\d\d-\d\dT[\d:.]+Z restore-[0-9a-f]{8} /.test(line)), log.join("\n"));
		for (const part of [/ begins, at the pod 127/, / \| .*sf probe 0/, / staged mtd1\.env\.bin: 64 KB/, / restored in .*: 3 written/, / done$/])
			assert.ok(log.some(line => part.test(line)), String(part));
	});

	it("when the log of a restore can't be written then it is a usage error and nothing is asked of the pod", async () => {
		const { requests } = await pod();
		assert.equal(await run(...restoreArgs(), "--log", "/nowhere/log"), 2);
		assert.match(bench.world.err, /the log \/nowhere\/log can't be written/);
		assert.deepEqual(requests, []);
	});

	it("when it is a dry run then it says so, how long it would take and what would stay", async () => {
		const { requests } = await pod();
		assert.equal(await run(...restoreArgs(), "--dry-run", "--flash-size", "1M"), 0);
		assert.match(bench.world.out, /^dry run: this is the plan; nothing was switched, staged, erased or written\. The restore itself would take about \d+ s$/m);
		assert.match(bench.world.out, /^would stay as it is: 0x40000 to 0xfffff \(768 KB\)$/m);
		assert.ok(requests.every(request => request.startsWith("GET ")));
		bench.world.out = "";
		assert.equal(await run(...restoreArgs(), "--dry-run", "--json"), 0);
		assert.deepEqual(lines().map(({ event, flash_size, untouched }) => [event, flash_size, untouched]), [["plan", undefined, undefined], ["dry-run", null, []]]);
		bench.world.out = "";
		assert.equal(await run(...restoreArgs(), "--dry-run"), 0);
		assert.match(bench.world.out, /^would stay as it is: what lies behind/m);
	});

	it("when a restore is over then what was not touched is named", async () => {
		await pod();
		assert.equal(await run(...restoreArgs(), "--only", "env,boot"), 0, bench.world.err);
		assert.match(bench.world.out, /^not touched, since nothing was given for it: 0x20000 to 0xfffff \(896 KB\)$/m);
	});

	it("when a file and its place are given then only that place is written", async () => {
		const { camera } = await pod();
		const kernel = join(bench.dump.folder, "uImage");
		writeFileSync(kernel, Buffer.concat([Buffer.from("27051956", "hex"), Buffer.alloc(26), Buffer.from([2]), Buffer.alloc(1000, 7)]));
		const [, , ...rest] = restoreArgs();
		assert.equal(await run("restore", kernel, "--at", "0x50000", ...rest), 0, bench.world.err);
		assert.deepEqual(camera.commands.filter(command => /^sf (erase|write)/.test(command)), ["sf erase 0x50000 0x10000", "sf write 0x42000000 0x50000 0x407"]);
	});

	it("when the dump is no flash image then nothing is asked of the pod, and --force asks", async () => {
		const { requests } = await pod();
		const readme = join(bench.dump.folder, "README.md");
		writeFileSync(readme, "# A readme\n".repeat(3000));
		const [, , ...rest] = restoreArgs();
		assert.equal(await run("restore", readme, ...rest), 2);
		assert.match(bench.world.err, /README\.md is a text, not the content of a whole flash/);
		assert.deepEqual(requests, []);
		assert.equal(await run("restore", readme, ...rest, "--force", "--dry-run"), 0);
	});

	it("when a whole flash is smaller than the camera's then nothing is erased", async () => {
		const { camera } = await pod({ flashSize: 2 * 1024 * 1024 });
		const flash = join(bench.dump.folder, "flash.bin");
		writeFileSync(flash, bench.dump.content.subarray(0, 65536));
		const bytes = Buffer.alloc(1024 * 1024, 0xFF);
		bench.dump.content.copy(bytes);
		writeFileSync(flash, bytes);
		const [, , ...rest] = restoreArgs();
		assert.equal(await run("restore", flash, ...rest), 2);
		assert.match(bench.world.err, /1048576 bytes, the camera's flash 2097152 \(2048 KB\).*Nothing was erased/);
		assert.ok(!camera.commands.some(command => /erase|write/.test(command)));
		assert.equal(await run("restore", flash, ...rest, "--force", "--no-expect"), 0, bench.world.err);
	});

	it("when RAM is wrong then the exit code is 6 and it says that nothing was erased", async () => {
		await pod({ camera: { loadsCorrupt: Infinity } });
		assert.equal(await run(...restoreArgs(), "--tries", "1"), 6);
		assert.match(bench.world.err, /Nothing was erased/);
	});

	it("when a description of another board is given then its commands are used", async () => {
		const { camera } = await pod();
		const board = join(bench.dump.folder, "board.json");
		writeFileSync(board, JSON.stringify({ ram: "0x42100000", transferLimit: "1M", network: ["setenv ipaddr 10.0.0.2"], started: "Starting kernel" }));
		assert.equal(await run(...restoreArgs(), "--board", board), 0, bench.world.err);
		assert.ok(camera.commands.includes("setenv ipaddr 10.0.0.2"));
		assert.ok(camera.commands.includes("tftpboot 0x42100000 mtd0.boot.bin"));
		assert.match(bench.world.out, /the camera said "Starting kernel"/);
	});

	it("when interrupted then it finishes the partition and stops cleanly with 130", async () => {
		const { camera, files } = await pod();
		camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				bench.world.interrupt!("SIGINT");
		};
		assert.equal(await run(...restoreArgs()), 130);
		assert.deepEqual(bench.world.exits, []);
		assert.match(bench.world.out, /finishing env first/);
		assert.match(bench.world.err, /stopping cleanly.*\n.*env is written and verified\. Not yet written: rootfs, boot/s);
		assert.equal(files.size, 0);
	});
});

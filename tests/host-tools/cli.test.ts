import { strict as assert } from "node:assert";
import { EventEmitter } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context, StopSignal } from "../../host-tools/cli/context.ts";
import { EXIT_CODES, EXIT_OK, EXIT_UNEXPECTED, exitCodeOf } from "../../host-tools/cli/exit-codes.ts";
import { main } from "../../host-tools/cli/main.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { Dump, fastClock, pattern } from "./support/dump.ts";
import { FakePod, type FakePodOptions } from "./support/fake-pod.ts";

/** A terminal, or a pipe, without a process. */
class World implements Context {
	out = "";
	err = "";
	readonly exits: number[] = [];
	readonly env: Record<string, string> = {};
	readonly clock = fastClock;
	readonly keys = new EventEmitter();
	interrupt: ((signal: StopSignal) => void) | undefined;
	raw = false;
	onOut: (text: string) => void = () => undefined;
	readonly stdout = { isTTY: false, columns: 80, write: (text: string | Uint8Array) => {
		this.out += Buffer.from(text as string).toString("latin1");
		this.onOut(this.out);
	} };
	readonly stderr = { isTTY: false, write: (text: string | Uint8Array) => void (this.err += text) };
	readonly stdin = Object.assign(this.keys, { isTTY: false, pause: () => undefined, resume: () => undefined, setRawMode: (raw: boolean) => void (this.raw = raw) });

	onInterrupt(callback: (signal: StopSignal) => void): () => void {
		this.interrupt = callback;
		return () => this.interrupt = undefined;
	}

	exit(code: number): void {
		this.exits.push(code);
	}
}

describe("the rackpod command", () => {
	let fake: FakePod | undefined;
	let world: World;
	let dump: Dump;

	before(() => {
		dump = new Dump();
	});
	after(() => dump.remove());
	beforeEach(() => {
		world = new World();
	});
	afterEach(async () => {
		await fake?.stop();
		fake = undefined;
	});

	async function pod(options: FakePodOptions = {}): Promise<FakePod> {
		fake = new FakePod(options);
		await fake.start();
		world.env.RACKPOD = fake.host;
		return fake;
	}

	const run = (...args: string[]): Promise<number> => main(args, world);
	const restoreArgs = (): string[] => ["restore", dump.path, "--uboot", dump.uboot, "--profile", dump.profile];
	const lines = (): Record<string, unknown>[] => world.out.trim().split("\n").map(line => JSON.parse(line) as Record<string, unknown>);

	it("when exit codes are looked up then they are the documented ones", () => {
		assert.deepEqual({ EXIT_OK, EXIT_UNEXPECTED, ...EXIT_CODES }, { EXIT_OK: 0, EXIT_UNEXPECTED: 1, usage: 2, unreachable: 3, refused: 4, camera: 5, verification: 6, interrupted: 130 });
		assert.equal(exitCodeOf(new Error("a defect")), 1);
		assert.equal(exitCodeOf(new Failure("camera", "")), 5);
	});

	for (const args of [["nonsense"], ["ls", "--nonsense"], ["power", "sideways"], ["stage"], ["stage", "a/kernel", "b/kernel"], ["rm"], ["rm", "--all", "x"], ["restore", "x"], ["ls", "--console-port", "0"], ["ls", "--pod", "a/b"], ["restore", "x", "--uboot", "y", "--only", ","], ["fastboot", "/nowhere"], ["stage", "/nowhere"]]) {
		it(`when called as "rackpod ${args.join(" ")}" then it is a usage error and nothing is asked of a pod`, async () => {
			const { requests } = await pod();
			assert.equal(await run(...args), 2);
			assert.ok(world.err.length > 10);
			assert.deepEqual(requests, []);
		});
	}

	it("when no pod is named then it says how", async () => {
		assert.equal(await run("ls"), 2);
		assert.match(world.err, /--pod HOST/);
	});

	it("when --version is given, before or behind a command, then it is this program's, from its package", async () => {
		const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
		for (const [...args] of [["--version"], ["-V", "status"], ["status", "--version"], ["restore", "-V"]]) {
			world.out = "";
			assert.equal(await run(...args), 0);
			assert.equal(world.out, `${version}\n`);
		}
	});

	it("when an option of the pod stands before the command then it counts as behind it, and one behind it wins", async () => {
		await pod();
		const { host } = fake!;
		delete world.env.RACKPOD;
		assert.equal(await run("--pod", host, "--json", "status"), 0);
		assert.equal(lines()[0]!.name, "fake");
		assert.equal(await run("--pod", "127.0.0.1:1", "status", "--pod", host), 0);
		assert.equal(await run("-p", host, "status"), 0);
		assert.equal(await run("--nonsense", "status", "--pod", host), 2);
	});

	for (const args of [["statu", "--help"], ["statu", "-h"], ["help", "statu"], ["statu"], ["--json", "statu", "--help"]]) {
		it(`when a command that there isn't is asked about as "rackpod ${args.join(" ")}" then that is said, with the one that was meant`, async () => {
			assert.equal(await run(...args), 2);
			assert.equal(world.err, "error: unknown command 'statu'\n(Did you mean status?)\n");
			assert.equal(world.out, "");
		});
	}

	it("when help is asked for then the exit codes are in it", async () => {
		assert.equal(await run("--help"), 0);
		assert.match(world.out, /Exit codes:\n +0 {2}done\n/);
		assert.equal(await run("restore", "--help"), 0);
		assert.match(world.out, /--keep-staged/);
	});

	it("when the pod is not there then the exit code is 3", async () => {
		await pod();
		const { host } = fake!;
		await fake!.stop();
		fake = undefined;
		assert.equal(await run("status", "--pod", host), 3);
		assert.match(world.err, /check the pod's address/);
	});

	it("when status is asked for then it is a screen, all of it, or JSON", async () => {
		await pod();
		assert.equal(await run("status"), 0);
		assert.equal(world.out, "pod  fake, firmware 1\n");
		world.out = "";
		assert.equal(await run("status", "--all"), 0);
		assert.match(world.out, /^name: fake\nversion: 1\nrefused:\n {2}http: 0\n {2}console: 0\ndefects: none\n$/);
		world.out = "";
		assert.equal(await run("status", "--json"), 0);
		assert.equal(lines()[0]!.name, "fake");
	});

	it("when power is switched then its state is said", async () => {
		const { requests } = await pod();
		assert.equal(await run("power", "on"), 0);
		assert.equal(world.out, "camera on (5V)\n");
		assert.deepEqual(requests, ["POST /power/on"]);
	});

	it("when files are staged, listed and removed then each step tells", async () => {
		const { files } = await pod();
		assert.equal(await run("stage", dump.uboot, dump.profile), 0);
		assert.match(world.out, /staged u-boot\.bin: 19\.5 KB, crc32 [0-9a-f]{8}, \d\.\d s/);
		world.out = "";
		assert.equal(await run("ls"), 0);
		assert.match(world.out, /^bytes +crc32 +read +name\n20000 +[0-9a-f]{8} +0\/0 +u-boot\.bin\n/);
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
		assert.match(world.out, /^ +0 {2}- +0\/0 {3}backup {2}512 of up to 65536 bytes from the camera$/m);
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
			assert.ok(world.err.includes(`\`curl -i 'http://${fake!.host}/uart/log'\` reads along without taking it`), world.err);
			assert.ok(world.err.includes(`\`rackpod log -f --pod http://${fake!.host}\` goes on`), world.err);
		});
	}

	it("when fastboot is run then its phases are shown", async () => {
		await pod();
		assert.equal(await run("fastboot", dump.uboot, "--profile", dump.profile, "--json"), 0);
		assert.deepEqual([...new Set(lines().map(({ event }) => event))], ["fastboot-begin", "fastboot", "fastboot-done"]);
	});

	const UBOOT = "U-Boot 2016.11-rackpod-7 (Mar 20 2023 - 13:54:41 +0300)hi3516ev300";
	const bootOf = async (banner: string | null | undefined, file: string, ...args: string[]): Promise<number> => {
		const path = join(dump.folder, "versioned.bin");
		writeFileSync(path, Buffer.concat([pattern(20000, 9), Buffer.from(file)]));
		await pod({ answers: [{ request: "POST /fastboot", status: 200, body: { success: true, last_phase: "done", elapsed_ms: 5, handshake_markers: 5, banner } }] });
		return run("fastboot", path, "--profile", dump.profile, ...args);
	};

	it("when the U-Boot that was sent answers then its version is said", async () => {
		assert.equal(await bootOf(UBOOT, UBOOT), 0);
		assert.match(world.out, /^U-Boot 2016\.11-rackpod-7 \(.*\)hi3516ev300 is running after .* s; talk to it with `rackpod console`\n$/m);
	});

	it("when another U-Boot answers than the one that was sent then the exit code is 5 and both are named", async () => {
		assert.equal(await bootOf("U-Boot 2010.06 (Nov 14 2022 - 19:23:46)", UBOOT), 5);
		assert.ok(world.err.includes(`another U-Boot answered than the one sent: "U-Boot 2010.06 (Nov 14 2022 - 19:23:46)" instead of "${UBOOT}"`), world.err);
		assert.match(world.err, /what is in its flash/);
		assert.ok(!world.out.includes("running"));
	});

	for (const [what, banner, file, doubt] of [
		["the file shows no version", UBOOT, "nothing", /its file shows no version; "U-Boot 2016\.11-rackpod-7/],
		["the camera said none", null, UBOOT, /the camera said no version/],
		["the pod doesn't tell", undefined, UBOOT, /does not say which U-Boot answered: its firmware is older/]
	] as const) {
		it(`when ${what} then it is said that nobody knows which U-Boot answered`, async () => {
			assert.equal(await bootOf(banner, file), 0);
			assert.match(world.out, /^the camera answers after/m);
			assert.match(world.out, doubt);
			world.out = "";
			await fake!.stop();
			assert.equal(await bootOf(banner, file, "--json"), 0);
			assert.match(String(lines().at(-1)!.doubt), doubt);
		});
	}

	it("when another U-Boot answers a restore then it stops there, exit 5, and nothing is asked of the camera", async () => {
		const { camera } = await pod({ answers: [{ request: "POST /fastboot", status: 200, body: { success: true, last_phase: "done", banner: "U-Boot 2010.06" } }] });
		assert.equal(await run("restore", dump.path, "--uboot", dump.uboot, "--profile", dump.profile), 5);
		assert.match(world.err, /another U-Boot answered[^]*Nothing was erased/);
		assert.deepEqual(camera.commands, []);
	});

	it("when fastboot fails then the exit code is 5 and the frame is named", async () => {
		await pod({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "handshake", failed_phase: "handshake", error: "no markers" } }] });
		assert.equal(await run("fastboot", dump.uboot, "--profile", dump.profile), 5);
		assert.match(world.err, /phase handshake: no markers\n.*check the camera's power/);
	});

	it("when profile options contradict each other then it is a usage error", async () => {
		await pod();
		assert.equal(await run("fastboot", dump.uboot, "--profile", dump.profile, "--chip", "x"), 2);
		assert.equal(await run("fastboot", dump.uboot, "--profiles", dump.folder), 2);
		assert.equal(await run("fastboot", dump.uboot, "--profiles", dump.folder, "--chip", "hi3516ev300"), 0);
	});

	it("when a dump is restored then plain lines tell each step with sizes, CRCs and rates", async () => {
		const { camera } = await pod();
		assert.equal(await run(...restoreArgs()), 0, world.err);
		assert.deepEqual(camera.flash.subarray(0, dump.content.length), dump.content);
		for (const expected of [/3 pieces, 225\.7 KB/, /staged mtd1\.env\.bin: 64 KB, crc32 [0-9a-f]{8}/, /mtd1\.env\.bin: RAM holds crc32/, /mtd1\.env\.bin: erased 64 KB/, /verified in the flash, crc32/, /the camera said "login:"/, /restored in .*: 3 written and verified/])
			assert.match(world.out, expected);
		assert.ok(!world.out.includes("\x1b"));
		assert.equal(world.interrupt, undefined);
	});

	it("when a dump is restored with --json then every line is an event", async () => {
		await pod();
		assert.equal(await run(...restoreArgs(), "--json", "--log", join(dump.folder, "log")), 0);
		const events = lines();
		assert.equal(events[0]!.event, "plan");
		assert.equal(events.at(-1)!.event, "done");
		assert.ok(events.every(({ time, pod, job }) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(time)) && pod === fake!.host && job === events[0]!.job));
		assert.match(String(events[0]!.job), /^restore-[0-9a-f]{8}$/);
		const log = readFileSync(join(dump.folder, "log"), "utf8").trimEnd().split("\n");
		assert.ok(log.every(line => /^\d{4}-\d\d-\d\dT[\d:.]+Z restore-[0-9a-f]{8} /.test(line)), log.join("\n"));
		for (const part of [/ begins, at the pod 127/, / \| .*sf probe 0/, / staged mtd1\.env\.bin: 64 KB/, / restored in .*: 3 written/, / done$/])
			assert.ok(log.some(line => part.test(line)), String(part));
	});

	it("when a job with a log fails then the log says how", async () => {
		await pod({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "handshake", failed_phase: "handshake", error: "no markers" } }] });
		const log = join(dump.folder, "failed.log");
		assert.equal(await run("fastboot", dump.uboot, "--profile", dump.profile, "--log", log, "--json"), 5);
		assert.match(readFileSync(log, "utf8"), /^\S+ fastboot-[0-9a-f]{8} ends with exit code 5: fastboot failed in phase handshake: no markers$/m);
		const { event, job, pod: name } = lines().at(-1)!;
		assert.deepEqual([event, /^fastboot-/.test(String(job)), name], ["error", true, fake!.host]);
	});

	it("when the log of a restore can't be written then it is a usage error and nothing is asked of the pod", async () => {
		const { requests } = await pod();
		assert.equal(await run(...restoreArgs(), "--log", "/nowhere/log"), 2);
		assert.match(world.err, /the log \/nowhere\/log can't be written/);
		assert.deepEqual(requests, []);
	});

	it("when it is a dry run then it says so, how long it would take and what would stay", async () => {
		const { requests } = await pod();
		assert.equal(await run(...restoreArgs(), "--dry-run", "--flash-size", "1M"), 0);
		assert.match(world.out, /^dry run: this is the plan; nothing was switched, staged, erased or written\. The restore itself would take about \d+ s$/m);
		assert.match(world.out, /^would stay as it is: 0x40000 to 0xfffff \(768 KB\)$/m);
		assert.ok(requests.every(request => request.startsWith("GET ")));
		world.out = "";
		assert.equal(await run(...restoreArgs(), "--dry-run", "--json"), 0);
		assert.deepEqual(lines().map(({ event, flash_size, untouched }) => [event, flash_size, untouched]), [["plan", undefined, undefined], ["dry-run", null, []]]);
		world.out = "";
		assert.equal(await run(...restoreArgs(), "--dry-run"), 0);
		assert.match(world.out, /^would stay as it is: what lies behind/m);
	});

	it("when a restore is over then what was not touched is named", async () => {
		await pod();
		assert.equal(await run(...restoreArgs(), "--only", "env,boot"), 0, world.err);
		assert.match(world.out, /^not touched, since nothing was given for it: 0x20000 to 0xfffff \(896 KB\)$/m);
	});

	it("when a file and its place are given then only that place is written", async () => {
		const { camera } = await pod();
		const kernel = join(dump.folder, "uImage");
		writeFileSync(kernel, Buffer.concat([Buffer.from("27051956", "hex"), Buffer.alloc(26), Buffer.from([2]), Buffer.alloc(1000, 7)]));
		const [, , ...rest] = restoreArgs();
		assert.equal(await run("restore", kernel, "--at", "0x50000", ...rest), 0, world.err);
		assert.deepEqual(camera.commands.filter(command => /^sf (erase|write)/.test(command)), ["sf erase 0x50000 0x10000", "sf write 0x42000000 0x50000 0x407"]);
	});

	it("when the dump is no flash image then nothing is asked of the pod, and --force asks", async () => {
		const { requests } = await pod();
		const readme = join(dump.folder, "README.md");
		writeFileSync(readme, "# A readme\n".repeat(3000));
		const [, , ...rest] = restoreArgs();
		assert.equal(await run("restore", readme, ...rest), 2);
		assert.match(world.err, /README\.md is a text, not the content of a whole flash/);
		assert.deepEqual(requests, []);
		assert.equal(await run("restore", readme, ...rest, "--force", "--dry-run"), 0);
	});

	it("when a whole flash is smaller than the camera's then nothing is erased", async () => {
		const { camera } = await pod({ flashSize: 2 * 1024 * 1024 });
		const flash = join(dump.folder, "flash.bin");
		writeFileSync(flash, dump.content.subarray(0, 65536));
		const bytes = Buffer.alloc(1024 * 1024, 0xFF);
		dump.content.copy(bytes);
		writeFileSync(flash, bytes);
		const [, , ...rest] = restoreArgs();
		assert.equal(await run("restore", flash, ...rest), 2);
		assert.match(world.err, /1048576 bytes, the camera's flash 2097152 \(2048 KB\).*Nothing was erased/);
		assert.ok(!camera.commands.some(command => /erase|write/.test(command)));
		assert.equal(await run("restore", flash, ...rest, "--force", "--no-expect"), 0, world.err);
	});

	it("when RAM is wrong then the exit code is 6 and it says that nothing was erased", async () => {
		await pod({ camera: { loadsCorrupt: Infinity } });
		assert.equal(await run(...restoreArgs(), "--tries", "1"), 6);
		assert.match(world.err, /Nothing was erased/);
	});

	it("when a description of another board is given then its commands are used", async () => {
		const { camera } = await pod();
		const board = join(dump.folder, "board.json");
		writeFileSync(board, JSON.stringify({ ram: "0x42100000", transferLimit: "1M", network: ["setenv ipaddr 10.0.0.2"], started: "Starting kernel" }));
		assert.equal(await run(...restoreArgs(), "--board", board), 0, world.err);
		assert.ok(camera.commands.includes("setenv ipaddr 10.0.0.2"));
		assert.ok(camera.commands.includes("tftpboot 0x42100000 mtd0.boot.bin"));
		assert.match(world.out, /the camera said "Starting kernel"/);
	});

	it("when interrupted then it finishes the partition and stops cleanly with 130", async () => {
		const { camera, files } = await pod();
		camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				world.interrupt!("SIGINT");
		};
		assert.equal(await run(...restoreArgs()), 130);
		assert.deepEqual(world.exits, []);
		assert.match(world.out, /finishing env first/);
		assert.match(world.err, /stopping cleanly.*\n.*env is written and verified\. Not yet written: rootfs, boot/s);
		assert.equal(files.size, 0);
	});

	describe("console", () => {
		const consoleArgs = (...more: string[]): string[] => ["console", ...more];
		/** Waits until the output has `text`. */
		const shown = (text: string): Promise<void> => new Promise(resolve => {
			const look = (): void => {
				if (world.out.includes(text))
					resolve();
			};
			world.onOut = look;
			look();
		});

		it("when a terminal is there then keys go to the camera raw until Ctrl-]", async () => {
			const { camera } = await pod();
			world.stdin.isTTY = true;
			const job = run(...consoleArgs("--log", join(dump.folder, "console.log")));
			await shown("12345");
			await new Promise<void>(resolve => setImmediate(resolve));
			assert.equal(world.raw, true);
			world.keys.emit("data", Buffer.from("\x03"));
			await shown("<INTERRUPT>");
			world.keys.emit("data", Buffer.from("setenv a b\rxyz\x1dlost"));
			assert.equal(await job, 0);
			assert.equal(world.raw, false);
			assert.equal(world.interrupt, undefined);
			assert.match(world.out, /^12345<INTERRUPT>\r\nOpenIPC # /);
			assert.match(world.err, /Ctrl-\] leaves/);
			assert.ok(!camera.commands.includes("xyz"));
		});

		it("when input is piped then it leaves after the answer", async () => {
			const { camera } = await pod();
			const job = run(...consoleArgs("--no-backlog"));
			const connected = new Promise<void>(resolve => world.stdin.resume = () => void resolve());
			await connected;
			world.keys.emit("data", Buffer.from("\x03setenv a b\r"));
			world.keys.emit("end");
			assert.equal(await job, 0);
			assert.deepEqual(camera.commands, ["setenv a b"]);
			assert.match(world.out, /^<INTERRUPT>/);
		});

		it("when the pod can't say who has the line then that is said, and it goes on", async () => {
			await pod({ answers: [{ request: "GET /uart", status: 500, body: { error: "internal", message: "a defect" } }] });
			const connected = new Promise<void>(resolve => world.stdin.resume = () => void resolve());
			const job = run(...consoleArgs("--no-backlog"));
			await connected;
			world.keys.emit("end");
			assert.equal(await job, 0);
			assert.match(world.err, /nobody knows who has the console.*a defect/);
		});

		it("when another client takes the line then it ends with 3", async () => {
			await pod();
			const connected = new Promise<void>(resolve => world.stdin.resume = () => void resolve());
			const job = run(...consoleArgs());
			await connected;
			fake!.dropClient();
			assert.equal(await job, 3);
			assert.match(world.err, /another client may have taken it over/);
		});

		it("when somebody has the line then the line is left to its holder, unless it is to be taken", async () => {
			const { requests } = await pod();
			fake!.holder = "10.0.0.9:1234";
			assert.equal(await run(...consoleArgs("--seconds", "1")), 4);
			assert.match(world.err, /10\.0\.0\.9:1234 has had the console for 42 s\n.*--take takes it/);
			assert.match(world.err, new RegExp(`\`curl -i 'http://${fake!.host}/uart/log\\?since=\\d+'\` reads along without taking it`));
			assert.match(world.err, new RegExp(`\`rackpod log -f --pod http://${fake!.host} --since \\d+\` goes on`));
			assert.ok(requests.length > 1);
			assert.equal(await run(...consoleArgs("--seconds", "1", "--take")), 0);
		});

		it("when who had the line has just left then it is free", async () => {
			await pod();
			fake!.holder = "10.0.0.9:1234";
			fake!.onRequest = () => fake!.holder = fake!.requests.length > 1 ? null : "10.0.0.9:1234";
			assert.equal(await run(...consoleArgs("--seconds", "1")), 0);
		});

		it("when the time is over then it leaves", async () => {
			await pod();
			assert.equal(await run(...consoleArgs("--seconds", "1")), 0);
		});

		it("when the log can't be written then it is a usage error", async () => {
			await pod();
			assert.equal(await run(...consoleArgs("--log", "/nowhere/log")), 2);
		});
	});
});

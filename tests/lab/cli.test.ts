/** The `rackpod` command against a pod: what it prints, and its exit codes. What a terminal and signals do to it is in tests/pod/cli.test.ts. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { filled } from "../../simulator/random.ts";
import { makeUBoot, PROFILE } from "../../simulator/demo-images.ts";
import { endAll, LAB, Peer, rackpod, rackpodWith, startRackpod, testPod, until, type Result, type TestPod } from "../support/pod-lab.ts";

const hex32 = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, "0");

describe("rackpod", function () {
	this.timeout(120_000);
	let folder: string;
	let pod: TestPod;

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-cli-"));
		writeFileSync(join(folder, "uImage"), filled(100_001, 1));
		writeFileSync(join(folder, "empty"), "");
		writeFileSync(join(folder, "u-boot.bin"), makeUBoot(20 * 1024, 1));
		writeFileSync(join(folder, "profile.json"), JSON.stringify(PROFILE));
	});

	beforeEach(async () => {
		// its flash holds a U-Boot and no kernel: after the power-on it ends at its prompt
		pod = await testPod({ camera: "sim", nor: makeUBoot(20 * 1024, 1), cameraArguments: ["--bootdelay", "1"] });
	});

	afterEach(async () => {
		endAll();
		await pod.stop();
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	const file = (name: string): string => join(folder, name);
	const where = (): string[] => ["--pod", pod.http];
	const on = (command: string, ...args: string[]): Promise<Result> => rackpod(command, ...args, ...where());
	const succeeds = async (command: string, ...args: string[]): Promise<string> => {
		const { code, stdout, stderr } = await on(command, ...args);
		assert.deepEqual([code, stderr], [0, ""], stdout);
		return stdout;
	};
	const fails = (result: Result, code: number, message: RegExp): void => {
		assert.equal(result.code, code, result.stdout + result.stderr);
		assert.match(result.stderr, message);
	};
	const lines = (text: string): any[] => text.trimEnd().split("\n").map(line => JSON.parse(line));
	/** Switches the camera on and waits for its prompt. */
	async function prompt(): Promise<void> {
		await pod.client.powerOn();
		await until("the camera is at its prompt", async () => Buffer.from((await pod.client.uartLog()).bytes).toString("latin1").endsWith("OpenIPC # "));
	}
	const fastboot = (...args: string[]): string[] => ["fastboot", file("u-boot.bin"), "--profile", file("profile.json"), ...where(), ...args];

	describe("status", () => {
		it("when it is asked then name, memory, power, serial line and clients are shown", async () => {
			assert.match(await succeeds("status"), /^pod +rackpod, firmware \S+, up for \d+ s\ncamera +off for \d+ s\nconsole +free, 115200 baud\nfiles +0 of 32; 7936 KB free\n/);
			const text = await succeeds("status", "--all");
			assert.match(text, /^name: rackpod$/m);
			assert.match(text, /^memory:$[^]*^ {2}psram_free_bytes: 8126464$/m);
			assert.match(text, /^power:\n {2}camera_on: false$/m);
			assert.match(text, /^uart:$[^]*^ {2}baud: 115200$/m);
		});

		it("when --json is given then it is the pod's own answer on one line", async () => {
			const [status, ...more] = lines(await succeeds("status", "--json"));
			assert.equal(more.length, 0);
			assert.equal(status.name, "rackpod");
			assert.equal(status.memory.psram_free_bytes, 8126464);
		});

		it("when the pod is given by the environment then that one is asked", async () => {
			const { code, stdout } = await rackpodWith({ RACKPOD: `${LAB}:${pod.httpPort}` }, "status");
			assert.equal(code, 0);
			assert.match(stdout, /^pod +rackpod,/);
		});
	});

	describe("power", () => {
		it("when it is switched then the state is printed and true", async () => {
			for (const [args, text] of [[[], "off"], [["on"], "on"], [["state"], "on"], [["cycle"], "on"], [["off"], "off"]] as const) {
				assert.equal(await succeeds("power", ...args), `camera ${text} (5V)\n`);
				assert.equal((await pod.client.power()).camera_on, text === "on");
			}
			assert.equal(lines(await succeeds("power", "on", "--json"))[0].camera_on, true);
		});

		it("when the action is unknown then it says which there are, exit 2", async () => {
			fails(await on("power", "sideways"), 2, /sideways[^]*state, on, off, cycle/);
		});
	});

	describe("stage, ls, rm", () => {
		it("when files are staged then they are listed with size and CRC-32, and can be removed", async () => {
			assert.match(await succeeds("stage", file("uImage"), file("empty")), new RegExp(`^staged uImage: 97\\.7 KB, crc32 ${hex32(filled(100_001, 1))}.*\nstaged empty: 0 .*crc32 00000000`));
			await succeeds("stage", file("uImage"), "--name", "other");
			const listed = await succeeds("ls");
			assert.match(listed, new RegExp(`^100001 +${hex32(filled(100_001, 1))} +0/0 +uImage$`, "m"));
			assert.match(listed, /^ +0 +00000000 +0\/0 +empty$/m);
			assert.match(listed, /^3 of 32 files; \S+ \S+ free$/m);
			assert.equal(await succeeds("rm", "uImage", "empty"), "removed uImage, empty\n");
			assert.equal(await succeeds("rm", "--all"), "removed everything\n");
			assert.match(await succeeds("ls"), /^0 of 32 files; 7936 KB free\n$/);
		});

		it("when --json is given then each line parses and tells the same", async () => {
			const staged = lines(await succeeds("stage", file("uImage"), "--json")).at(-1);
			assert.deepEqual([staged.event, staged.name, staged.size, staged.crc32], ["staged", "uImage", 100_001, hex32(filled(100_001, 1))]);
			assert.deepEqual(lines(await succeeds("ls", "--json"))[0].files.map(({ name }: { name: string }) => name), ["uImage"]);
			const [removed] = lines(await succeeds("rm", "uImage", "--json"));
			assert.deepEqual([removed.event, removed.names, removed.pod], ["removed", ["uImage"], `${LAB}:${pod.httpPort}`]);
		});

		it("when a file is not there, or nothing is said, then exit 2", async () => {
			fails(await on("stage", file("nothing")), 2, /nothing can't be read/);
			fails(await on("stage", file("uImage"), file("empty"), "--name", "x"), 2, /--name is for one file/);
			fails(await on("rm"), 2, /names or --all/);
			fails(await on("rm", "x", "--all"), 2, /names or --all/);
			fails(await on("stage"), 2, /missing required argument/);
		});

		it("when the pod refuses then exit 4, its code with --json, and advice", async () => {
			writeFileSync(file("large"), Buffer.alloc(9_000_000));
			const result = await on("stage", file("large"), "--json");
			fails(result, 4, /oom[^]*\n {9}free room on the pod/);
			const [event] = lines(result.stdout);
			assert.deepEqual([event.event, event.exit, event.code, event.requested, event.psram_largest_free], ["error", 4, "oom", 9_000_000, 8126464]);
			fails(await on("rm", "nothing"), 4, /no_such_file/);
			fails(await on("stage", file("uImage"), "--name", "a//b"), 4, /bad_name/);
		});
	});

	describe("fastboot", () => {
		it("when the camera is dead then U-Boot runs on it", async () => {
			assert.match(await succeeds(...fastboot() as [string]), /^SPL 17 KB \(its end by gzip\), U-Boot 20 KB\nU-Boot 2016\.11-\S+ .* is running after \d/);
			assert.equal((await pod.client.fastbootState()).last_result?.success, true);
			assert.deepEqual((await pod.ask("uploads") as { size: number }[]).map(({ size }) => size), [64, 64, 17408, 20480]);
		});

		it("when --json is given then begin, progress and result are events", async () => {
			const events = lines(await succeeds(...fastboot("--json") as [string]));
			assert.deepEqual([events[0].event, events[0].spl, events[0].uboot, events[0].boundary], ["fastboot-begin", 17408, 20480, "gzip"]);
			assert.ok(events.some(({ event, sent }) => event === "fastboot" && sent > 0));
			assert.deepEqual([events.at(-1).event, events.at(-1).success], ["fastboot-done", true]);
		});

		it("when another one runs then exit 4; and a Ctrl-C ends that one, exit 130", async () => {
			writeFileSync(file("long.bin"), makeUBoot(512 * 1024, 1)); // 47 s on the wire
			const first = startRackpod("fastboot", file("long.bin"), "--profile", file("profile.json"), ...where(), "--json");
			await first.line(line => JSON.parse(line).event === "fastboot");
			fails(await rackpod(...fastboot()), 4, /bringing up the camera for somebody else[^]*rackpod status/);
			fails(await on("power", "on"), 4, /409 busy/);
			first.child.kill("SIGINT");
			assert.equal((await first.ended).code, 130);
			await until("the pod has ended it", async () => !(await pod.client.fastbootState()).running);
		});

		it("when the camera says nothing then exit 5, with phase and advice", async () => {
			await pod.ask("inject mute on");
			fails(await rackpod(...fastboot()), 5, /fastboot failed in phase handshake[^]*power and serial wires/);
		});

		it("when the profile is missing then exit 2", async () => {
			fails(await on("fastboot", file("u-boot.bin")), 2, /not clear which SoC profile/);
		});
	});

	describe("console", () => {
		it("when its input is a pipe then what is typed is run, the answer printed, and it leaves at the end", async () => {
			await prompt();
			const running = startRackpod("console", ...where());
			running.child.stdin.end("\x03printenv soc\r");
			const result = await running.ended;
			assert.equal(result.code, 0, result.stderr);
			assert.match(result.stdout, /U-Boot 2016\.11[^]*soc=hi3516ev300/);
		});

		it("when --seconds and --log are given then it leaves by itself and the file has what the camera said", async () => {
			await prompt();
			const log = file("camera.log");
			const { code, stdout } = await on("console", "--seconds", "1", "--log", log);
			assert.equal(code, 0);
			assert.match(stdout, /U-Boot/);
			assert.equal(readFileSync(log, "latin1"), stdout);
		});

		it("when --no-backlog is given then only what comes is shown", async () => {
			await prompt();
			assert.equal((await on("console", "--seconds", "1", "--no-backlog")).stdout, "");
		});

		it("when another client has the line then it is refused, exit 4, and --take takes it", async () => {
			const first = startRackpod("console", "--seconds", "60", ...where());
			await until("it has the line", async () => (await pod.client.uart()).owner?.startsWith("bridge") === true);
			fails(await on("console", "--seconds", "1"), 4, /10\.0\.0\.2:\d+ has had the console for \d+ s\n.*--take takes it/);
			assert.equal((await on("console", "--seconds", "1", "--take")).code, 0);
			fails(await first.ended, 3, /the console was lost/);
		});

		it("when another client takes the line then it says so, exit 3", async () => {
			const first = startRackpod("console", "--seconds", "60", ...where());
			await until("it has the line", async () => (await pod.client.uart()).owner?.startsWith("bridge") === true);
			const second = await Peer.connect(pod.bridgePort);
			fails(await first.ended, 3, /the console was lost/);
			second.close();
		});
	});

	describe("without its pod", () => {
		const commands = (): string[][] => [["status"], ["power", "on"], ["ls"], ["rm", "--all"], ["stage", file("uImage")], ["fastboot", file("u-boot.bin"), "--profile", file("profile.json")], ["console"]];

		it("when nobody listens there then every command exits with 3 and advice", async () => {
			for (const command of commands()) {
				const result = await rackpod(...command, "--pod", `${LAB}:1`, "--console-port", "1");
				fails(result, 3, /\n {9}check /);
			}
		});

		it("when none is given then exit 2 says how to", async () => {
			for (const command of commands())
				fails(await rackpodWith({}, ...command), 2, /no pod is given[^]*--pod HOST/);
		});
	});

	it("when the command or an option is unknown, or none is given, then exit 2; --help exits with 0", async () => {
		fails(await on("flash"), 2, /unknown command 'flash'/);
		fails(await on("ls", "--long"), 2, /unknown option '--long'/);
		fails(await rackpod(), 2, /Usage: rackpod/);
		const { code, stdout } = await rackpod("--help");
		assert.equal(code, 0);
		for (const command of ["status", "power", "stage", "ls", "rm", "fastboot", "console", "restore"])
			assert.match(stdout, new RegExp(`^  ${command} `, "m"));
	});
});

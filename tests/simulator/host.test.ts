/** What the host program shows the outside: how it ends, what it leaves behind, and the board's sockets and links. */
import { strict as assert } from "node:assert";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../../simulator/build.ts";
import { buildTests } from "../node/xs.ts";
import { PYTHON, needs } from "../support/needs.ts";

const flavour = process.env.STRESS === "1" ? "stress" : "debug";
const { host, map } = await buildTests(flavour);

describe("xs-host: how programs end", function () {
	const run = (way: string, ...options: string[]) => spawnSync(host, [...options, map, "tests/host/fixtures/failing", way], { cwd: ROOT, encoding: "utf8", timeout: 30_000 });

	/** In 4 GB of address space. AddressSanitizer needs more for itself. */
	const runLimited = (way: string) => spawnSync("sh", ["-c", `ulimit -v 4000000; exec "$0" "$@"`, host, map, "tests/host/fixtures/failing", way], { cwd: ROOT, encoding: "utf8", timeout: 30_000 });

	for (const way of ["body", "timer", "io"])
		it(`when an exception leaves a callback (${way}) then the program ends and names the line of TypeScript`, function () {
			const { status, stdout, stderr } = run(way);
			assert.equal(status, 1, stderr);
			assert.match(stderr, /unhandled exception\nRangeError: on purpose\n at fail \(tests\/host\/fixtures\/failing\.ts:7\)/);
			assert.equal(stdout, "");
		});

	for (const way of ["rejection", "job"])
		it(`when a promise is rejected and nobody handles it (${way}) then the program ends and names the line of TypeScript`, function () {
			const { status, stdout, stderr } = run(way);
			assert.equal(status, 1, stderr);
			assert.match(stderr, /unhandled rejection\nRangeError: on purpose\n at fail \(tests\/host\/fixtures\/failing\.ts:7\)/);
			assert.equal(stdout, "");
		});

	// the scale makes of the timer's second one that is short by half a nanosecond, as sums of fractions of milliseconds are now and then
	it("when a timer is due in a second less half a nanosecond then it rings, though nothing else wakes the program", function () {
		const { status, stderr } = spawnSync(host, ["--time-scale", "0.9999999995", map, "tests/host/fixtures/second"], { cwd: ROOT, encoding: "utf8", timeout: 30_000, killSignal: "SIGKILL" });
		assert.equal(status, 0, stderr);
	});

	it("when the stack or the memory is full then the program ends and says so", function () {
		assert.match(run("stack").stderr, /stack overflow/);
		if (flavour === "debug")
			assert.match(runLimited("memory").stderr, /memory full/);
	});

	it("when a SharedArrayBuffer can't be had then that is a RangeError and no crash later", function () {
		if (flavour === "debug")
			assert.equal(runLimited("shared").stdout, "RangeError\nstill here\n");
	});

	it("when the command line makes no sense then usage and exit code 2 are the answer", function () {
		for (const options of [[], ["--time-scale", "0", map, "x"], ["--time-scale"], ["--nonsense", map, "x"], [map]]) {
			const { status, stderr } = spawnSync(host, options, { encoding: "utf8" });
			assert.equal(status, 2, options.join(" "));
			assert.match(stderr, /^usage:/);
		}
	});

	it("when the map or the module doesn't exist or doesn't parse then that is said", function () {
		assert.match(spawnSync(host, ["/nowhere", "x"], { encoding: "utf8" }).stderr, /\/nowhere: No such file/);
		assert.match(spawnSync(host, [map, "no/such"], { encoding: "utf8" }).stderr, /no\/such.*not found/);
		const folder = mkdtempSync(join(tmpdir(), "rackpod-"));
		writeFileSync(join(folder, "bad.js"), "let a = 1;\nlet b = ;\n");
		writeFileSync(join(folder, "map"), "bad\tbad.js\n");
		const { status, stderr } = spawnSync(host, [join(folder, "map"), "bad"], { encoding: "utf8" });
		rmSync(folder, { recursive: true });
		assert.equal(status, 1);
		assert.match(stderr, /bad\.js:2: /);
	});
});

describe("xs-host: the board's outside", function () {
	let folder: string;
	let program: ChildProcess | undefined;
	let port: number;
	const control = createSocket("udp4");
	const sockets: Socket[] = [];

	after(() => control.close());

	async function start(...options: string[]): Promise<void> {
		const at = options.indexOf("on");
		const initial = at < 0 ? "off" : options.splice(at, 1)[0]!;
		program = spawn(host, [...options, map, "tests/host/fixtures/board", folder, initial], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
		const [line] = await once(createInterface({ input: program.stdout! }), "line") as [string];
		port = Number(line);
	}

	/** Lines of one of the board's sockets; `next` waits for one. */
	function listen(name: string): { next(): Promise<string>; ended: Promise<unknown> } {
		const socket = connect(join(folder, name));
		sockets.push(socket);
		const lines: string[] = [];
		const waiting: ((line: string) => void)[] = [];
		createInterface({ input: socket }).on("line", line => {
			const first = waiting.shift();
			if (first)
				first(line);
			else
				lines.push(line);
		});
		return {
			next: () => lines.length ? Promise.resolve(lines.shift()!) : new Promise(resolve => waiting.push(resolve)),
			ended: once(socket, "close")
		};
	}

	async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
		const exit = once(program!, "exit") as Promise<[number | null]>;
		program!.kill(signal);
		return (await exit)[0];
	}

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-"));
	});

	afterEach(async () => {
		for (const socket of sockets.splice(0))
			socket.destroy();
		if (program?.exitCode === null && program.signalCode === null)
			await stop("SIGKILL");
		program = undefined;
		rmSync(folder, { recursive: true });
	});

	const send = (command: string): void => control.send(command, port, "127.0.0.1");

	it("when somebody connects to the power socket then the state comes first and then each change, to everybody", async function () {
		await start();
		const first = listen("power");
		assert.equal(await first.next(), "off");
		send("power 1");
		assert.equal(await first.next(), "on");
		const second = listen("power");
		assert.equal(await second.next(), "on");
		send("power 1");
		send("power 0");
		assert.equal(await first.next(), "off");
		assert.equal(await second.next(), "off");
	});

	it("when a reader goes then the others are still told", async function () {
		await start("on");
		const first = listen("power");
		const second = listen("power");
		assert.equal(await first.next(), "on");
		assert.equal(await second.next(), "on");
		sockets[0]!.destroy();
		send("power 0");
		assert.equal(await second.next(), "off");
	});

	it("when the pin is released then the gate floats high and the supply is off", async function () {
		await start("on");
		const power = listen("power");
		assert.equal(await power.next(), "on");
		send("release x");
		assert.equal(await power.next(), "off");
		await power.ended;
		assert.equal(existsSync(join(folder, "power")), false);
	});

	it("when the baud rate changes or a break is sent then the line socket says so in the order of the line", async function () {
		await start();
		const line = listen("line");
		assert.equal(await line.next(), "baud 115200");
		send("baud 921600");
		assert.equal(await line.next(), "baud 921600");
		send("write 1000");
		send("break 20");
		assert.equal(await line.next(), "break 20");
		const late = listen("line");
		assert.equal(await late.next(), "baud 921600");
	});

	for (const signal of ["SIGTERM", "SIGINT"] as const)
		it(`when ${signal} comes then the program ends with 0 and leaves nothing behind`, async function () {
			await start();
			assert.match(readlinkSync(join(folder, "uart")), /^\/dev\/pts\//);
			assert.deepEqual(readdirSync(folder).sort(), ["line", "power", "uart"]);
			assert.equal(await stop(signal), 0);
			assert.deepEqual(readdirSync(folder), []);
		});

	it("when stdin ends and that was asked for then the program ends", async function () {
		await start("--until-eof");
		const exit = once(program!, "exit");
		program!.stdin!.end();
		assert.deepEqual(await exit, [0, null]);
		assert.deepEqual(readdirSync(folder), []);
	});

	it("when a crash left the sockets and the link then a new program replaces them", async function () {
		await start();
		await stop("SIGKILL");
		assert.ok(existsSync(join(folder, "power")));
		await start();
		assert.equal(await listen("power").next(), "off");
		assert.ok(lstatSync(join(folder, "uart")).isSymbolicLink());
	});

	it("when a file is in the way then it is not replaced", async function () {
		writeFileSync(join(folder, "uart"), "precious");
		const { status, stderr } = spawnSync(host, [map, "tests/host/fixtures/board", folder, "off"], { cwd: ROOT, encoding: "utf8" });
		assert.equal(status, 1);
		assert.match(stderr, /uart: File exists/);
		assert.deepEqual(readdirSync(folder), ["uart"]);
	});

	it("when a dangling link is in the way then it is replaced", async function () {
		symlinkSync("/nowhere", join(folder, "uart"));
		await start();
		assert.match(readlinkSync(join(folder, "uart")), /^\/dev\/pts\//);
	});
});

describe("xs-host: TCP's urgent data", function () {
	needs(PYTHON);

	it("when some of what comes is urgent then it comes in its place, and the connection goes on", async function () {
		const program = spawn(host, [map, "tests/host/fixtures/echo"], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
		try {
			const [port] = await once(createInterface({ input: program.stdout }), "line") as [string];
			const { status, stderr } = await ended(spawn(PYTHON, ["tests/host/fixtures/urgent.py", port], { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] }));
			assert.equal(status, 0, stderr);
		}
		finally {
			program.kill("SIGKILL");
		}
	});
});

async function ended(program: ChildProcess): Promise<{ status: number | null; stderr: string }> {
	let stderr = "";
	program.stderr!.on("data", (data: Buffer) => { stderr += data.toString(); });
	const [status] = await once(program, "close") as [number | null];
	return { status, stderr };
}

/** `npm start`: what it says and leaves, as a process among others. */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loader } from "../support/blob.ts";
import { Running } from "../support/command.ts";
import { Peer, until } from "../support/running-pod.ts";

interface Ready {
	ready: boolean;
	http: string;
	bridge: string;
	rfc2217: string;
	tftp: string;
	state: string;
	pid: number;
}

/** A process: its id, and when it was started, because ids come again. */
interface Process {
	pid: number;
	parent: number;
	started: string;
	command: string;
}

describe("npm start", function () {
	this.timeout(180_000);
	let folder: string;
	const running: Running[] = [];

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-start-"));
	});

	afterEach(async () => {
		for (const { child, ended } of running.splice(0)) {
			// The group: npm, its shell, and all that they have started.
			if (child.exitCode === null && child.signalCode === null)
				process.kill(-child.pid!, "SIGKILL");
			await ended;
		}
		rmSync(folder, { recursive: true, force: true });
	});

	/** Free ports unless told otherwise; temporary folders go where they can be counted. */
	function start(...args: string[]): Running {
		const ports = ["--http-port", "--bridge-port", "--tftp-port"].filter(option => !args.includes(option)).flatMap(option => [option, "0"]);
		const program = new Running("npm", ["start", "--silent", "--", ...ports, ...args], { env: { ...process.env, TMPDIR: folder }, group: true });
		program.child.stdin!.end();
		running.push(program);
		return program;
	}

	const ready = async (program: Running): Promise<Ready> => JSON.parse(await program.line(() => true)) as Ready;
	const temporary = (): string[] => readdirSync(folder).filter(name => name.startsWith("rackpod-"));
	const gone = ({ pid, started }: Process): boolean => processes().every(other => other.pid !== pid || other.started !== started);

	function processes(): Process[] {
		return readdirSync("/proc").filter(name => /^\d+$/.test(name)).flatMap(name => {
			try {
				const text = readFileSync(`/proc/${name}/stat`, "latin1");
				const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
				if (fields[0] === "Z")
					return [];
				return [{ pid: Number(name), parent: Number(fields[1]), started: fields[19]!, command: readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ") }];
			}
			catch {
				return []; // it has ended meanwhile
			}
		});
	}

	/** All that `pid` has started, and they in turn; itself first. */
	function family(pid: number): Process[] {
		const all = processes();
		const members = all.filter(process => process.pid === pid);
		for (const member of members)
			members.push(...all.filter(({ parent }) => parent === member.pid));
		return members;
	}

	/** The program itself: Node with simulator/start.ts. */
	const starterOf = (members: Process[]): Process => members.find(({ command }) => /node .*simulator\/start\.ts/.test(command))!;

	async function refuses(endpoint: string): Promise<boolean> {
		const socket = connect(Number(endpoint.split(":").pop()), "127.0.0.1");
		try {
			await once(socket, "connect");
			return false;
		}
		catch {
			return true;
		}
		finally {
			socket.destroy();
		}
	}

	const bound = (endpoint: string): boolean =>
		readFileSync("/proc/net/udp", "latin1").toLowerCase().includes(`:${Number(endpoint.split(":").pop()).toString(16).padStart(4, "0")} `);

	/** Nothing that was started, listens or was made is left. */
	async function assertGone(members: Process[], { http, bridge, tftp, state }: Ready, kept = false): Promise<void> {
		await until("all processes have ended", async () => members.every(gone));
		assert.ok(await refuses(http), "HTTP still listens");
		assert.ok(await refuses(bridge), "the bridge still listens");
		assert.ok(!bound(tftp), "TFTP is still bound");
		assert.equal(existsSync(state), kept, state);
	}

	it("when all listens then stdout has one line of JSON with the fields agreed upon, and no more until the end", async () => {
		const program = start();
		const line = await program.line(() => true);
		const { ready, http, bridge, rfc2217, tftp, state, pid, ...more } = JSON.parse(line) as Ready;
		assert.equal(line, JSON.stringify({ ready, http, bridge, rfc2217, tftp, state, pid }));
		assert.deepEqual(more, {});
		assert.equal(ready, true);
		assert.match(http, /^http:\/\/127\.0\.0\.1:\d+$/);
		assert.match(rfc2217, /^127\.0\.0\.1:\d+$/);
		assert.match(bridge, /^127\.0\.0\.1:\d+$/);
		assert.match(tftp, /^127\.0\.0\.1:\d+$/);
		assert.ok([http, bridge, rfc2217, tftp].every(endpoint => !endpoint.endsWith(":0")));
		assert.ok(lstatSync(join(state, "uart")).isSymbolicLink());
		assert.match(readFileSync(`/proc/${pid}/cmdline`, "latin1"), /xs-host/);
		assert.equal((await fetch(`${http}/status`)).status, 200);
		assert.ok(bound(tftp));
		// something for stderr
		await fetch(`${http}/power/on`, { method: "POST" });
		program.child.kill("SIGTERM");
		const { code, stdout } = await program.ended;
		assert.equal(stdout, line + "\n");
		assert.equal(code, 0);
	});

	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		for (const [who, send] of [
			["npm", (program: Running) => program.child.kill(signal)],
			["the program", (_: Running, members: Process[]) => process.kill(starterOf(members).pid, signal)],
			["all of them, as a terminal does,", (program: Running) => process.kill(-program.child.pid!, signal)]
		] as [string, (program: Running, members: Process[]) => void][]) {
			it(`when ${who} gets ${signal} then all ends and nothing is left`, async () => {
				const program = start();
				const endpoints = await ready(program);
				const members = family(program.child.pid!);
				assert.ok(members.length >= 4, members.map(({ command }) => command).join("\n")); // npm, the program, firmware, camera
				assert.deepEqual(temporary(), [endpoints.state.split("/").pop()]);
				send(program, members);
				await program.ended;
				await assertGone(members, endpoints);
				assert.deepEqual(temporary(), []);
			});
		}
	}

	it("when it is stopped while somebody stages, has the console and a fastboot runs then all ends just so", async () => {
		const program = start();
		const endpoints = await ready(program);
		const members = family(program.child.pid!);
		const port = Number(endpoints.http.split(":").pop());
		const [console, upload] = [await Peer.connect(Number(endpoints.bridge.split(":").pop())), await Peer.connect(port)];
		upload.send("POST /tftp/a HTTP/1.1\r\nHost: pod\r\nContent-Length: 1000000\r\n\r\nabc");
		await until("the upload has begun", async () => (await (await fetch(`${endpoints.http}/status`)).json() as { memory: { uploads: number } }).memory.uploads === 1);
		program.child.kill("SIGTERM");
		await program.ended;
		await console.untilClosed();
		await upload.untilClosed();
		await assertGone(members, endpoints);
	});

	it("when the program is killed then what it has started ends by itself", async () => {
		const program = start();
		const endpoints = await ready(program);
		const members = family(program.child.pid!);
		process.kill(starterOf(members).pid, "SIGKILL");
		await program.ended;
		await assertGone(members, endpoints, true);
	});

	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
		it(`when ${signal} comes while it is starting then nothing is left`, async () => {
			const program = start();
			await until("its folder is there", async () => temporary().length > 0 || program.lines.length > 0);
			const members = family(program.child.pid!);
			process.kill(starterOf(members).pid, signal);
			await program.ended;
			await until("all processes have ended", async () => members.every(gone));
			assert.deepEqual(temporary(), []);
		});
	}

	for (const [what, members] of [["the firmware", "xs-host"], ["the camera", "simulator/camera/main.js"]] as const) {
		it(`when ${what} dies then it says so, ends the rest and exits with 1`, async () => {
			const program = start();
			const endpoints = await ready(program);
			const all = family(program.child.pid!);
			process.kill(all.find(({ command }) => command.includes(members))!.pid, "SIGKILL");
			const { code, stderr } = await program.ended;
			assert.notEqual(code, 0);
			assert.match(stderr, new RegExp(`${what} ended with SIGKILL`));
			await assertGone(all, endpoints);
		});
	}

	describe("with a port that is taken", () => {
		async function assertRefused(program: Running, port: number): Promise<void> {
			const { code, stdout, stderr } = await program.ended;
			assert.notEqual(code, 0);
			assert.notEqual(code, undefined);
			assert.equal(stdout, "");
			assert.match(stderr, /in use/i);
			assert.match(stderr, new RegExp(`\\b${port}\\b`));
			assert.deepEqual(temporary(), []);
			await until("nothing of it runs", async () => processes().every(({ command }) => !command.includes(folder)));
		}

		for (const option of ["--http-port", "--bridge-port"]) {
			it(`(${option}) then it says which one, exits and leaves nothing`, async () => {
				const server = createServer().listen(0, "127.0.0.1");
				await once(server, "listening");
				try {
					const { port } = server.address() as { port: number };
					await assertRefused(start(option, String(port)), port);
				}
				finally {
					server.close();
				}
			});
		}

		it("(--tftp-port) then it says which one, exits and leaves nothing", async () => {
			const socket = createSocket("udp4").bind(0, "127.0.0.1");
			await once(socket, "listening");
			try {
				await assertRefused(start("--tftp-port", String(socket.address().port)), socket.address().port);
			}
			finally {
				socket.close();
			}
		});
	});

	it("when --camera none is given then nobody attaches, and whoever does sees the supply", async () => {
		const program = start("--camera", "none");
		const { http, state } = await ready(program);
		assert.ok(!existsSync(join(state, "nor.bin")) && !existsSync(join(state, "camera")));
		assert.ok(!family(program.child.pid!).some(({ command }) => command.includes("simulator/camera")));
		const power = new Peer(connect(join(state, "power")));
		await power.until(text => text === "off\n", "off");
		await fetch(`${http}/power/on`, { method: "POST" });
		await power.until(text => text === "off\non\n", "on");
		power.close();
	});

	it("when --state is given then the folder stays, and a pod that is killed can be started in it again, flash and all", async () => {
		const state = join(folder, "rack/pod7");
		const flash = Buffer.alloc(16 * 1024 * 1024, 0xff);
		flash.set(loader(4096, 4));
		let program = start("--state", state);
		assert.equal((await ready(program)).state, state);
		const members = family(program.child.pid!);
		process.kill(-program.child.pid!, "SIGKILL");
		await program.ended;
		await until("all have ended", async () => members.every(gone));
		writeFileSync(join(state, "nor.bin"), flash);
		program = start("--state", state);
		const endpoints = await ready(program);
		assert.equal((await fetch(`${endpoints.http}/power/on`, { method: "POST" })).status, 200);
		await until("the camera speaks", async () => (await (await fetch(`${endpoints.http}/uart/log`)).text()).includes("U-Boot"));
		const again = family(program.child.pid!);
		program.child.kill("SIGTERM");
		await program.ended;
		await assertGone(again, endpoints, true);
		assert.ok(readFileSync(join(state, "nor.bin")).equals(flash));
	});

	it("when nothing is said of the flash then the camera boots to its login, and what to type is on stderr with these ports", async () => {
		const program = start("--time-scale", "0.2");
		const { http } = await ready(program);
		const { port } = new URL(http);
		await until("the next steps are said", async () => program.stderr.includes("rackpod status"));
		assert.ok(program.stderr.includes(`curl -X POST http://localhost:${port}/power/on `), program.stderr);
		assert.ok(program.stderr.includes(`npx rackpod console --pod localhost:${port} `), program.stderr);
		await fetch(`${http}/power/on`, { method: "POST" });
		await until("the login is there", async () => (await (await fetch(`${http}/uart/log`)).text()).endsWith("login: "));
	});

	it("when --blank is given then nothing starts by itself, and the restore of the examples is what is said", async () => {
		const program = start("--time-scale", "0.2", "--blank");
		const { http, state } = await ready(program);
		assert.ok(readFileSync(join(state, "nor.bin")).every(byte => byte === 0xff));
		await until("the next steps are said", async () => program.stderr.includes("rackpod status"));
		assert.match(program.stderr, /its flash is blank[^]*npm run examples[^]*npx rackpod restore examples\/dump/);
		assert.ok(program.stderr.includes(`--pod localhost:${new URL(http).port}\n`), program.stderr);
	});

	it("when --psram is given then that much can be staged", async () => {
		const { http } = await ready(start("--psram", "4194304", "--camera", "none"));
		const { max_size_bytes } = await (await fetch(`${http}/tftp`)).json() as { max_size_bytes: number };
		assert.equal(max_size_bytes, 4194304 - 262144);
	});

	it("when --bind is given then all four listen there", async () => {
		const { http, bridge, rfc2217, tftp } = await ready(start("--bind", "127.0.0.2", "--camera", "none"));
		assert.ok([http, bridge, rfc2217, tftp].every(endpoint => endpoint.includes("127.0.0.2:")));
		assert.equal((await fetch(`${http}/status`)).status, 200);
	});
});

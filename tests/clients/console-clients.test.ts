/** Programs for serial lines at the raw console port, and Node's fetch at the HTTP interface. The camera repeats what it hears. */
import { strict as assert } from "node:assert";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { filled } from "../../simulator/random.ts";
import { needs, needsPython, PYTHON } from "../support/needs.ts";
import { RawCamera } from "../support/raw-camera.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";
import { freePort } from "./support/free-port.ts";

const SERIAL_CLIENT = join(import.meta.dirname, "console/serial_client.py");
const run = promisify(execFile);

describe("console clients", () => {
	let pod: TestPod;
	let camera: RawCamera;
	let folder: string;
	let started: ChildProcess[] = [];

	beforeEach(async function () {
		this.timeout(300_000); // the pod may have to be built
		folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		pod = await testPod();
		camera = await RawCamera.attach(pod.state);
		camera.onReceive = bytes => void camera.say(bytes);
	});
	afterEach(async () => {
		for (const child of started.splice(0))
			if (child.exitCode === null && child.signalCode === null) {
				child.kill();
				await once(child, "exit");
			}
		await camera?.close();
		await pod?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	function start(program: string, ...args: string[]): ChildProcess {
		const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
		started.push(child);
		return child;
	}

	/** Until `child` has printed `text`. */
	async function printed(child: ChildProcess, text: string): Promise<void> {
		let all = "";
		for await (const bytes of child.stdout!) {
			all += (bytes as Buffer).toString("latin1");
			if (all.includes(text))
				return;
		}
		assert.fail(`it ended after ${JSON.stringify(all)}`);
	}

	describe("pyserial", () => {
		needsPython("serial");

		it("when it opens socket:// then commands, all byte values and its timeouts work", async () => {
			assert.equal((await run(PYTHON, [SERIAL_CLIENT, `socket://127.0.0.1:${pod.bridgePort}`])).stdout, "fine\n");
		});
	});

	describe("socat", () => {
		needs("socat");

		it("when it joins the console to its standard streams then what is typed comes back", async () => {
			const socat = start("socat", "-", `TCP:127.0.0.1:${pod.bridgePort},nodelay`);
			socat.stdin!.write("printenv\r");
			await printed(socat, "printenv\r");
		});

		it("when its standard input ends then it sends all of it and ends", async () => {
			const socat = start("socat", "-", `TCP:127.0.0.1:${pod.bridgePort}`);
			socat.stdin!.end("reset\r");
			assert.deepEqual(await once(socat, "exit"), [0, null]);
			await camera.until(() => camera.text === "reset\r", "the command");
		});
	});

	describe("socat's tty", () => {
		needs("socat");
		needsPython("serial");

		it("when pyserial opens it then it works as on any serial port", async () => {
			const tty = join(folder, "tty");
			start("socat", `PTY,link=${tty},raw,echo=0`, `TCP:127.0.0.1:${pod.bridgePort},nodelay`);
			await until("there is a tty", async () => existsSync(tty));
			assert.equal((await run(PYTHON, [SERIAL_CLIENT, tty])).stdout, "fine\n");
		});
	});

	describe("ser2net", () => {
		needs("ser2net");

		it("when the pod is its connector then a client of ser2net has the console", async () => {
			const port = await freePort("tcp");
			const file = join(folder, "ser2net.yaml");
			writeFileSync(file, `%YAML 1.1\n---\nconnection: &camera\n  accepter: tcp,127.0.0.1,${port}\n  connector: tcp,127.0.0.1,${pod.bridgePort}\n`);
			start("ser2net", "-n", "-c", file, "-P", join(folder, "pid"));
			let peer: Peer | undefined;
			await until("ser2net listens", async () => {
				peer = await Peer.connect(port).catch(() => undefined);
				return peer !== undefined;
			});
			const every = Buffer.from(Array.from({ length: 4096 }, (_, index) => index & 255));
			peer!.send(every);
			await peer!.until(() => peer!.received.length >= every.length, "the echo");
			assert.ok(peer!.received.equals(every));
			peer!.close();
		});
	});

	describe("netcat", () => {
		needs("nc");

		it("when a command is piped in then its answer is printed", async () => {
			const nc = start("nc", "127.0.0.1", String(pod.bridgePort));
			nc.stdin!.end("version\r");
			await printed(nc, "version\r");
		});

		it("when it shuts its side down then all of it reaches the camera and the pod hangs up", async () => {
			const nc = start("nc", "-N", "127.0.0.1", String(pod.bridgePort));
			const bytes = filled(20_000, 3);
			nc.stdin!.end(bytes);
			assert.deepEqual(await once(nc, "exit"), [0, null]);
			await camera.until(() => camera.received.length === bytes.length, "all bytes");
			assert.ok(camera.received.equals(bytes));
		});

		it("when it is told to quit after a second of silence then it prints the answer and does", async () => {
			const nc = start("nc", "-w", "1", "127.0.0.1", String(pod.bridgePort));
			nc.stdin!.end("version\r");
			const { stdout } = nc;
			const exit = once(nc, "exit");
			await printed(nc, "version\r");
			stdout!.resume();
			assert.deepEqual(await exit, [0, null]);
		});
	});
});

describe("Node's fetch, with a browser's headers", () => {
	let pod: TestPod;
	/** As a browser sends them from a page of the pod's own. */
	let headers: Record<string, string>;

	before(async function () {
		this.timeout(300_000);
		pod = await testPod();
		headers = {
			"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Accept": "*/*", "Accept-Language": "en-US,en;q=0.5",
			"Origin": pod.http, "Referer": `${pod.http}/`, "Cache-Control": "no-cache", "Pragma": "no-cache"
		};
	});
	after(async () => pod?.stop());

	it("when a page stages a file then it reads it back, a piece of it, and its size alone", async () => {
		const bytes = filled(300_000, 9);
		const url = `${pod.http}/tftp/${encodeURIComponent("rootfs of camera 7")}`;
		const staged = await fetch(url, { method: "PUT", headers, body: new Blob([bytes]) });
		assert.equal(staged.headers.get("content-type"), "application/json");
		assert.equal(((await staged.json()) as { size: number }).size, bytes.length);
		const whole = await fetch(url, { headers });
		assert.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes));
		const piece = await fetch(url, { headers: { ...headers, Range: "bytes=1000-1999" } });
		assert.equal(piece.status, 206);
		assert.ok(Buffer.from(await piece.arrayBuffer()).equals(bytes.subarray(1000, 2000)));
		const size = await fetch(url, { method: "HEAD", headers });
		assert.equal(size.headers.get("content-length"), String(bytes.length));
		assert.equal((await fetch(url, { method: "DELETE", headers })).status, 200);
		assert.equal((await fetch(url, { headers })).status, 404);
	});

	it("when it streams a body of unknown length, as browsers do not over HTTP/1.1, then it is staged", async () => {
		const bytes = filled(100_000, 10);
		const body = new ReadableStream({
			start(controller) {
				for (let at = 0; at < bytes.length; at += 10_000)
					controller.enqueue(bytes.subarray(at, at + 10_000));
				controller.close();
			}
		});
		const staged = await fetch(`${pod.http}/tftp/streamed`, { method: "PUT", headers, body, duplex: "half" } as RequestInit);
		assert.equal(((await staged.json()) as { size: number }).size, bytes.length);
	});

	it("when a page breaks a download off then the next request is answered", async () => {
		await pod.client.stage("large", filled(4_000_000, 11));
		const controller = new AbortController();
		const answer = await fetch(`${pod.http}/tftp/large`, { headers, signal: controller.signal });
		const reader = answer.body!.getReader();
		await reader.read();
		controller.abort();
		await assert.rejects(async () => {
			while (!(await reader.read()).done)
				continue;
		});
		assert.equal((await fetch(`${pod.http}/status`, { headers })).status, 200);
	});

	it("when a page from elsewhere sends what a browser lets it send then nothing changes", async () => {
		const files = async (): Promise<[string, number][]> => (await pod.client.files()).files.map(({ name, size }) => [name, size]);
		await pod.client.stage("kept", filled(1000, 12));
		const before = await files();
		const simple = { ...headers, "Content-Type": "text/plain" };
		for (const origin of ["http://elsewhere.test", "null", pod.http.replace(/\d$/, digit => digit === "1" ? "2" : "1")])
			for (const path of ["/power/on", "/tftp/other", "/tftp/kept", "/uart/break", "/restart"]) {
				const answer = await fetch(`${pod.http}${path}`, { method: "POST", headers: { ...simple, Origin: origin }, body: "x" });
				assert.equal(answer.status, 403, `${path} from ${origin}`);
				assert.equal(((await answer.json()) as { error: string }).error, "foreign_origin");
			}
		assert.equal((await pod.client.power()).camera_on, false);
		assert.deepEqual(await files(), before);
		assert.equal((await fetch(`${pod.http}/power/off`, { method: "POST", headers })).status, 200);
	});

	it("when a page from elsewhere asks for leave then it gets none", async () => {
		const preflight = { ...headers, "Origin": "http://elsewhere.test", "Access-Control-Request-Method": "PUT" };
		const answer = await fetch(`${pod.http}/tftp/file`, { method: "OPTIONS", headers: preflight });
		assert.equal(answer.status, 405);
		assert.equal(answer.headers.get("access-control-allow-origin"), null);
	});
});

/** `GET /uart/stream`: many who read along with the camera, without its line. */
import { strict as assert } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { filled } from "../../simulator/random.ts";
import { blob } from "../support/blob.ts";
import { begin, camera, end, pod, uart } from "../support/console-pod.ts";
import { get } from "../support/load.ts";
import { needs } from "../support/needs.ts";
import { Peer, until } from "../support/running-pod.ts";

/** Somebody who reads along. */
class Reader {
	status = 0;
	start = 0;
	lost = 0;
	received = Buffer.alloc(0);
	/** Set at the end: whether all of the body came. */
	whole: boolean | undefined;
	leave = (): void => {};

	static async open(query = "", from = "127.0.0.1"): Promise<Reader> {
		const reader = new Reader();
		const sent = request({ port: pod.httpPort, host: "127.0.0.1", localAddress: from, path: `/uart/stream${query}`, agent: false });
		sent.on("error", () => {});
		sent.end();
		const [response] = await once(sent, "response");
		reader.status = response.statusCode;
		reader.start = Number(response.headers["x-log-start"]);
		reader.lost = Number(response.headers["x-log-lost"]);
		reader.leave = () => sent.destroy();
		response.on("data", (bytes: Buffer) => void (reader.received = Buffer.concat([reader.received, bytes])));
		response.on("error", () => {});
		response.on("close", () => void (reader.whole = response.complete));
		return reader;
	}

	get text(): string {
		return this.received.toString("latin1");
	}

	until(text: string): Promise<void> {
		return until(`a reader has ${JSON.stringify(text.slice(-40))}`, async () => this.text === text);
	}
}

const streams = async (): Promise<number> => JSON.parse((await get(pod, "/status")).body).clients.streams;
const heard = (count: number): Promise<void> => until(`the pod received ${count} bytes`, async () => (await uart()).rx_bytes === count);

describe("reading along with the camera", () => {
	beforeEach(() => begin({ bind: "0.0.0.0", settings: { uart_log: "16384" } }));
	afterEach(end);

	it("when several read along then each gets what was said from its offset on, and what is said, and nobody has the line", async () => {
		await camera.say("before\r\n");
		await heard(8);
		const readers = await Promise.all(["", "?since=0", "?since=3", "?since=8"].map(query => Reader.open(query)));
		assert.deepEqual(readers.map(({ status, start, lost }) => [status, start, lost]), [[200, 0, 0], [200, 0, 0], [200, 3, 0], [200, 8, 0]]);
		let said = "before\r\n";
		for (const piece of ["one", "\0\xff\x1b[2J", "x".repeat(3_000), "last"]) {
			await camera.say(piece);
			said += piece;
			await Promise.all(readers.map(reader => reader.until(said.slice(reader.start))));
		}
		assert.equal((await uart()).owner, null);
		assert.equal(await streams(), 4);
	});

	it("when a console, a fastboot and a rate change have the line then the readers go on", async () => {
		const reader = await Reader.open();
		const peer = await Peer.connect(pod.bridgePort);
		await until("it has the line", async () => (await uart()).owner !== null);
		await camera.say("one");
		await peer.until(text => text === "one", "the output");
		await reader.until("one");
		assert.equal((await get(pod, "/uart/baud", "POST", "{\"rate\":921600}")).status, 200);
		await camera.say("two");
		await reader.until("onetwo");
		const boot = get(pod, "/fastboot", "POST", blob());
		await until("it runs", async () => (await uart()).owner === "fastboot");
		await camera.say("boot");
		await until("the boot's", async () => reader.text.endsWith("boot"));
		await get(pod, "/fastboot", "DELETE");
		await boot;
		peer.close();
	});

	it("when more was said than is kept then it begins later and says what is lost, and reads on from where it was", async () => {
		const bytes = filled(40_000, 1);
		await camera.say(bytes);
		await heard(40_000);
		const reader = await Reader.open("?since=100");
		assert.equal(reader.start, 40_000 - 16_384 * 3 / 4);
		assert.equal(reader.lost, reader.start - 100);
		await camera.say("more");
		await until("it has all", async () => reader.received.length === 40_004 - reader.start);
		assert.ok(reader.received.equals(Buffer.concat([bytes.subarray(reader.start), Buffer.from("more")])));
	});

	it("when a client goes then its place is free at once, whether the camera speaks or not", async () => {
		const readers = await Promise.all([1, 2, 3].map(() => Reader.open()));
		assert.equal(await streams(), 3);
		readers[0]!.leave();
		await until("one has gone", async () => await streams() === 2);
		await camera.say("x");
		await Promise.all(readers.slice(1).map(reader => reader.until("x")));
		readers[1]!.leave();
		readers[2]!.leave();
		await until("all have gone", async () => await streams() === 0);
	});

	it("when all places are taken then one more is told so, and requests and uploads are served as ever", async () => {
		const readers = await Promise.all([1, 2, 3, 4, 5].map(() => Reader.open()));
		const { status, body } = await get(pod, "/uart/stream", "GET", undefined, "127.0.0.1");
		assert.deepEqual([status, JSON.parse(body).error], [503, "too_many_streams"], "no machine has all");
		readers.push(await Reader.open("", "127.0.0.2"));
		assert.equal((await get(pod, "/uart/stream")).status, 503);
		for (let index = 0; index < 8; index++)
			assert.equal((await get(pod, `/tftp/file-${index}`, "PUT", "x".repeat(20_000))).status, 200);
		readers[0]!.leave();
		await until("there is a place", async () => await streams() === 5);
		assert.equal((await Reader.open("", "127.0.0.2")).status, 200);
	});

	it("when a client is silent then the kernel is to ask it within 20 s whether it is there, at each port", async () => {
		for (const port of [pod.httpPort, pod.bridgePort, pod.rfc2217Port]) {
			const peer = await Peer.connect(port);
			const hex = (number: number): string => number.toString(16).toUpperCase().padStart(4, "0");
			const ends = new RegExp(`:${hex(port)} \\S+:${hex(peer.socket.localPort!)} 01 \\S+ 02:([0-9A-F]+) `);
			// proc(5): the timer of each connection, 02 when it is for asking, and in how many hundredths of a second
			await until("it is to be asked", async () => {
				const timer = ends.exec(readFileSync("/proc/net/tcp", "ascii"));
				return timer !== null && parseInt(timer[1]!, 16) <= 2_000;
			});
			peer.close();
		}
	});

	it("when HEAD or HTTP/1.0 ask then the first gets the head, the second plain bytes", async () => {
		await camera.say("said");
		await heard(4);
		const head = await fetch(`${pod.http}/uart/stream`, { method: "HEAD" });
		assert.deepEqual([head.status, head.headers.get("x-log-start"), await head.text()], [200, "0", ""]);
		const old = await Peer.connect(pod.httpPort);
		old.send("GET /uart/stream HTTP/1.0\r\n\r\n");
		await old.until(text => text.endsWith("\r\n\r\nsaid"), "what was said");
		await camera.say(" more");
		await old.until(text => text.endsWith("\r\n\r\nsaid more"), "what is said");
		old.close();
		await until("nobody is left", async () => await streams() === 0);
	});

	describe("with other people's programs", () => {
		needs("curl", "wget", "python3");

		for (const [program, ...words] of [["curl", "-sN"], ["wget", "-qO", "-"], ["python3", "-uc", "import sys, urllib.request\nr = urllib.request.urlopen(sys.argv[1])\nwhile (b := r.read1()): sys.stdout.buffer.write(b)\n"]] as const)
			it(`when ${program} reads then it shows what is said as it is said`, async () => {
				const child = spawn(program, [...words, `${pod.http}/uart/stream`], { stdio: ["ignore", "pipe", "inherit"] });
				try {
					let shown = "";
					child.stdout.on("data", (bytes: Buffer) => void (shown += bytes.toString("latin1")));
					await until("it reads", async () => await streams() === 1);
					for (const piece of ["one\n", "two\n", "three\n"]) {
						await camera.say(piece);
						await until(`${program} shows ${piece}`, async () => shown.endsWith(piece));
					}
					assert.equal(shown, "one\ntwo\nthree\n");
				}
				finally {
					child.kill();
				}
				await until("it is gone", async () => await streams() === 0);
			});

		it("when curl is there as the pod stops then it says that the body isn't whole", async () => {
			const child = spawn("curl", ["-sSN", "--max-time", "60", `${pod.http}/uart/stream`], { stdio: ["ignore", "ignore", "pipe"] });
			await until("it reads", async () => await streams() === 1);
			const exit = once(child, "exit");
			process.kill(pod.pid, "SIGKILL");
			const [code] = await exit;
			assert.ok(code === 18 || code === 56, `exit ${code}: ${execFileSync("curl", ["--version"]).toString().slice(0, 20)}`);
		});
	});
});

describe("who may read along", () => {
	beforeEach(() => begin());
	afterEach(end);

	const set = async (settings: Record<string, unknown>, token = ""): Promise<void> => {
		const { status } = await fetch(`${pod.http}/settings`, { method: "PATCH", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify(settings) });
		assert.equal(status, 200);
	};
	const answers = async (path: string, authorization?: string, method = "GET"): Promise<[number, string | null]> => {
		const response = await fetch(`${pod.http}${path}`, { method, headers: authorization === undefined ? {} : { Authorization: authorization } });
		if (response.status !== 200 && method !== "HEAD")
			return [response.status, (await response.json() as { error: string }).error];
		await response.body?.cancel();
		return [response.status, null];
	};

	it("when there is a token then reading needs none, and with console_read=token it does, for the log and the stream alike", async () => {
		await set({ token: "open sesame" });
		for (const path of ["/uart/log", "/uart/stream"])
			assert.deepEqual(await answers(path), [200, null], path);
		await set({ console_read: "token" }, "open sesame");
		for (const path of ["/uart/log", "/uart/log?since=0", "/uart/stream"]) {
			assert.deepEqual(await answers(path), [401, "unauthorized"], path);
			assert.deepEqual(await answers(path, undefined, "HEAD"), [401, null], path);
			assert.deepEqual(await answers(path, "Bearer open wheat"), [401, "wrong_token"], path);
			assert.deepEqual(await answers(path, "Bearer open sesame"), [200, null], path);
		}
		assert.deepEqual(await answers("/uart"), [200, null]);
		assert.deepEqual(await answers("/status"), [200, null]);
	});

	it("when there is no token then console_read=token leaves reading to everybody", async () => {
		await set({ console_read: "token" });
		for (const path of ["/uart/log", "/uart/stream"])
			assert.deepEqual(await answers(path), [200, null], path);
	});

	it("when console_read or the token is changed then those who read along are cut off, and have to show it", async () => {
		await set({ token: "open sesame" });
		const reader = await Reader.open();
		await set({ power_off: 100 }, "open sesame");
		await camera.say("x");
		await reader.until("x");
		await set({ console_read: "token" }, "open sesame");
		await until("it is cut off", async () => reader.whole === false);
		const response = await fetch(`${pod.http}/uart/stream`, { headers: { Authorization: "Bearer open sesame" } });
		assert.equal(response.status, 200);
		await set({ token: "open wheat!" }, "open sesame");
		await assert.rejects(response.text());
	});
});

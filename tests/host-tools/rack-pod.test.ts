import { strict as assert } from "node:assert";
import { createServer, Socket, type Server } from "node:net";
import { once } from "node:events";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../host-tools/base/clock.ts";
import { podAddress } from "../../host-tools/pod/address.ts";
import { crcOf, crcOfFile } from "../../host-tools/base/crc32.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { realNetwork } from "../../host-tools/pod/network.ts";
import { PodError } from "../../host-tools/pod/pod-error.ts";
import { RackPod } from "../../host-tools/pod/rack-pod.ts";
import { pattern } from "./support/dump.ts";
import { FakePod } from "./support/fake-pod.ts";

async function podError(job: Promise<unknown>): Promise<PodError> {
	const error = await job.then(() => undefined, (thrown: unknown) => thrown);
	assert.ok(error instanceof PodError, String(error));
	return error;
}

describe("a pod's address", () => {
	for (const [text, url] of [
		["pod7", "http://pod7:8080"],
		["rack-001.local:8081", "http://rack-001.local:8081"],
		["http://10.0.0.7", "http://10.0.0.7:8080"],
		["http://10.0.0.7:80/", "http://10.0.0.7"],
		["10.0.0.7:80", "http://10.0.0.7"],
		["[::1]:9", "http://[::1]:9"],
		["10.0.0.7:8081/", "http://10.0.0.7:8081"],
		["HTTP://Pod7:8081//", "http://pod7:8081"],
		["[fe80::1]", "http://[fe80::1]:8080"],
		["http://[::1]:9/", "http://[::1]:9"],
		[" pod7:1\n", "http://pod7:1"]
	] as const) {
		it(`when it is ${text} then it is ${url}`, () => {
			assert.equal(podAddress(text).url.origin, url);
		});
	}
	for (const text of ["", "https://pod", "pod/path", "http://pod/path", "pod:99999", "user@pod", "a b", "pod:0", "pod:x", "[::1", "ftp://pod", "http://", "pod?x", "pod#x", "999.1.1.1"]) {
		it(`when it is "${text}" then it is refused`, () => {
			assert.throws(() => podAddress(text), (error: Failure) => error.kind === "usage");
		});
	}
});

describe("a wrong address", () => {
	for (const [text, message] of [["https://pod", /speaks no TLS/], ["fe80::1", /stands in brackets: \[fe80::1\]:PORT/], ["pod/path", /write HOST, HOST:PORT, \[IPv6\]:PORT/]] as const) {
		it(`when it is ${text} then it says what to write`, () => {
			assert.throws(() => podAddress(text), (error: Failure) => message.test(error.advice));
		});
	}

	it("when the token can't be one then it is refused without showing it", () => {
		assert.throws(() => new RackPod("pod", { token: "secret word\n" }), (error: Failure) => error.kind === "usage" && !error.message.includes("secret"));
	});
});

describe("RackPod against a pod", () => {
	let fake: FakePod;
	afterEach(async () => fake.stop());

	it("when bytes are staged then they are there with size and CRC, by memory and by file", async () => {
		fake = new FakePod();
		const pod = await fake.start();
		const folder = mkdtempSync(join(tmpdir(), "rackpod-"));
		const bytes = pattern(300000, 1);
		const path = join(folder, "file");
		writeFileSync(path, bytes);
		const sent: number[] = [];
		assert.deepEqual(await pod.stage("a b", bytes.subarray(0, 10)), { name: "a b", size: 10, crc32: crcOf(bytes.subarray(0, 10)) });
		assert.equal((await pod.stage("part", { path, start: 100, length: 200000 }, { crc32: crcOf(bytes.subarray(100, 200100)), onProgress: count => sent.push(count) })).size, 200000);
		assert.equal(sent.at(-1), 200000);
		assert.ok(sent.length > 2);
		assert.deepEqual(Buffer.from(fake.files.get("part")!), bytes.subarray(100, 200100));
		assert.equal(await crcOfFile(path), crcOf(bytes));
		assert.deepEqual(Buffer.from(await pod.fetch("a b")), bytes.subarray(0, 10));
		assert.deepEqual((await pod.files()).files.map(({ name }) => name), ["a b", "part"]);
		await pod.remove("a b");
		await pod.clear();
		assert.equal(fake.files.size, 0);
		rmSync(folder, { recursive: true });
	});

	it("when an empty file is staged then it is there", async () => {
		fake = new FakePod();
		assert.equal((await (await fake.start()).stage("empty", new Uint8Array(0))).size, 0);
	});

	it("when there is no room then the body is not sent", async () => {
		fake = new FakePod({ room: 100000 });
		const sent: number[] = [];
		const error = await podError((await fake.start()).stage("big", pattern(200000, 1), { onProgress: count => sent.push(count) }));
		assert.equal(error.code, "oom");
		assert.equal(error.status, 503);
		assert.equal(error.retryable, false);
		assert.equal(error.detail.requested, 200000);
		assert.match(error.advice, /rackpod rm/);
		assert.deepEqual(sent, []);
	});

	it("when the checksum is another one then it is refused and stays refused", async () => {
		fake = new FakePod();
		const error = await podError((await fake.start()).stage("x", new Uint8Array(5), { crc32: "12345678" }));
		assert.deepEqual([error.code, error.status, error.retryable, error.kind], ["checksum_mismatch", 422, false, "refused"]);
	});

	it("when the pod is busy then trying again makes sense", async () => {
		fake = new FakePod({ answers: [{ request: "GET /power", status: 409, body: { error: "busy", message: "m", owner: "fastboot" } }] });
		const error = await podError((await fake.start()).power());
		assert.deepEqual([error.code, error.retryable, error.detail.owner], ["busy", true, "fastboot"]);
	});

	for (const [request, body, what] of [
		["GET /status", {}, ".name is not a text"],
		["GET /status", { name: "n", version: "v", settings: { problems: "many" } }, ".settings.problems is not a list"],
		["GET /status", { name: "n", version: "v", memory: null }, ".memory is not a JSON object"],
		["GET /power", { camera_on: "yes" }, ".camera_on is not true or false"],
		["GET /tftp", { files: null }, ".files is not a list"],
		["GET /tftp", { files: [null] }, ".files[0] is not a JSON object"],
		["GET /tftp", { files: [], max_slots: "32", max_size_bytes: 1, psram_free_bytes: 1, psram_largest_free_block: 1 }, ".max_slots is not a number"],
		["GET /uart", { owner: null, log_end: "5" }, ".log_end is not a number"],
		["GET /uart", { owner: null, log_end: 5, bridge: { client: [] } }, ".bridge.client is not a JSON object"],
		["GET /fastboot", { running: 1 }, ".running is not true or false"],
		["GET /tftp", [], "the answer is not a JSON object"]
	] as const) {
		it(`when ${request} answers ${JSON.stringify(body)} then that is said, and nothing is made of it`, async () => {
			fake = new FakePod({ answers: [{ request, status: 200, body }] });
			const pod = await fake.start();
			const calls: Record<string, () => Promise<unknown>> = { "GET /status": () => pod.status(), "GET /power": () => pod.power(), "GET /tftp": () => pod.files(), "GET /uart": () => pod.uart(), "GET /fastboot": () => pod.fastbootState() };
			const error = await podError(calls[request]!());
			assert.equal(error.code, "bad_answer");
			assert.ok(error.message.includes(what), error.message);
		});
	}

	it("when the answer is some other server's then it is no pod", async () => {
		fake = new FakePod({ answers: [{ request: "GET /status", status: 200, body: "<html>" }, { request: "GET /status", status: 404, body: "<html>nothing here" }] });
		const pod = await fake.start();
		assert.equal((await podError(pod.status())).code, "bad_answer");
		const error = await podError(pod.status());
		assert.equal(error.code, "http_404");
		assert.match(error.message, /nothing here/);
	});

	it("when a description is refused then only a missing file is none", async () => {
		fake = new FakePod({ answers: [{ request: "HEAD /tftp/x", status: 404, body: {} }, { request: "HEAD /tftp/x", status: 503, body: {} }] });
		const pod = await fake.start();
		assert.equal(await pod.describe("x"), undefined);
		assert.equal((await podError(pod.describe("x"))).status, 503);
	});

	it("when the log is read then its offsets come with it", async () => {
		fake = new FakePod();
		const { bytes, start, next } = await (await fake.start()).uartLog();
		assert.deepEqual([Buffer.from(bytes).toString(), start, next], ["12345", 100, 105]);
	});

	it("when fastboot fails then the result says where, and does not throw", async () => {
		fake = new FakePod({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "spl", failed_phase: "spl", error: "SPL DATA 3" } }] });
		const result = await (await fake.start()).fastboot(new Uint8Array(10));
		assert.deepEqual([result.success, result.failed_phase, result.error], [false, "spl", "SPL DATA 3"]);
	});
});

/** A connection whose patience ends only when a test says so. */
class PatientSocket extends Socket {
	/** Milliseconds of silence that it is told to bear; 0: any. */
	patience = 0;

	override setTimeout(milliseconds: number, callback?: () => void): this {
		if (callback)
			this.once("timeout", callback);
		this.patience = milliseconds;
		return this;
	}
}

describe("RackPod against the network", () => {
	let server: Server;
	let dialled: PatientSocket[];
	let sockets: Socket[];
	let onSocket: (socket: Socket) => void;

	beforeEach(async () => {
		sockets = [];
		dialled = [];
		server = createServer(socket => {
			sockets.push(socket);
			socket.on("error", () => undefined);
			onSocket(socket);
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
	});
	afterEach(() => {
		sockets.forEach(socket => socket.destroy());
		server.close();
	});
	const client = (): RackPod => new RackPod(`127.0.0.1:${(server.address() as AddressInfo).port}`, { network: { ...realNetwork, connect: address => {
		const socket = new PatientSocket().connect(address) as PatientSocket;
		dialled.push(socket);
		return socket;
	} } });
	/** Nothing moves for as long as every connection can bear. */
	const silence = (): void => dialled.forEach(socket => socket.patience && socket.emit("timeout"));

	it("when nobody listens then it is unreachable", async () => {
		onSocket = () => undefined;
		const pod = client();
		server.close();
		const error = await podError(pod.status());
		assert.deepEqual([error.code, error.kind, error.retryable, error.status], ["unreachable", "unreachable", true, 0]);
		assert.match(error.advice, /--pod/);
	});

	it("when nothing is answered then it times out", async () => {
		onSocket = socket => socket.once("data", silence);
		assert.equal((await podError(client().status())).code, "timeout");
	});

	it("when the connection breaks before or in the middle of the answer then it is lost", async () => {
		onSocket = socket => socket.once("data", () => socket.destroy());
		assert.equal((await podError(client().status())).code, "connection_lost");
		onSocket = socket => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"));
		assert.equal((await podError(client().status())).code, "connection_lost");
	});

	/** Answers a request for a file of ten bytes as a server does that knows ranges, or one that doesn't. */
	const serveTen = (requests: string[], ranges: boolean): void => {
		onSocket = socket => socket.once("data", data => {
			const asked = /^Range: (.*)$/mi.exec(String(data))?.[1]?.trim();
			requests.push(asked ?? "whole");
			const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(ranges ? asked ?? "" : "") ?? [];
			const body = first === undefined ? "0123456789" : "0123456789".slice(Number(first), last ? Number(last) + 1 : undefined);
			socket.end(`HTTP/1.1 ${first === undefined ? "200 OK" : "206 Partial Content"}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
		});
	};

	for (const [range, asked, bytes] of [
		[{}, "whole", "0123456789"], [{ start: 0 }, "whole", "0123456789"], [{ start: 3 }, "bytes=3-", "3456789"], [{ length: 1 }, "bytes=0-0", "0"],
		[{ start: 2, length: 3 }, "bytes=2-4", "234"], [{ start: 9, length: 1 }, "bytes=9-9", "9"], [{ start: 0, length: 10 }, "bytes=0-9", "0123456789"]
	] as const) {
		for (const ranges of [true, false]) {
			it(`when ${JSON.stringify(range)} of a file is asked of a server that ${ranges ? "knows ranges" : "answers with the whole"} then exactly that comes`, async () => {
				const requests: string[] = [];
				serveTen(requests, ranges);
				assert.equal(Buffer.from(await client().fetch("f", range)).toString(), bytes);
				assert.deepEqual(requests, [asked]);
			});
		}
	}

	it("when no bytes of a file are wanted then nothing is asked", async () => {
		const requests: string[] = [];
		serveTen(requests, true);
		assert.equal((await client().fetch("f", { start: 4, length: 0 })).length, 0);
		assert.deepEqual(requests, []);
	});

	it("when nothing is said about times then a connection has 5 s, an answer 15 s, an upload 30 s, a fastboot 180 s", async () => {
		const alarms: number[] = [];
		const quiet = new Set<number>();
		const clock: Clock = { now: () => 0, after: milliseconds => {
			alarms.push(milliseconds);
			return {};
		}, cancel: () => undefined };
		class SilentSocket extends Socket {
			override setTimeout(milliseconds: number, callback?: () => void): this {
				quiet.add(milliseconds);
				return super.setTimeout(milliseconds, callback);
			}
		}
		onSocket = () => undefined;
		const pod = new RackPod(`127.0.0.1:${(server.address() as AddressInfo).port}`, { network: { clock, random: from => from, connect: address => new SilentSocket().connect(address) } });
		const times: number[][] = [];
		for (const call of [(signal: AbortSignal) => pod.status({ signal }), (signal: AbortSignal) => pod.stage("f", Buffer.from("x"), { signal }), (signal: AbortSignal) => pod.fastboot(Buffer.from("x"), { signal })]) {
			const stop = new AbortController();
			const heard = new Promise<void>(resolve => onSocket = socket => socket.once("data", () => resolve()));
			const job = podError(call(stop.signal));
			await heard;
			stop.abort();
			await job;
			times.push([...quiet].filter(time => time > 0));
			quiet.clear();
		}
		assert.deepEqual(times, [[15_000], [30_000], [180_000]]);
		assert.deepEqual(alarms, [5000, 5000, 5000]);
	});

	it("when the answer is endless then it is given up", async () => {
		onSocket = socket => socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(2 * 1024 * 1024)}`));
		assert.equal((await podError(client().status())).code, "bad_answer");
	});

	it("when the camera's output is streamed then its pieces come from their offset on, silence is no end, and a refusal is one", async () => {
		const stop = new AbortController();
		const pieces: string[] = [];
		onSocket = socket => socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Log-Start: 7\r\n\r\n3\r\nabc\r\n"));
		const stream = await client().uartStream(5, { signal: stop.signal });
		const all = async (): Promise<void> => {
			for await (const bytes of stream.pieces()) {
				pieces.push(Buffer.from(bytes).toString());
				if (pieces.length === 2)
					stop.abort();
				else {
					silence();
					sockets[0]!.write("2\r\nde\r\n");
				}
			}
		};
		assert.equal((await podError(all())).code, "aborted");
		assert.deepEqual([stream.start, pieces], [7, ["abc", "de"]]);
		onSocket = socket => socket.once("data", () => socket.end("HTTP/1.1 503 Busy\r\nContent-Length: 28\r\n\r\n{\"error\":\"too_many_streams\"}"));
		assert.equal((await podError(client().uartStream())).code, "too_many_streams");
		onSocket = socket => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
		assert.equal((await podError(client().uartStream())).code, "bad_answer", "its places are missing");
		onSocket = socket => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Log-Start: 7\r\n\r\n"));
		const cut = await client().uartStream();
		const ended = await podError(cut.pieces()[Symbol.asyncIterator]().next());
		assert.deepEqual([ended.code, ended.status, ended.kind, ended.retryable], ["connection_lost", 0, "unreachable", true]);
		onSocket = socket => socket.once("data", silence);
		assert.equal((await podError(client().uartStream())).code, "timeout");
	});

	it("when a server doesn't know Expect then the body is sent all the same", async () => {
		let got = 0;
		onSocket = socket => socket.on("data", bytes => {
			got += bytes.length;
			if (got > 100000)
				socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"name\":\"x\",\"size\":100000,\"crc32\":\"00000000\"}");
		});
		await client().stage("x", pattern(100000, 1));
		assert.ok(got > 100000);
	});

	it("when a server refuses while the body is sent then its answer counts", async () => {
		onSocket = socket => {
			let got = 0;
			socket.on("data", bytes => {
				if (!got)
					socket.write("HTTP/1.1 100 Continue\r\n\r\n");
				got += bytes.length;
				if (got > 300000) {
					socket.pause();
					socket.end("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 26\r\n\r\n{\"error\":\"body_too_large\"}\n");
				}
			});
		};
		const error = await podError(client().stage("x", pattern(8 * 1024 * 1024, 1)));
		assert.deepEqual([error.code, error.status], ["body_too_large", 413]);
	});

	it("when a file becomes shorter while it is sent then nothing is claimed", async () => {
		onSocket = socket => socket.on("data", () => undefined);
		const folder = mkdtempSync(join(tmpdir(), "rackpod-"));
		writeFileSync(join(folder, "short"), "12345");
		const error = await podError(client().stage("x", { path: join(folder, "short"), length: 100 }));
		assert.match(error.message, /became shorter/);
		rmSync(folder, { recursive: true });
	});

	it("when the caller stops then the connection is closed", async () => {
		const stop = new AbortController();
		const closed = new Promise(resolve => onSocket = socket => {
			socket.once("data", () => stop.abort());
			socket.once("close", resolve);
		});
		const error = await podError(new RackPod(client().address.url.origin).status({ signal: stop.signal }));
		assert.deepEqual([error.code, error.kind, error.retryable], ["aborted", "interrupted", false]);
		await closed;
	});

	it("when the caller has stopped before then no connection is made", async () => {
		onSocket = () => assert.fail("it connected");
		assert.equal((await podError(client().status({ signal: AbortSignal.abort() }))).code, "aborted");
	});
});

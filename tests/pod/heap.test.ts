/**
 * The chip's JavaScript heap: each service at its limit, all of them at once, and what once ended the firmware. In device mode, with the
 * chip's numbers of slots and chunks, on real sockets; what is left is the engine's own count after a collection.
 */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { BUDGET } from "../../src/budget.ts";
import { growth, heapOf, type Heap } from "../support/heap.ts";
import { console as consoleClient, fastboot, files, get, http, reads, silent, streams, update, uploads, type Load } from "../support/load.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";

/** What must be left with everything at its limit at once. */
const SLOTS_LEFT = 400;
const CHUNKS_LEFT = 12 * 1024;

describe("the chip's heap", function () {
	this.timeout(120_000);
	let pod: TestPod;
	let loads: Load[];

	beforeEach(function () {
		loads = [];
	});

	afterEach(async function () {
		for (const load of loads)
			load.release();
		await pod?.stop();
	});

	const start = async (settings: Record<string, string> = {}, timeScale = 1): Promise<void> => {
		pod = await testPod({ device: true, bind: "0.0.0.0", timeScale, settings });
		// what is made at the first request, or by each service once, belongs to nobody's limit
		await get(pod, "/status");
	};
	const served = async (path: string): Promise<void> => {
		const { status, body } = await get(pod, path);
		assert.equal(status, 200, `${path}: ${body}`);
	};
	const take = async (load: Promise<Load>): Promise<void> => void loads.push(await load);

	/** The pod has noted no defect, goes on serving, and has room left. */
	async function fine(what: string): Promise<Heap> {
		const heap = await heapOf(pod);
		assert.deepEqual(pod.log.filter(line => line.includes("defect in")), [], what);
		// who has been silent for a second gives way
		await until(`the pod serves (${what})`, async () => (await get(pod, "/power")).status === 200);
		assert.ok(heap.maxSlots - heap.slots >= SLOTS_LEFT, `${what}: ${heap.maxSlots - heap.slots} slots left`);
		assert.ok(heap.maxChunks - heap.chunks >= CHUNKS_LEFT, `${what}: ${heap.maxChunks - heap.chunks} bytes of chunks left`);
		return heap;
	}

	const each: [service: string, load: () => Promise<Load>][] = [
		["32 files", () => files(pod, 32)],
		["8 HTTP connections, silent", () => silent(pod)],
		["8 HTTP connections, 7 uploading", () => uploads(pod, 7, 4_000)],
		["6 live responses", () => streams(pod)],
		["8 TFTP transfers", () => reads(pod)],
		["raw console", () => consoleClient(pod, pod.bridgePort)],
		["console: RFC 2217", () => consoleClient(pod, pod.rfc2217Port)],
		["console: RFC 2217 and two newcomers", () => consoleClient(pod, pod.rfc2217Port, 2)],
		["fastboot", () => fastboot(pod)],
		["firmware update", () => update(pod)]
	];

	it("when nothing goes on then the pod itself is within its budget", async function () {
		await start();
		const { slots, chunks } = await heapOf(pod);
		const idle = BUDGET[0]!;
		assert.ok(slots <= idle.slots && chunks <= idle.chunks, `${slots} slots, ${chunks} bytes of chunks`);
	});

	for (const [service, load] of each)
		it(`when ${service} are at their limit then they take no more than is planned`, async function () {
			await start();
			if (service.includes("TFTP"))
				await files(pod, 1);
			const before = await heapOf(pod);
			await take(load());
			const after = await fine(service);
			const planned = BUDGET.find(row => row.service === service)!;
			assert.ok(after.slots - before.slots <= planned.slots && after.chunks - before.chunks <= planned.chunks, `planned ${planned.slots} slots and ${planned.chunks} bytes\n${growth(before, after)}`);
		});

	for (const job of ["fastboot", "firmware update"])
		it(`when everything is at its limit at once, with a ${job}, then there is room left, and when all have gone everything is free again`, async function () {
			await start();
			await files(pod, 32);
			const before = await heapOf(pod);
			await take(reads(pod));
			await take(consoleClient(pod, pod.rfc2217Port, 2));
			await take(job === "fastboot" ? fastboot(pod) : update(pod));
			await take(streams(pod));
			await take(uploads(pod, 6, 4_000));
			// the eighth connection: what programs ask again and again
			for (const path of ["/status", "/tftp", "/settings", "/uart", "/fastboot", "/uart/log", "/"])
				await served(path);
			assert.equal((await get(pod, "/settings", "PATCH", `{"name":"${"x".repeat(4_085)}"}`)).status, job === "fastboot" ? 409 : 400);
			const all = await fine("everything at once");
			process.stdout.write(`      with a ${job}: ${all.maxSlots - all.slots} slots and ${all.maxChunks - all.chunks} bytes of chunks left\n`);
			for (const load of loads.splice(0))
				load.release();
			await until("all have gone", async () => {
				const { clients, tftp, fastboot: boot } = JSON.parse((await get(pod, "/status")).body);
				return clients.http === 1 && clients.streams === 0 && clients.bridge === null && !boot.running && tftp.under_way.length === 0;
			});
			const after = await heapOf(pod);
			assert.ok(after.slots - before.slots <= 120, growth(before, after));
		});

	describe("what once ended the firmware", function () {
		it("when 32 files are there and a fastboot runs then GET /tftp lists them", async function () {
			await start();
			await files(pod, 32);
			await take(fastboot(pod));
			assert.equal(JSON.parse((await get(pod, "/tftp")).body).files.length, 32);
			await fine("the list");
		});

		it("when 16 files are there and a console, an upload and a fastboot run then GET /tftp lists them", async function () {
			await start();
			await files(pod, 16);
			await take(consoleClient(pod, pod.bridgePort));
			await take(uploads(pod, 1));
			await take(fastboot(pod));
			assert.equal(JSON.parse((await get(pod, "/tftp")).body).files.length, 16);
			await fine("the list");
		});

		it("when there are as many files as the setting `slots` allows, and everything else runs, then they are listed and one more is taken", async function () {
			await start();
			const { fields } = JSON.parse((await get(pod, "/settings")).body);
			await pod.stop();
			await start({ slots: String(fields.slots.maximum) });
			const { maximum } = fields.slots;
			await files(pod, maximum - 6);
			await take(reads(pod));
			await take(consoleClient(pod, pod.rfc2217Port, 2));
			await take(fastboot(pod));
			await take(streams(pod));
			await take(uploads(pod, 6, 4_000));
			assert.equal(JSON.parse((await get(pod, "/tftp")).body).files.length, maximum - 6, "beside six uploads");
			await fine("all of them, and everything else");
			assert.equal((await get(pod, "/tftp/one-more", "PUT", "x")).status, 200, "the oldest of them gives way, or is told apart");
		});

		it("when 8 TFTP reads run and 8 HTTP connections have sent a line then there is room left", async function () {
			await start();
			await files(pod, 1);
			await take(reads(pod));
			await take(http(pod, 8, () => "GET / HTTP/1.1\r\n"));
			await fine("both");
		});

		it("when 8 heads of 4,000 bytes come then there is room left", async function () {
			await start();
			await take(http(pod, 8, () => `GET /power HTTP/1.1\r\nHost: pod\r\nX-Fill: ${"x".repeat(3_950)}\r\n`));
			await fine("heads");
		});

		it("when bodies of 4,096 bytes come to PATCH /settings then there is room left, before their ends and after", async function () {
			await start();
			const load = await http(pod, 6, () => "PATCH /settings HTTP/1.1\r\nHost: pod\r\nContent-Length: 4096\r\n\r\n", `{"name":"${"x".repeat(4_080)}`);
			loads.push(load);
			await fine("on their way");
			for (const socket of load.sockets)
				socket.write("\"}     ");
			await fine("all there");
		});

		it("when 8 clients pipeline and never read then there is room left", async function () {
			await start();
			const load = await http(pod, 8, () => "GET / HTTP/1.1\r\nHost: pod\r\n\r\n".repeat(200));
			for (const socket of load.sockets)
				socket.pause();
			loads.push(load);
			await new Promise(resolve => setTimeout(resolve, 2_000));
			await fine("unread answers");
		});

		it("when four clients poll beside 32 files, two transfers and an RFC 2217 client then each is answered", async function () {
			await start();
			await files(pod, 32);
			await take(reads(pod, 2));
			await take(consoleClient(pod, pod.rfc2217Port));
			await Promise.all(["/status", "/tftp", "/uart", "/fastboot"].map(async path => {
				for (let i = 0; i < 25; i++)
					assert.equal((await get(pod, path)).status, 200, path);
			}));
			await fine("polled");
		});

		it("when 130 consoles connect in a burst then there is room left", async function () {
			await start();
			const peers = await Promise.all(Array.from({ length: 130 }, (_, i) => Peer.connect(i % 2 ? pod.bridgePort : pod.rfc2217Port)));
			loads.push({ release: () => peers.forEach(peer => peer.close()) });
			await fine("130 of them");
		});

		it("when a fastboot is broken off within its power cycle and asked for again, many times, then nothing of it stays", async function () {
			await start();
			await get(pod, "/power/on", "POST");
			let first: Heap | undefined;
			for (let i = 0; i < 8; i++) {
				(await fastboot(pod)).release();
				await until("it is over", async () => !JSON.parse((await get(pod, "/fastboot")).body).running);
				const heap = await fine(`the ${i + 1}. time`);
				if (i === 1)
					first = heap;
				else if (first)
					assert.ok(heap.slots - first.slots <= 60, growth(first, heap));
			}
		});
	});

	it("when names from outside are new again and again then none of them stays", async function () {
		await start();
		await files(pod, 1);
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		const ask = async (method: string, path: string, body = "", headers: Record<string, string> = {}): Promise<void> => {
			const sent = request(new URL(path, pod.http), { method, agent, headers });
			sent.end(body);
			const [response] = await once(sent, "response");
			response.resume();
			await once(response, "end");
		};
		const tftp = createSocket("udp4");
		const round = async (i: number): Promise<void> => {
			const name = `invented${i}x`;
			await ask("PATCH", "/settings", `{"${name}":1}`);
			await ask("POST", "/uart/baud", `{"${name}":1,"rate":115200}`);
			await ask("POST", "/uart/break", `{"${name}":{"${name}y":1}}`, { [`X-${name}`]: "1" });
			await ask("GET", `/tftp?${name}=1`, "", { [name]: "1" });
			await ask("DELETE", `/tftp/${name}`);
			for (const file of ["file-0", name]) {
				const answered = once(tftp, "message") as Promise<[Buffer, { port: number }]>;
				tftp.send(`\0\x01${file}\0octet\0${name}\x001\0`, pod.tftpPort, "127.0.0.1");
				const [, { port }] = await answered;
				tftp.send("\0\x05\0\0over\0", port, "127.0.0.1");
			}
		};
		await round(0);
		const before = await heapOf(pod);
		for (let i = 1; i <= 400; i++)
			await round(i);
		agent.destroy();
		tftp.close();
		const { names } = await heapOf(pod);
		assert.equal(names, before.names);
	});
});

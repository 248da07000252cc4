/** What HTTP connections take of the chip's heap: counted by the engine, in a pod with the chip's heap. */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { heapOf, growth, type Heap } from "../support/heap.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";

describe("the heap of HTTP connections", function () {
	let pod: TestPod;
	let clients: Socket[];
	let empty: Heap;

	before(async function () {
		pod = await testPod({ device: true });
	});

	beforeEach(async function () {
		clients = [];
		assert.equal((await pod.client.status() as any).faults.count, 0);
		await settled(0);
		empty = await heapOf(pod);
	});

	afterEach(async function () {
		for (const client of clients)
			client.destroy();
		await settled(0);
		const after = await heapOf(pod);
		assert(after.slots <= empty.slots + 30, growth(empty, after));
		assert.equal(after.names, empty.names, "names made at run time stay for ever");
	});

	after(async function () {
		await pod.stop();
	});

	/** Waits until the pod knows of `count` connections besides the one that asks. */
	async function settled(count: number): Promise<void> {
		await until(`${count} connections are there`, async () => (await pod.client.status() as any).clients.http === count + 1);
		await new Promise(resolve => setTimeout(resolve, 50));
	}

	/** A client on a machine of its own sends `text` and never reads. */
	async function client(text = ""): Promise<Socket> {
		const socket = connect({ port: pod.httpPort, host: "127.0.0.1", localAddress: `127.0.0.${clients.length + 2}` });
		socket.on("error", () => {});
		clients.push(socket);
		await once(socket, "connect");
		socket.pause();
		if (text !== "")
			socket.write(text, "latin1");
		return socket;
	}

	/** What 7 of them take: with the one that asks for the status, all places are taken then. */
	async function taken(text: (index: number) => string): Promise<Heap> {
		for (let index = 0; index < 7; index++)
			await client(text(index));
		await settled(7);
		return heapOf(pod);
	}

	const head = (line: string, more = ""): string => `${line} HTTP/1.1\r\nHost: pod\r\n${more}`;

	it("when connections are silent then each takes 37 slots at most", async function () {
		const full = await taken(() => "");
		assert(full.slots - empty.slots <= 7 * 37, growth(empty, full));
	});

	it("when heads of 4,000 bytes come and don't end then they take no chunks", async function () {
		const full = await taken(() => head("GET /", `X-Long: ${"x".repeat(4_000)}`));
		assert(full.slots - empty.slots <= 7 * 60, growth(empty, full));
		assert(full.chunks - empty.chunks <= 7 * 400, growth(empty, full));
	});

	it("when files come up then each upload takes 100 slots at most, and little besides", async function () {
		const full = await taken(index => head(`PUT /tftp/file${index}`, `Content-Length: 90000\r\nX-Long: ${"x".repeat(3_800)}\r\n\r\n${"b".repeat(2_000)}`));
		assert(full.slots - empty.slots <= 7 * 100, growth(empty, full));
		assert(full.chunks - empty.chunks <= 7 * 1_000, growth(empty, full));
	});

	it("when bodies of 4,096 bytes come to PATCH /settings then they take no chunks", async function () {
		const full = await taken(() => head("PATCH /settings", `Content-Length: 4096\r\n\r\n${"b".repeat(4_000)}`));
		assert(full.chunks - empty.chunks <= 7 * 400, growth(empty, full));
	});

	it("when clients ask and ask and never read then their answers wait outside of the heap", async function () {
		const requests = ["/", "/status", "/settings", "/tftp"].map(target => head(`GET ${target}`, "\r\n")).join("").repeat(1_000);
		for (let index = 0; index < 7; index++)
			await client(requests);
		await settled(7);
		// until the pod has filled what the network takes, and reads no more
		let waiting = -1;
		await until("everything stands still", async () => {
			const before = waiting;
			await new Promise(resolve => setTimeout(resolve, 300));
			waiting = clients.reduce((sum, socket) => sum + socket.writableLength, 0);
			return waiting === before;
		});
		const full = await heapOf(pod);
		assert(full.slots - empty.slots <= 7 * 120, growth(empty, full));
		assert(full.chunks - empty.chunks <= 7 * 1_000, growth(empty, full));
	});
});

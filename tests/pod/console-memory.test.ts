/** What console clients take of the chip's heap: counted by the engine, in a pod with the chip's heap. */
import { strict as assert } from "node:assert";
import { growth, heapOf, type Heap } from "../support/heap.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";

describe("the heap of console clients", () => {
	let pod: TestPod;
	let empty: Heap;

	before(async () => {
		pod = await testPod({ device: true });
		// what is made once is made now
		await pod.client.status();
		(await client(pod.bridgePort)).close();
		await until("it has left", async () => (await bridge()).client === null);
	});

	beforeEach(async () => {
		empty = await heapOf(pod);
	});

	afterEach(async () => {
		await until("all have left", async () => (await bridge()).client === null);
		const after = await atMost(10, 500);
		assert.equal(after.names, empty.names, "names made at run time stay for ever");
		assert.equal((await pod.client.status() as any).faults.count, 0);
	});

	after(() => pod.stop());

	/** The heap, once it has grown by no more than that: alarms and the connections of our own questions come and go. */
	async function atMost(slots: number, chunks: number): Promise<Heap> {
		const end = Date.now() + 10_000;
		for (;;) {
			const heap = await heapOf(pod);
			if (heap.slots - empty.slots <= slots && heap.chunks - empty.chunks <= chunks)
				return heap;
			assert(Date.now() < end, growth(empty, heap));
		}
	}

	async function bridge(): Promise<any> {
		return (await pod.client.uart() as any).bridge;
	}

	/** A client of `port` that has sent `text`, and that the pod knows of. */
	async function client(port: number, text = ""): Promise<Peer> {
		const { connections } = await bridge();
		const peer = await Peer.connect(port);
		if (text)
			peer.send(text);
		await until("it is there", async () => (await bridge()).connections > connections);
		return peer;
	}

	it("when a client is at the raw port then it takes 60 slots at most", async () => {
		const peer = await client(pod.bridgePort, "x");
		await until("its input is read", async () => (await bridge()).received === 1);
		await atMost(60, 300);
		peer.close();
	});

	it("when a client is at the RFC 2217 port and tells whatever it likes of itself then it takes 130 slots at most", async () => {
		const terminal = "\xff\xfa\x18\0" + "x".repeat(2_000) + "\xff\xf0";
		const peer = await client(pod.rfc2217Port, `\xff\xfd\0\xff\xfb\0\xff\xfb\x2c\xff\xfb\x18${terminal}x`);
		await until("its input is read", async () => (await bridge()).received === 1);
		await atMost(130, 500);
		peer.close();
	});

	it("when 130 connect in a burst to either port then three are there, and what they take is bounded", async () => {
		for (const port of [pod.bridgePort, pod.rfc2217Port]) {
			const { connections } = await bridge();
			const peers = await Promise.all(Array.from({ length: 130 }, () => Peer.connect(port)));
			await until("all are counted", async () => (await bridge()).connections === connections + 130);
			const full = await heapOf(pod);
			assert(full.slots - empty.slots <= 3 * 130, growth(empty, full));
			for (const peer of peers)
				peer.close();
			await until("all have left", async () => (await bridge()).client === null);
		}
	});

	it("when a client doesn't read then what it is sent waits outside of the heap", async () => {
		const peer = await client(pod.rfc2217Port, "\xff\xfb\x2c");
		peer.socket.pause();
		for (let times = 0; times < 500; times++)
			peer.send("\xff\xfa\x2c\x01\0\0\0\0\xff\xf0".repeat(100));
		let waiting = -1;
		await until("everything stands still", async () => {
			const before = waiting;
			await new Promise(resolve => setTimeout(resolve, 300));
			waiting = peer.socket.writableLength;
			return waiting === before;
		});
		await atMost(130, 500);
		// who is not read from leaves unnoticed, and holds nobody up
		peer.socket.destroy();
		const next = await client(pod.bridgePort, "x");
		await until("the next has the line", async () => (await bridge()).client_port === next.socket.localPort);
		next.close();
	});
});

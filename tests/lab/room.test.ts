/** Who has to go when the heap runs out of room, one by one, in a pod that has all of them at the same time. */
import { strict as assert } from "node:assert";
import { ask, Datagrams, pause, Peer, testPod, until, type TestPod } from "../support/pod-lab.ts";

const PLENTY = 1_000_000;

/** A heap that is full, however often garbage is collected, until somebody has gone. */
class Heap {
	full = false;
	private looks = 0;

	get freeSlots(): number {
		return this.full ? 0 : PLENTY;
	}

	get freeChunks(): number {
		return this.freeSlots;
	}

	/** The first look finds no room, the second one comes when somebody has gone. */
	collect(): void {
		this.full = ++this.looks % 2 === 1;
	}
}

describe("a pod whose heap is full", () => {
	let pod: TestPod;
	let heap: Heap;
	let camera: Datagrams;

	beforeEach(async () => {
		heap = new Heap();
		pod = await testPod({ adapt: board => void Object.assign(board, { heap }) });
		camera = new Datagrams(pod);
	});

	afterEach(async () => {
		camera.close();
		const { faults } = (await ask(pod, "/status")).body;
		await pod.stop();
		assert.equal(faults.count, 0, faults.last);
	});

	it("when everybody is there then a live reader goes first, then a long request, a transfer, the update, and at last the console", async () => {
		await pod.client.stage("a", new Uint8Array(5_000));
		const request = async (text: string): Promise<Peer> => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(text);
			return peer;
		};
		const live = await request("GET /uart/stream HTTP/1.1\r\nHost: pod\r\n\r\n");
		await live.until(text => text.includes("200 OK"), "the head");
		const upload = await request("PUT /tftp/b HTTP/1.1\r\nHost: pod\r\nContent-Length: 900000\r\n\r\nx");
		const update = await request("POST /firmware HTTP/1.1\r\nHost: pod\r\nContent-Length: 9000\r\n\r\n");
		await until("an update runs", async () => (await ask(pod, "/firmware")).body.update !== null);
		const console = await Peer.connect(pod.bridgePort);
		await until("it has the console", async () => (await ask(pod, "/uart")).body.bridge.client !== null);
		camera.send("\0\x01a\0octet\0", pod.tftpPort);
		await until("a transfer is under way", () => camera.received.length > 0);

		const gone = (): Record<string, boolean> => ({
			live: live.closed,
			upload: upload.closed,
			transfer: camera.received.some(({ bytes }) => bytes[1] === 5),
			update: update.text.includes("update_over"),
			console: console.closed
		});
		const order = Object.keys(gone());
		for (let count = 0; count <= order.length; count++) {
			assert.deepEqual(Object.values(gone()), order.map((_, index) => index < count), `after ${count}`);
			heap.full = true;
			await pause(260);
		}
		assert.equal((await ask(pod, "/status")).body.memory.closed_for_room, order.length);
		assert.match(update.text, /the update was ended: the pod's own memory is nearly full/);
	});
});

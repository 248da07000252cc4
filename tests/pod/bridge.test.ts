/** The raw console port on real sockets: crowds, clients that read nothing, large amounts. What it does otherwise is in tests/lab/bridge.test.ts. */
import { strict as assert } from "node:assert";
import { crc32 } from "node:zlib";
import { filled } from "../../simulator/random.ts";
import { begin, camera, end, pod, uart } from "../support/console-pod.ts";
import { Peer, until } from "../support/running-pod.ts";

/** A client that the pod has accepted. */
async function client(): Promise<Peer> {
	const { bridge } = await uart();
	const peer = await Peer.connect(pod.bridgePort);
	await until("the client is accepted", async () => (await uart()).bridge.connections > bridge.connections);
	return peer;
}

async function baud(rate: number): Promise<void> {
	const answer = await fetch(`${pod.http}/uart/baud`, { method: "POST", body: JSON.stringify({ rate }) });
	assert.equal(answer.status, 200);
}

describe("the bridge", () => {
	beforeEach(() => begin());
	afterEach(end);

	it("when many connect in a burst then the pod lives, turns most of them away with a line, and one has the console", async () => {
		const peers = await Promise.all(Array.from({ length: 130 }, () => Peer.connect(pod.bridgePort)));
		await until("most were turned away", async () => (await uart()).bridge.refusals > 100);
		await until("the line is settled", async () => (await uart()).bridge.newcomers === 0);
		const { bridge } = await uart();
		assert.equal(bridge.connections, 130);
		await until("all but one are closed", async () => peers.filter(peer => peer.closed).length === 129);
		const told = peers.filter(peer => /^rackpod: too many connections .*\r\n$/.test(peer.text));
		assert.equal(told.length, bridge.refusals);
		const holder = peers.find(peer => !peer.closed)!;
		holder.send("alive");
		await camera.until(() => camera.text === "alive", "input");
		assert.equal((await (await fetch(`${pod.http}/status`)).json() as any).faults.count, 0);
	});

	it("when the client before is dead with everything full then the next has the line at once", async () => {
		const dead = await client();
		dead.socket.pause();
		dead.send(filled(256 * 1024, 2));
		for (const piece = filled(65536, 3); (await uart()).dropped === 0;)
			await camera.say(piece);
		const next = await client();
		await camera.say("alive");
		await next.until(text => text.endsWith("alive"), "output");
		next.send("\x03");
		await camera.until(() => camera.received[camera.received.length - 1] === 3, "input");
		const { bridge } = await uart();
		assert.equal(bridge.takeovers, 1);
	});
});

// slow pods: a terminal of 4 KB is the wire, and on a busy computer whoever empties it may be kept waiting
describe("the bridge's bytes", () => {
	afterEach(end);

	it("when 100 KB of all values go both ways at 3 Mbaud then they arrive unchanged", async () => {
		await begin({ timeScale: 4 });
		await baud(3_000_000);
		const peer = await client();
		const all = Buffer.alloc(102_400).map((_, index) => index * 167 + (index >> 8));
		assert.equal(new Set(all).size, 256);
		peer.send(all);
		const back = Buffer.from(all).reverse();
		await camera.sayPaced(back, 75_000);
		await peer.until(text => text.length >= back.length, "all output");
		await camera.until(() => camera.received.length >= all.length, "all input");
		assert.ok(camera.received.equals(all), "to the camera");
		assert.ok(peer.received.equals(back), "to the client");
		const { overruns, dropped } = await uart();
		assert.deepEqual([overruns, dropped], [0, 0]);
	});

	it("when 256 KB are sent at once at 921600 then TCP holds the client back and no byte is lost", async () => {
		await begin({ timeScale: 5 });
		const peer = await client();
		await baud(921600);
		const sent = filled(256 * 1024, 5);
		const start = performance.now();
		peer.send(sent);
		await camera.until(() => camera.received.length >= sent.length, "all input");
		const took = performance.now() - start;
		assert.equal(crc32(camera.received), crc32(sent));
		assert.ok(took >= 5 * 2840, `${took} ms: the wire alone takes 5 times 2,844`);
		const { tx_bytes, bridge } = await uart();
		assert.deepEqual([tx_bytes, bridge.received], [sent.length, sent.length]);
	});
});

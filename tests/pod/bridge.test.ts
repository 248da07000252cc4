/** The raw console port: bytes both ways through the real firmware, with a camera whose every byte the test holds in its hands. */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { crc32 } from "node:zlib";
import { blob, filled } from "../support/blob.ts";
import { begin, camera, end, pod, uart } from "../support/console-pod.ts";
import { Peer, until } from "../support/running-pod.ts";
import { pause } from "../support/raw-camera.ts";

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

	it("when output came before the client then it gets only what comes after it", async () => {
		await camera.say(filled(4096, 1));
		await until("it is received", async () => (await uart()).rx_bytes === 4096);
		const peer = await client();
		await camera.say("new");
		await peer.until(text => text.length >= 3, "output");
		assert.equal(peer.text, "new");
	});

	it("when a second client comes and stays then the first is closed, and input and output are the second's", async () => {
		const first = await client();
		const second = await client();
		await first.untilClosed();
		first.send("from nobody");
		await camera.say("for the second");
		await second.until(text => text === "for the second", "output");
		second.send("from the second");
		await camera.until(() => camera.text === "from the second", "input");
		const { bridge } = await uart();
		assert.deepEqual([first.text, bridge.connections, bridge.takeovers, bridge.client], ["", 2, 1, `127.0.0.1:${second.socket.localPort}`]);
	});

	it("when the port is only looked at then who has the line keeps it, and its rate", async () => {
		const peer = await client();
		await baud(9_600);
		for (let look = 0; look < 20; look++)
			(await client()).close();
		await until("all have gone", async () => (await uart()).bridge.newcomers === 0);
		peer.send("mine");
		await camera.until(() => camera.text === "mine", "input");
		const { bridge, baud: rate } = await uart();
		assert.deepEqual([bridge.connections, bridge.takeovers, bridge.client_id, rate, peer.closed], [21, 0, 1, 9_600, false]);
	});

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

	it("when a client sends and closes at once then all of it still arrives", async () => {
		const peer = await client();
		const sent = filled(20_000, 4);
		peer.socket.end(sent);
		await camera.until(() => camera.received.length === sent.length, "all input");
		assert.ok(camera.received.equals(sent));
		await until("it has left", async () => (await uart()).owner === null);
	});

	it("when fastboot has the line then input waits, output is seen, and afterwards the input arrives", async () => {
		const peer = await client();
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await camera.until(() => camera.received.length >= 64, "the flood");
		peer.send("held");
		await camera.say("ROM says hello");
		await peer.until(text => text === "ROM says hello", "output");
		const flood = camera.received.length;
		await camera.until(() => camera.received.length >= flood + 128, "two more bursts");
		assert.ok(camera.received.every(byte => byte === 0xaa), "nothing but the flood");
		await pod.client.cancelFastboot();
		assert.equal((await (await boot).json() as any).success, false);
		await camera.until(() => camera.text.endsWith("held"), "the input that waited");
	});

	it("when the client leaves, is replaced, or the power changes then the rate is 115200 again", async () => {
		const back = async (what: string, act: () => Promise<unknown>): Promise<void> => {
			await baud(921600);
			await act();
			await until(`115200 after ${what}`, async () => (await uart()).baud === 115200);
		};
		const peer = await client();
		await back("the client left", async () => peer.close());
		let next = await client();
		await back("a takeover", async () => next = await client());
		await back("power on", () => pod.client.powerOn());
		await back("power off", () => pod.client.powerOff());
		await pod.client.powerOn();
		await back("a power cycle", () => pod.client.powerCycle());
		assert.equal(next.closed, false);
		await camera.until(() => camera.rates.length === 11, "the rates");
		assert.deepEqual(camera.rates, ["baud 115200", ...Array(5).fill(["baud 921600", "baud 115200"]).flat()]);
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

// 20 times as slow, so that 10 ms of quiet are 200, the cap of 100 ms is 2 s, and a busy computer changes nothing;
// the pod's clock then has steps of 20 ms, so that much less is no error
describe("how the bridge collects output", () => {
	let peer: Peer;
	let chunks: { length: number; at: number }[];

	beforeEach(async () => {
		await begin({ timeScale: 20 });
		peer = await client();
		chunks = [];
		peer.socket.on("data", bytes => chunks.push({ length: bytes.length, at: performance.now() }));
	});

	afterEach(end);

	it("when an answer comes in pieces without a pause then it is one chunk, sent when the camera is quiet", async () => {
		let last = 0;
		for (const piece of ["printenv\r\n", "baudrate=115200\r\n", "\r\nEnvironment size: 1 bytes\r\n", "OpenIPC # "]) {
			await camera.say(piece);
			last = performance.now();
			await pause(20);
		}
		await peer.until(text => text.endsWith("# "), "the prompt");
		assert.equal(chunks.length, 1, JSON.stringify(chunks));
		assert.ok(chunks[0]!.at - last >= 175, `${chunks[0]!.at - last} ms after the last piece`);
	});

	it("when the camera goes on talking then what came is sent after 100 ms of the pod's time", async () => {
		let start: number;
		let longest: number;
		do {
			// a computer so busy that the camera paused is no camera that goes on talking: then it talks again
			await peer.quiet(400);
			chunks.length = longest = 0;
			start = performance.now();
			for (let last = start; chunks.length === 0; last = performance.now()) {
				await camera.say("ten bytes\n");
				await pause(50);
				longest = Math.max(longest, performance.now() - last);
			}
		} while (longest >= 180);
		const { at, length } = chunks[0]!;
		assert.ok(at - start >= 1960 && at - start < 4000, `${at - start} ms`);
		assert.ok(length >= 100 && length < 1400, `${length} bytes`);
	});

	it("when 1,400 bytes wait then they are sent without waiting for anything", async () => {
		const start = performance.now();
		let said = 0;
		for (; chunks.length === 0; said += 200) {
			await camera.say(filled(200, 6));
			await pause(50);
		}
		const { at, length } = chunks[0]!;
		assert.ok(at - start < 1960, `${at - start} ms`);
		assert.ok(length >= 1400 && length <= said, `${length} bytes of ${said}`);
	});
});

describe("the bridge's idle time", () => {
	// 5 s of the pod's time: 1 s here
	beforeEach(() => begin({ settings: { bridge_idle: "5" } }));
	afterEach(end);

	/** Does `act` all the time for twice the idle time; the client must survive it. */
	async function survives(act: (peer: Peer) => Promise<unknown>): Promise<void> {
		const peer = await client();
		for (const end = performance.now() + 2200; performance.now() < end; await pause(50)) {
			await act(peer);
			assert.ok(!peer.closed, "closed though something went on");
		}
	}

	it("when nothing at all happens then the client is closed, and that is counted", async () => {
		const start = performance.now();
		const peer = await client();
		await peer.untilClosed();
		assert.ok(performance.now() - start >= 998);
		assert.equal((await uart()).bridge.idle_closes, 1);
	});

	it("when the camera talks then the client stays", () => survives(() => camera.say(".")));

	it("when the client types then it stays", () => survives(async peer => peer.send(".")));

	it("when one long file is staged then the client stays", async () => {
		const staging = await Peer.connect(pod.httpPort);
		staging.send("POST /tftp/long HTTP/1.1\r\nHost: pod\r\nContent-Length: 1000000\r\n\r\n");
		await survives(async () => staging.send(filled(1000, 7)));
		staging.close();
	});

	it("when a camera reads one long file by TFTP then the client stays", async () => {
		await pod.client.stage("long", filled(1_000_000, 8));
		const socket = createSocket("udp4");
		try {
			socket.send("\0\x01long\0octet\0", pod.tftpPort, "127.0.0.1");
			await survives(async () => {
				const [data, { port }] = await once(socket, "message") as [Buffer, { port: number }];
				socket.send(Buffer.of(0, 4, data[2]!, data[3]!), port, "127.0.0.1");
			});
		}
		finally {
			socket.close();
		}
	});

	it("when a fastboot waits for a camera that says nothing then the client stays", async () => {
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await camera.until(() => camera.received.length >= 64, "the flood");
		await survives(async () => {});
		await pod.client.cancelFastboot();
		await (await boot).arrayBuffer();
	});
});

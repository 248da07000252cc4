/** The raw console port with a camera whose every byte the test holds in its hands. Large amounts on real sockets: tests/pod/bridge.test.ts. */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { blob } from "../support/blob.ts";
import { ask, Datagrams, fetch, Peer } from "../support/lab/client.ts";
import { begin, camera, end, pod, uart } from "../support/lab/console-pod.ts";
import { now, pause, until } from "../support/lab/world.ts";
import { textOf } from "../support/strings.ts";

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
		assert.deepEqual([first.text, bridge.connections, bridge.takeovers, bridge.client], ["", 2, 1, `10.0.0.2:${second.socket.localPort}`]);
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

	it("when a client sends and closes at once then all of it still arrives", async () => {
		const peer = await client();
		const sent = filled(20_000, 4);
		peer.send(sent);
		peer.socket.end();
		await camera.until(() => camera.received.length === sent.length, "all input");
		assert.equal(textOf(camera.received), textOf(sent));
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
		await ask(pod, "/fastboot", { method: "DELETE" });
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
		await back("power on", () => ask(pod, "/power/on", { method: "POST" }));
		await back("power off", () => ask(pod, "/power/off", { method: "POST" }));
		await ask(pod, "/power/on", { method: "POST" });
		await back("a power cycle", () => ask(pod, "/power/cycle", { method: "POST" }));
		assert.equal(next.closed, false);
		await camera.until(() => camera.rates.length === 11, "the rates");
		assert.deepEqual(camera.rates, ["baud 115200", ...Array(5).fill(["baud 921600", "baud 115200"]).flat()]);
	});
});

describe("how the bridge collects output", () => {
	let peer: Peer;
	let chunks: { length: number; at: number }[];

	beforeEach(async () => {
		await begin();
		peer = await client();
		chunks = [];
		peer.onReceive = length => void chunks.push({ length, at: now() });
	});

	afterEach(end);

	it("when an answer comes in pieces without a pause then it is one chunk, sent when the camera is quiet", async () => {
		let last = 0;
		for (const piece of ["printenv\r\n", "baudrate=115200\r\n", "\r\nEnvironment size: 1 bytes\r\n", "OpenIPC # "]) {
			await camera.say(piece);
			last = now();
			await pause(1);
		}
		await peer.until(text => text.endsWith("# "), "the prompt");
		assert.equal(chunks.length, 1, JSON.stringify(chunks));
		assert.ok(chunks[0]!.at - last >= 9 && chunks[0]!.at - last < 12, `${chunks[0]!.at - last} ms after the last piece`);
	});

	it("when the camera goes on talking then what came is sent after 100 ms of the pod's time", async () => {
		const start = now();
		while (chunks.length === 0) {
			await camera.say("ten bytes\n");
			await pause(2);
		}
		const { at, length } = chunks[0]!;
		assert.ok(at - start >= 98 && at - start < 105, `${at - start} ms`);
		assert.ok(length >= 100 && length < 1400, `${length} bytes`);
	});

	it("when 1,400 bytes wait then they are sent without waiting for anything", async () => {
		await baud(921_600); // at 115200 they take longer than 100 ms
		const start = now();
		let said = 0;
		for (; chunks.length === 0; said += 200) {
			await camera.say(filled(200, 6));
		}
		const { at, length } = chunks[0]!;
		assert.ok(at - start < 40, `${at - start} ms`);
		assert.ok(length >= 1400 && length <= said, `${length} bytes of ${said}`);
	});
});

describe("the bridge's idle time", () => {
	beforeEach(() => begin({ settings: { bridge_idle: "5" } }));
	afterEach(end);

	/** Does `act` all the time for twice the idle time; the client must survive it. */
	async function survives(act: (peer: Peer) => Promise<unknown>): Promise<void> {
		const peer = await client();
		for (const end = now() + 11_000; now() < end; await pause(250)) {
			await act(peer);
			assert.ok(!peer.closed, "closed though something went on");
		}
	}

	it("when nothing at all happens then the client is closed, and that is counted", async () => {
		const start = now();
		const peer = await client();
		await peer.untilClosed();
		assert.ok(now() - start >= 5000 && now() - start < 5300, `${now() - start} ms`);
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
		await ask(pod, "/tftp/long", { method: "PUT", body: filled(1_000_000, 8) });
		const socket = new Datagrams(pod);
		socket.send("\0\x01long\0octet\0", pod.tftpPort);
		await survives(async () => {
			await until("a block is there", () => socket.received.length > 0);
			const { bytes, port } = socket.received.shift()!;
			socket.send(Uint8Array.of(0, 4, bytes[2]!, bytes[3]!), port);
		});
		socket.close();
	});

	it("when a fastboot waits for a camera that says nothing then the client stays", async () => {
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await camera.until(() => camera.received.length >= 64, "the flood");
		await survives(async () => {});
		await ask(pod, "/fastboot", { method: "DELETE" });
		await (await boot).arrayBuffer();
	});
});

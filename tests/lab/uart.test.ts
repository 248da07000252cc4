/** The camera's serial line over HTTP: who has it, its rate, its counters, and what the camera said. */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { blob } from "../support/blob.ts";
import { ask, fetch, Peer } from "../support/lab/client.ts";
import { begin, camera, end, pod, uart } from "../support/lab/console-pod.ts";
import { pause, until } from "../support/lab/world.ts";
import { textOf } from "../support/strings.ts";

const files = async (): Promise<any> => (await ask(pod, "/tftp")).body;

async function stage(name: string, size: number): Promise<void> {
	assert.equal((await ask(pod, `/tftp/${name}`, { method: "PUT", body: new Uint8Array(size) })).status, 200);
}

interface LogAnswer {
	text: string;
	start: number;
	next: number;
	lost: number;
}

const received = (count: number): Promise<void> => until(`the pod received ${count} bytes`, async () => (await uart()).rx_bytes === count);

async function baud(rate: number): Promise<{ status: number; body: any }> {
	const answer = await fetch(`${pod.http}/uart/baud`, { method: "POST", body: JSON.stringify({ rate }) });
	return { status: answer.status, body: await answer.json() };
}

async function log(since?: number): Promise<LogAnswer> {
	const answer = await fetch(`${pod.http}/uart/log${since === undefined ? "" : `?since=${since}`}`);
	assert.equal(answer.status, 200);
	const header = (name: string): number => Number(answer.headers.get(name));
	return { text: textOf(new Uint8Array(await answer.arrayBuffer())), start: header("x-log-start"), next: header("x-log-next"), lost: header("x-log-lost") };
}

describe("the serial line's state and rate", () => {
	beforeEach(() => begin());
	afterEach(end);

	it("when nothing has happened then everything is 0 and nobody has it", async () => {
		const { raw_port, rfc2217_port, ...rest } = await uart();
		assert.deepEqual([raw_port, rfc2217_port], [pod.bridgePort, pod.rfc2217Port]);
		assert.deepEqual(rest, {
			owner: null, baud: 115200, rx_bytes: 0, tx_bytes: 0, overruns: 0, dropped: 0, log_start: 0, log_end: 0,
			bridge: { client: null, client_port: null, client_id: null, seconds: 0, sent: 0, received: 0, newcomers: 0, connections: 0, takeovers: 0, refusals: 0, idle_closes: 0 }
		});
	});

	it("when a client is on the bridge then it owns the line and both directions are counted", async () => {
		const peer = await Peer.connect(pod.bridgePort);
		await until("it has the line", async () => (await uart()).owner !== null);
		peer.send("to the camera");
		await camera.until(() => camera.text === "to the camera", "the input");
		await camera.say("from the camera");
		await peer.until(text => text === "from the camera", "the output");
		const { owner, rx_bytes, tx_bytes, bridge } = await uart();
		const address = `10.0.0.2:${peer.socket.localPort}`;
		assert.deepEqual([owner, rx_bytes, tx_bytes, bridge.client, bridge.sent, bridge.received, bridge.connections], [`bridge ${address}`, 15, 13, address, 15, 13, 1]);
		peer.close();
		await until("nobody has it", async () => (await uart()).owner === null);
	});

	it("when a client connects to either port then the pod tells its port, and a number that is one higher than before", async () => {
		for (const [id, port] of [[1, pod.bridgePort], [2, pod.rfc2217Port], [3, pod.bridgePort]] as const) {
			const peer = await Peer.connect(port);
			await until("it is counted", async () => (await uart()).bridge.connections === id);
			const { bridge } = await uart();
			assert.deepEqual([bridge.client_port, bridge.client_id], [peer.socket.localPort, id]);
			peer.close();
			await until("it has left", async () => (await uart()).owner === null);
			assert.deepEqual([(await uart()).bridge.client_id, (await uart()).bridge.client_port], [null, null]);
		}
	});

	it("when the rate is changed then it is answered, told to the line, and the same rate again changes nothing", async () => {
		assert.deepEqual(await baud(921600), { status: 200, body: { rate: 921600 } });
		assert.equal((await uart()).baud, 921600);
		assert.deepEqual(await baud(921600), { status: 200, body: { rate: 921600 } });
		assert.deepEqual(await baud(115200), { status: 200, body: { rate: 115200 } });
		await camera.until(() => camera.rates.length === 3, "the rates");
		assert.deepEqual(camera.rates, ["baud 115200", "baud 921600", "baud 115200"]);
	});

	it("when the rate is outside what the line can do then the answer says which rates it can", async () => {
		for (const rate of [0, -1, 1199, 3_000_001, 1e9, 115200.5]) {
			const { status, body } = await baud(rate);
			assert.deepEqual([status, body.error, body.field, body.minimum, body.maximum], [400, "bad_number", "rate", 1200, 3_000_000], String(rate));
		}
		assert.deepEqual([(await baud(1200)).status, (await baud(3_000_000)).status], [200, 200]);
	});

	it("when bytes are in flight then they leave at the old rate before the new one begins, and none is lost", async () => {
		await baud(9600);
		const peer = await Peer.connect(pod.bridgePort);
		const sent = filled(2000, 1);
		peer.send(sent);
		await camera.until(() => camera.received.length > 0, "the first byte");
		const asked = camera.received.length;
		assert.equal((await baud(460800)).status, 200);
		await camera.until(() => camera.received.length === sent.length, "all bytes");
		assert.equal(textOf(camera.received), textOf(sent));
		// 2,000 bytes take 2 s of the pod's time: a switch that doesn't wait comes with most of them still to go
		const { bytes } = camera.line.find(({ word }) => word === "baud 460800")!;
		assert.ok(asked < 500 && bytes > 1000, `${asked} bytes had arrived when the new rate was asked for, ${bytes} when it came`);
	});

	it("when two change the rate at the same time then one is told that it is being changed", async () => {
		await baud(9600);
		const peer = await Peer.connect(pod.bridgePort);
		peer.send(filled(2000, 2));
		await camera.until(() => camera.received.length > 0, "the first byte");
		const answers = await Promise.all([baud(57600), baud(460800)]);
		assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
		const [refused, made] = answers[0]!.status === 409 ? answers : [answers[1]!, answers[0]!];
		assert.equal(refused!.body.error, "uart_busy");
		assert.equal((await uart()).baud, made!.body.rate);
	});

	it("when a fastboot has the line then its rate can't be changed, and afterwards it can", async () => {
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await until("it runs", async () => (await uart()).owner === "fastboot");
		const { status, body } = await baud(921600);
		assert.deepEqual([status, body.error, body.owner], [409, "uart_busy", "fastboot"]);
		await fetch(`${pod.http}/fastboot`, { method: "DELETE" });
		await (await boot).arrayBuffer();
		assert.equal((await baud(921600)).status, 200);
	});
});

describe("what the camera said", () => {
	beforeEach(() => begin({ psram: 1_048_576, settings: { uart_log: "16384" } }));
	afterEach(end);

	it("when nothing was said then the log is empty and begins at 0", async () => {
		assert.deepEqual(await log(), { text: "", start: 0, next: 0, lost: 0 });
	});

	it("when it is read on from X-Log-Next then the pieces are what was said, each byte once", async () => {
		let text = "";
		let next = 0;
		let said = "";
		for (const piece of ["first\r\n", "", "second\0\xff\x03", "third"]) {
			await camera.say(piece);
			said += piece;
			await received(said.length);
			const answer = await log(next);
			assert.deepEqual([answer.start, answer.lost, answer.next], [next, 0, said.length]);
			text += answer.text;
			next = answer.next;
		}
		assert.equal(text, said);
		assert.equal((await log(3)).text, said.slice(3));
		assert.equal((await log()).text, said);
	});

	it("when more was said than the ring holds then the newest 16 KiB are there and the lost bytes are counted", async () => {
		const said = filled(40_000, 3);
		await camera.say(said);
		await received(said.length);
		const kept = textOf(said.subarray(-16384));
		assert.deepEqual(await log(0), { text: kept, start: 40_000 - 16384, next: 40_000, lost: 40_000 - 16384 });
		assert.deepEqual(await log(), { text: kept, start: 40_000 - 16384, next: 40_000, lost: 0 });
		assert.deepEqual(await log(39_990), { text: kept.slice(-10), start: 39_990, next: 40_000, lost: 0 });
		assert.deepEqual(await log(40_000), { text: "", start: 40_000, next: 40_000, lost: 0 });
		const { log_start, log_end, overruns } = await uart();
		assert.deepEqual([log_start, log_end, overruns], [40_000 - 16384, 40_000, 0]);
	});

	it("when the camera overwrites the ring while a slow client reads the log then the client gets what it asked for", async () => {
		const said = filled(16_384, 3);
		await camera.say(said);
		await received(said.length);
		const peer = await Peer.connect(pod.httpPort);
		peer.socket.pause();
		peer.send("GET /uart/log HTTP/1.0\r\n\r\n");
		await camera.say(filled(40_000, 4));
		await received(56_384);
		peer.socket.resume();
		await peer.untilClosed();
		assert.equal(textOf(peer.received.subarray(-said.length)), textOf(said));
	});

	it("when a stream begins in a full ring then it begins a quarter of it later, and counts those bytes as lost", async () => {
		await camera.say(filled(40_000, 3));
		await received(40_000);
		const peer = await Peer.connect(pod.httpPort);
		peer.send("GET /uart/stream?since=1000 HTTP/1.0\r\n\r\n");
		await peer.until(text => text.includes("\r\n\r\n"), "the head");
		const start = 40_000 - 16384 * 3 / 4;
		assert.match(peer.text, new RegExp(`\r\nX-Log-Start: ${start}\r\nX-Log-Lost: ${start - 1000}\r\n`));
		peer.close();
	});

	it("when the console comes to need the token then who reads along is cut off, and by no other change", async () => {
		const token = "open sesame";
		const reader = async (): Promise<Peer> => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(`GET /uart/stream HTTP/1.1\r\nHost: pod\r\nAuthorization: Bearer ${token}\r\n\r\n`);
			await peer.until(text => text.includes("200 OK"), "the head");
			return peer;
		};
		const change = async (settings: object): Promise<void> => {
			assert.equal((await fetch(`${pod.http}/settings`, { method: "PATCH", body: JSON.stringify(settings), headers: { Authorization: `Bearer ${token}` } })).status, 200);
			await pause(100);
		};
		const first = await reader();
		await change({ token });
		assert.ok(!first.closed, "everybody may read");
		await change({ console_read: "token" });
		assert.ok(first.closed, "it is needed now");
		const second = await reader();
		await change({ file_idle: 100 });
		assert.ok(!second.closed, "another setting");
		await change({ token: "open wheat" });
		assert.ok(second.closed, "there is another token");
	});

	it("when an offset was never reached then it is refused with those there are", async () => {
		await camera.say("abc");
		await received(3);
		const answer = await fetch(`${pod.http}/uart/log?since=4`);
		const { error, start, end } = await answer.json() as any;
		assert.deepEqual([answer.status, error, start, end], [400, "bad_since", 0, 3]);
	});

	for (const [query, code] of [["?since=9", "bad_since"], ["?since=-1", "bad_number"], ["?since=x", "bad_number"], ["?since=", "bad_number"], ["?from=1", "unknown_parameter"]] as const)
		it(`when ${query} is asked for then it is ${code}, for the stream as for the log, and no place is taken`, async () => {
			for (const path of ["/uart/stream", "/uart/log"]) {
				const answer = await fetch(pod.http + path + query);
				assert.deepEqual([answer.status, (await answer.json() as any).error], [400, code], path);
			}
			assert.equal((await (await fetch(`${pod.http}/status`)).json() as any).clients.streams, 0);
		});

	it("when bridge clients come and go then the log keeps what was said before, during and between them", async () => {
		await camera.say("before ");
		await received(7);
		for (const name of ["one ", "two "]) {
			const peer = await Peer.connect(pod.bridgePort);
			await until("it has the line", async () => (await uart()).owner !== null);
			await camera.say(name);
			await peer.until(text => text === name, "what was said");
			peer.close();
			await until("it has left", async () => (await uart()).owner === null);
		}
		await camera.say("after");
		await received(20);
		assert.equal((await log()).text, "before one two after");
	});

	it("when every page is taken by staged files then the log can still be read, and no file goes for it", async () => {
		const { psram_free_bytes } = await files();
		await stage("all", psram_free_bytes);
		await camera.say("hello");
		await received(5);
		assert.equal((await log()).text, "hello");
		assert.deepEqual((await files()).files.map(({ name }: any) => name), ["all"]);
	});

	it("when files were left behind by an earlier run then reading the log does not make them go", async () => {
		const { psram_free_bytes } = await files();
		await stage("earlier", psram_free_bytes - 16384);
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await until("it runs", async () => (await ask(pod, "/fastboot")).body.running);
		await ask(pod, "/fastboot", { method: "DELETE" });
		await (await boot).arrayBuffer();
		await stage("later", 16384);
		await camera.say("hello");
		await received(5);
		assert.equal((await log()).text, "hello");
		assert.deepEqual((await files()).files.map(({ name, reclaimable }: any) => [name, reclaimable]), [["earlier", true], ["later", false]]);
	});
});

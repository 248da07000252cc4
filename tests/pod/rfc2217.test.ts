/** The RFC 2217 port on real sockets and a real terminal. What it does otherwise is in tests/lab/rfc2217.test.ts. */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { begin, camera, end, pod, uart } from "../support/console-pod.ts";
import { Peer, until } from "../support/running-pod.ts";

const OFFERS = "\xff\xfb\0\xff\xfb\x01\xff\xfb\x03\xff\xfd\0";
const AGREED = "\xff\xfd\x2c\xff\xfa\x2c\x6b\xb0\xff\xf0";

const quoted = (text: string): string => text.replaceAll("\xff", "\xff\xff");
const command = (content: string): string => `\xff\xfa\x2c${quoted(content)}\xff\xf0`;

/** A client that has agreed on RFC 2217 and on binary data; what it received so far is forgotten. */
async function client(): Promise<Peer> {
	const peer = await Peer.connect(pod.rfc2217Port);
	peer.send("\xff\xfd\0\xff\xfb\0\xff\xfb\x2c");
	await peer.until(text => text === OFFERS + AGREED, "the pod's offers");
	peer.received = Buffer.alloc(0);
	return peer;
}

/** Sends a command and waits for exactly this answer. */
async function ask(peer: Peer, content: string, answer: string): Promise<void> {
	peer.send(command(content));
	await peer.until(text => text.length >= command(answer).length, "an answer");
	assert.equal(peer.text, command(answer));
	peer.received = Buffer.alloc(0);
}

const breaks = (): string[] => camera.rates.filter(word => word.startsWith("break"));

describe("the RFC 2217 port", () => {
	beforeEach(() => begin());
	afterEach(end);

	it("when the pod restarts then it listens where it did", async () => {
		const { pid } = pod;
		await (await fetch(`${pod.http}/restart`, { method: "POST" })).arrayBuffer();
		let peer: Peer | undefined;
		await until("it is back", async () => {
			peer = await Peer.connect(pod.rfc2217Port).catch(() => undefined);
			return peer !== undefined && pod.pid !== pid;
		});
		peer!.close();
	});
});

describe("the RFC 2217 port's bytes", () => {
	afterEach(end);

	it("when 24 KB of all values, a third of them 0xFF, go both ways at once then they arrive unchanged", async () => {
		// real time: a terminal of 4 KB is the wire, and whoever empties it may be kept waiting for a third of a second
		await begin({ timeScale: 1 });
		const peer = await client();
		const sent = filled(24_576, 1).map((byte, index) => index % 3 ? byte : 0xff);
		const said = filled(24_576, 2).map((byte, index) => index % 3 ? byte : 0xff);
		peer.send(quoted(Buffer.from(sent).toString("latin1")));
		await camera.sayPaced(said, 11_000);
		const expected = quoted(Buffer.from(said).toString("latin1"));
		await peer.until(text => text.length >= expected.length, "all output");
		await camera.until(() => camera.received.length >= sent.length, "all input");
		assert.ok(camera.received.equals(sent), "to the camera");
		assert.ok(peer.text === expected, "to the client");
		const { overruns, dropped, bridge } = await uart();
		assert.deepEqual([overruns, dropped, bridge.sent, bridge.received], [0, 0, said.length, sent.length]);
	});
});

describe("breaks", () => {
	beforeEach(() => begin());
	afterEach(end);

	it("when a client begins and ends one then the line has it, as long as the client made it, and what it sends afterwards arrives", async () => {
		const peer = await client();
		peer.send("before");
		await camera.until(() => camera.text === "before", "input");
		await ask(peer, "\x05\x05", "\x69\x05");
		const start = performance.now();
		await until("it is long enough", async () => performance.now() - start >= 100);
		peer.send(`${command("\x05\x06")}after`);
		await camera.until(() => camera.text === "beforeafter" && breaks().length === 1, "all of it");
		assert.ok(Number(breaks()[0]!.slice(6)) >= 495, `${breaks()[0]} of the pod's time`);
	});
});

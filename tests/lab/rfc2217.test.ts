/** The console port with RFC 2217, and breaks, with a camera whose line the test holds in its hands. */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { blob } from "../support/blob.ts";
import { fetch, Peer } from "../support/lab/client.ts";
import { begin, camera, end, pod, uart } from "../support/lab/console-pod.ts";
import { now, pause, until } from "../support/lab/world.ts";
import { textOf } from "../support/strings.ts";

const OFFERS = "\xff\xfb\0\xff\xfb\x01\xff\xfb\x03\xff\xfd\0";
const AGREED = "\xff\xfd\x2c\xff\xfa\x2c\x6b\xb0\xff\xf0";

const quoted = (text: string): string => text.replaceAll("\xff", "\xff\xff");
const command = (content: string): string => `\xff\xfa\x2c${quoted(content)}\xff\xf0`;
const rate = (baud: number): string => String.fromCharCode(baud >>> 24, baud >>> 16 & 255, baud >>> 8 & 255, baud & 255);

/** A client that has agreed on RFC 2217 and on binary data. */
async function client(): Promise<Peer> {
	const peer = await Peer.connect(pod.rfc2217Port);
	peer.send("\xff\xfd\0\xff\xfb\0\xff\xfb\x2c");
	await peer.until(text => text === OFFERS + AGREED, "the pod's offers");
	return peer;
}

/** Sends a command and waits for exactly this answer. */
async function ask(peer: Peer, content: string, answer: string): Promise<void> {
	const before = peer.text.length;
	peer.send(command(content));
	await peer.until(text => text.length >= before + command(answer).length, "an answer");
	assert.equal(peer.text.slice(before), command(answer));
}

async function post(body?: string): Promise<{ status: number; body: any }> {
	const answer = await fetch(`${pod.http}/uart/break`, { method: "POST", body });
	return { status: answer.status, body: await answer.json() };
}

const breaks = (): readonly number[] => pod.lab.cable.breaks;

describe("the RFC 2217 port", () => {
	beforeEach(() => begin());
	afterEach(end);

	it("when the pod is asked then GET / and GET /uart tell the port", async () => {
		assert.equal((await uart()).rfc2217_port, pod.rfc2217Port);
		assert.match(await (await fetch(pod.http)).text(), new RegExp(`RFC 2217: TCP port ${pod.rfc2217Port}\\b`));
	});

	it("when the rate is set then the line has it, and 115200 again when the client leaves", async () => {
		const peer = await client();
		for (const baud of [9_600, 921_600, 65_535, 3_000_000])
			await ask(peer, `\x01${rate(baud)}`, `\x65${rate(baud)}`);
		await ask(peer, `\x01${rate(4_000_000)}`, `\x65${rate(3_000_000)}`);
		peer.close();
		await camera.until(() => camera.rates.length === 6, "the rates");
		assert.deepEqual(camera.rates, [115_200, 9_600, 921_600, 65_535, 3_000_000, 115_200].map(baud => `baud ${baud}`));
	});

	it("when commands follow data then they come after it", async () => {
		const peer = await client();
		await ask(peer, `\x01${rate(9_600)}`, `\x65${rate(9_600)}`);
		const sent = filled(2_000, 1);
		peer.send(quoted(textOf(sent)) + command(`\x01${rate(921_600)}`));
		await peer.until(text => text.endsWith(command(`\x65${rate(921_600)}`)), "the answer");
		await camera.until(() => camera.received.length === sent.length && camera.rates.length === 3, "all of it");
		assert.equal(textOf(camera.received), textOf(sent));
		assert.ok(camera.line[2]!.bytes >= 1_900, `${camera.line[2]!.bytes} bytes before the change`);
	});

	it("when clients come by both ports then the newest has the console", async () => {
		const first = await Peer.connect(pod.bridgePort);
		await until("it has it", async () => (await uart()).owner !== null);
		const second = await client();
		await first.untilClosed();
		const third = await Peer.connect(pod.bridgePort);
		await second.untilClosed();
		third.send("from the third\xff");
		await camera.until(() => camera.text === "from the third\xff", "input");
		await camera.say("for the third\xff");
		await third.until(text => text === "for the third\xff", "output");
		const { bridge } = await uart();
		assert.deepEqual([first.text, second.text.slice((OFFERS + AGREED).length), bridge.connections, bridge.takeovers], ["", "", 3, 2]);
	});

	it("when fastboot has the line then a client is served, its input waits, and arrives afterwards", async () => {
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await camera.until(() => camera.received.length >= 64, "the flood");
		const peer = await client();
		await ask(peer, `\x01${rate(115_200)}`, `\x65${rate(115_200)}`);
		await ask(peer, `\x01${rate(921_600)}`, `\x65${rate(115_200)}`);
		await ask(peer, "\x05\x05", "\x69\x06");
		peer.send("held");
		await camera.say("ROM\xff");
		await peer.until(text => text.endsWith("ROM\xff\xff"), "output");
		await fetch(`${pod.http}/fastboot`, { method: "DELETE" });
		assert.equal((await (await boot).json() as any).success, false);
		await camera.until(() => camera.text.endsWith("held"), "the input that waited");
		assert.ok(camera.received.subarray(0, -4).every(byte => byte === 0xaa), "nothing but the flood before");
		assert.deepEqual(breaks(), []);
	});

	it("when a client refuses binary data then its CR LF and CR NUL are one CR each to the camera, and the camera's lone CR gets a NUL", async () => {
		const peer = await Peer.connect(pod.rfc2217Port);
		await peer.until(text => text === OFFERS, "the pod's offers");
		for (const byte of "\xff\xfe\0\xff\xfe\x01\xff\xfc\0sf erase 0 10000\r\nmd 0\r\0\xff\xf4\xff\xf2end")
			peer.send(byte);
		await camera.until(() => camera.text.endsWith("end"), "input");
		assert.equal(camera.text, "sf erase 0 10000\rmd 0\r\x03end");
		await camera.say("1\r2\r\n");
		await peer.until(text => text.endsWith("\r\n"), "output");
		assert.equal(peer.text, OFFERS + "1\r\x002\r\n");
	});

	it("when noise comes then the pod serves the next client", async () => {
		for (let seed = 0; seed < 20; seed++) {
			const peer = await Peer.connect(pod.rfc2217Port);
			peer.send(filled(2_000, seed).map(byte => byte < 128 ? byte : 240 + (byte & 15)));
			if (seed % 2)
				peer.socket.resetAndDestroy();
		}
		await until("places are free", async () => (await uart()).bridge.newcomers === 0);
		const peer = await client();
		await ask(peer, "\x02\x08", "\x66\x08");
		assert.equal((await (await fetch(`${pod.http}/status`)).json() as any).faults.count, 0);
	});

	it("when the pod restarts then it listens where it did", async () => {
		const { starts } = pod;
		await (await fetch(`${pod.http}/restart`, { method: "POST" })).arrayBuffer();
		let peer: Peer | undefined;
		await until("it is back", async () => {
			peer = await Peer.connect(pod.rfc2217Port).catch(() => undefined);
			return peer !== undefined && pod.starts > starts;
		});
		peer!.close();
	});
});

describe("breaks", () => {
	beforeEach(() => begin());
	afterEach(end);

	it("when one is asked for over HTTP then the line has it, 250 ms long unless another length is given", async () => {
		const start = now();
		assert.deepEqual(await post(), { status: 200, body: { milliseconds: 250 } });
		assert.ok(now() - start >= 250, "answered when it is over");
		assert.deepEqual(await post("{}"), { status: 200, body: { milliseconds: 250 } });
		assert.deepEqual(await post('{"milliseconds":1}'), { status: 200, body: { milliseconds: 1 } });
		assert.deepEqual(await post('{"milliseconds":1000}'), { status: 200, body: { milliseconds: 1000 } });
		await camera.until(() => breaks().length === 4, "the breaks");
		assert.deepEqual(breaks(), [250, 250, 1, 1000]);
	});

	it("when the length is none it can have then the answer says which it can, and nothing is sent", async () => {
		for (const milliseconds of ["0", "1001", "-1", "2.5", '"long"', "null"]) {
			const { status, body } = await post(`{"milliseconds":${milliseconds}}`);
			assert.deepEqual([status, body.error, body.field, body.minimum, body.maximum], [400, "bad_number", "milliseconds", 1, 1000], milliseconds);
		}
		for (const wrong of ["{", "null", "break"])
			assert.deepEqual([(await post(wrong)).status, (await post(wrong)).body.error], [400, "bad_json"], wrong);
		assert.deepEqual(breaks(), []);
	});

	it("when two are asked for at once then one is told to wait", async () => {
		const answers = await Promise.all([post('{"milliseconds":1000}'), post('{"milliseconds":1000}')]);
		assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
		assert.equal(answers.find(({ status }) => status === 409)!.body.error, "uart_busy");
		assert.equal((await post()).status, 200);
	});

	it("when fastboot has the line then there is none, and afterwards there is", async () => {
		const boot = fetch(`${pod.http}/fastboot`, { method: "POST", body: blob() });
		await until("it runs", async () => (await uart()).owner === "fastboot");
		const { status, body } = await post();
		assert.deepEqual([status, body.error, body.owner], [409, "uart_busy", "fastboot"]);
		await fetch(`${pod.http}/fastboot`, { method: "DELETE" });
		await (await boot).arrayBuffer();
		assert.equal((await post()).status, 200);
		await camera.until(() => breaks().length === 1, "the break");
	});

	it("when a client begins and ends one then the line has it, as long as the client made it, and what it sends afterwards arrives", async () => {
		const peer = await client();
		peer.send("before");
		await camera.until(() => camera.text === "before", "input");
		await ask(peer, "\x05\x05", "\x69\x05");
		await pause(500);
		peer.send(`${command("\x05\x06")}after`);
		await camera.until(() => camera.text === "beforeafter" && breaks().length === 1, "all of it");
		assert.ok(breaks()[0]! >= 500 && breaks()[0]! < 510, `${breaks()[0]} ms`);
	});
});

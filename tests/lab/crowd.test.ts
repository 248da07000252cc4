/** More clients than a pod can serve: each is told so, the hundredth as the first, and those who were there go on. */
import { strict as assert } from "node:assert";
import { ask, Peer } from "../support/lab/client.ts";
import { startPod, type TestPod } from "../support/lab/test-pod.ts";
import { pause, until } from "../support/lab/world.ts";

/** Enough for whatever is kept of those who were turned away. */
const CROWD = 20;

describe("more clients than there are places", () => {
	let pod: TestPod;

	beforeEach(async () => {
		pod = await startPod({ settings: { power_off: "60000" } });
	});

	afterEach(() => pod.stop());

	const connect = async (from: string, request: string): Promise<Peer> => {
		const peer = await Peer.connect(pod.httpPort, undefined, from);
		peer.send(request);
		return peer;
	};
	const upload = (index: number): string => `PUT /tftp/upload-${index} HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx`;

	it("when every HTTP connection is busy then each of many newcomers is told 503, and those before are served to their end", async () => {
		await ask(pod, "/power/on", { method: "POST" });
		await ask(pod, "/power/off", { method: "POST" });
		const uploads: Peer[] = [];
		for (let index = 0; index < 7; index++)
			uploads.push(await connect(index < 6 ? "10.0.0.2" : "10.0.0.3", upload(index)));
		// the supply has to stay off for a minute: this one waits as long for its answer
		const waiting = await connect("10.0.0.3", "POST /power/on HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
		await pause(50);
		for (let newcomer = 0; newcomer < CROWD; newcomer++) {
			const peer = await connect("10.0.0.4", "GET /power HTTP/1.1\r\nHost: pod\r\n\r\n");
			await peer.until(text => text.includes("}"), `the answer to number ${newcomer + 1}`);
			assert.match(peer.text, /^HTTP\/1\.1 503 [^]*"error":"too_many_connections"/);
			// some are gone at once, some stay for as long as they may
			if (newcomer % 2)
				peer.close();
		}
		for (const peer of uploads) {
			peer.send("y");
			await peer.untilClosed();
			assert.match(peer.text, /^HTTP\/1\.1 200 /);
		}
		await waiting.untilClosed();
		assert.match(waiting.text, /"camera_on":true/);
		assert.equal((await ask(pod, "/status")).body.faults.count, 0);
	});

	it("when every place at the console is taken then each of many newcomers is counted and told why, and the one that has the line keeps it", async () => {
		const bridge = async (): Promise<any> => (await ask(pod, "/uart")).body.bridge;
		const holder = await Peer.connect(pod.bridgePort);
		await until("it has the line", async () => (await bridge()).client_port === holder.socket.localPort);
		const before = (await bridge()).refusals;
		const crowd: Peer[] = [];
		for (let newcomer = 0; newcomer < CROWD; newcomer++)
			crowd.push(await Peer.connect(pod.bridgePort, undefined, "10.0.0.3"));
		const { refusals, client_port } = await bridge();
		assert.equal(client_port, holder.socket.localPort);
		const turnedAway = crowd.filter(({ closed }) => closed);
		assert.ok(turnedAway.length >= CROWD / 2, `${turnedAway.length} were turned away`);
		assert.equal(refusals - before, turnedAway.length);
		for (const { text } of turnedAway)
			assert.match(text, /rackpod: /);
	});
});

/** What a pod tells of itself: its front page, for people and as JSON, and the times that it counts. */
import { strict as assert } from "node:assert";
import { routes } from "routes/index";
import { ask, fetch, now, pause, Peer, testPod, type TestPod } from "../support/pod-lab.ts";

describe("what a pod tells of itself", () => {
	let pod: TestPod;

	beforeEach(async () => {
		pod = await testPod({ settings: { bridge_idle: "0" } });
	});

	afterEach(() => pod.stop());

	it("when JSON is asked for then the front page is that, and else it is for people", async () => {
		const front = async (accept?: string): Promise<Response> => fetch(`${pod.http}/`, { headers: accept === undefined ? {} : { Accept: accept } });
		for (const accept of ["application/json", "text/html;q=0.1, application/json"]) {
			const { name, endpoints } = await (await front(accept)).json() as any;
			assert.deepEqual([name, endpoints], ["rackpod", routes.map(({ method, path, does }) => ({ method, path, does }))], accept);
		}
		for (const accept of [undefined, "*/*", "text/html"]) {
			const answer = await front(accept);
			assert.equal(answer.headers.get("content-type"), "text/plain");
			const text = await answer.text();
			assert.match(text, new RegExp(`^rackpod, a rack pod [^]*\n    curl ${pod.http}/\n[^]*TCP port ${pod.bridgePort} [^]*TCP port ${pod.rfc2217Port} [^]*UDP port ${pod.tftpPort}\n$`));
		}
	});

	it("when time passes then the pod counts the seconds since its start, the supply's switch and the console's connection", async () => {
		await pause(100_000 - now() % 1_000);
		await ask(pod, "/power/on", { method: "POST" });
		await pause(20_000);
		const console = await Peer.connect(pod.bridgePort);
		await pause(5_500);
		const uptime = Math.floor(now() / 1_000);
		const { uptime_seconds, power } = (await ask(pod, "/status")).body;
		const { bridge } = (await ask(pod, "/uart")).body;
		assert.deepEqual([uptime_seconds, power.seconds, bridge.seconds], [uptime, 25, 5]);
		console.close();
	});
});

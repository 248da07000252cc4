/** The camera's serial line when the real system in between is too slow for it. What HTTP clients see: tests/lab/uart.test.ts. */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { begin, camera, end, pod, uart } from "../support/console-pod.ts";
import { Peer, until } from "../support/running-pod.ts";

describe("what the camera said", () => {
	beforeEach(() => begin({ settings: { uart_log: "16384" } }));
	afterEach(end);

	it("when the chip is too busy to empty the line then what came through and what was lost add up", async () => {
		process.kill(pod.pid, "SIGSTOP");
		let sent = 0;
		const piece = filled(1000, 4);
		const flood = (async () => {
			for (; sent < 100_000; sent += piece.length)
				await camera.say(piece);
		})();
		process.kill(pod.pid, "SIGCONT");
		await flood;
		await until("all is accounted for", async () => {
			const { rx_bytes, overruns } = await uart();
			return rx_bytes + overruns === sent;
		});
	});

	it("when a client doesn't read then the camera is not held up, and what it missed is counted", async () => {
		const peer = await Peer.connect(pod.bridgePort);
		await until("it has the line", async () => (await uart()).owner !== null);
		peer.socket.pause();
		let said = 0;
		for (const piece = filled(4096, 5); (await uart()).dropped === 0; said += piece.length) {
			assert.ok(said < 64 << 20, "64 MB were said and nothing counted as lost");
			for (let times = 0; times < 64; times++, said += times < 64 ? piece.length : 0)
				await camera.say(piece);
		}
		await until("all is accounted for", async () => {
			const { rx_bytes, overruns } = await uart();
			return rx_bytes + overruns === said;
		});
		peer.socket.resume();
		await camera.say("the end");
		await peer.until(text => text.endsWith("the end"), "the end");
		const { rx_bytes, dropped } = await uart();
		assert.equal(peer.received.length + dropped, rx_bytes);
	});
});

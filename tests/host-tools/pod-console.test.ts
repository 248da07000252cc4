/** Whose console it is: two pods on one address, forwarded ports, and others who connect at the same time. */
import { strict as assert } from "node:assert";
import type { Socket } from "node:net";
import { sleep } from "../../host-tools/base/clock.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { PodConsole } from "../../host-tools/camera/pod-console.ts";
import { RackPod } from "../../host-tools/pod/rack-pod.ts";
import { restore } from "../../host-tools/jobs/restore.ts";
import { Dump } from "./support/dump.ts";
import { FakePod } from "./support/fake-pod.ts";
import { MemoryNetwork } from "./support/memory-network.ts";

describe("the console of a pod", function () {
	this.timeout(60_000);
	let right: FakePod;
	let wrong: FakePod;
	let network: MemoryNetwork;

	beforeEach(async () => {
		network = new MemoryNetwork();
		[right, wrong] = [new FakePod(), new FakePod()];
		await Promise.all([right.start({}, network), wrong.start({}, network)]);
	});

	afterEach(async () => {
		await Promise.all([right.stop(), wrong.stop()]);
		network.stop();
	});

	const open = (port: number): Socket => network.connect({ port }).on("error", () => undefined);

	/** A port that is forwarded to `port`. */
	function forwarded(port: number): number {
		return network.listen(client => {
			const there = open(port);
			client.on("error", () => undefined).on("close", () => there.destroy()).pipe(there);
			there.on("close", () => client.destroy()).pipe(client);
		});
	}

	const consoleOf = (pod: FakePod, consolePort?: number): PodConsole => new PodConsole(new RackPod(pod.host, { consolePort, network }), network.clock);
	const refusal = (error: Failure): boolean => error.kind === "refused" && /is not shown to be that of the pod/.test(error.message) && /--console-port/.test(error.advice);

	/** Says something to the camera of `pod` by `consolePort`. */
	async function reaches(pod: FakePod, consolePort?: number): Promise<void> {
		const line = await consoleOf(pod, consolePort).connect();
		pod.camera.start();
		const answered = new Promise<void>(resolve => {
			let heard = "";
			line.onData = bytes => {
				heard += String(bytes);
				if (heard.includes("INTERRUPT"))
					resolve();
			};
		});
		line.write("\x03");
		await answered;
		line.close();
	}

	it("when the pod tells its port then that is used, with one connection", async () => {
		await reaches(right);
		assert.deepEqual([right.connections, wrong.connections], [1, 0]);
	});

	it("when its port is given then it is used", async () => {
		await reaches(right, right.consolePort);
	});

	it("when another pod's port is given then it is refused, and nothing was sent there", async () => {
		await assert.rejects(consoleOf(right, wrong.consolePort).connect(), refusal);
		assert.equal(wrong.log.toString(), "12345");
	});

	it("when the port is forwarded then it is used", async () => {
		await reaches(right, forwarded(right.consolePort));
	});

	it("when another pod's port is forwarded then it is refused", async () => {
		await assert.rejects(consoleOf(right, forwarded(wrong.consolePort)).connect(), refusal);
		assert.equal(wrong.log.toString(), "12345");
	});

	it("when somebody connects to the right pod all the time then another pod's console is refused all the same", async () => {
		const over = new AbortController();
		const flapping = (async () => {
			while (!over.signal.aborted) {
				const socket = open(right.consolePort);
				await sleep(network.clock, Math.random() * 150);
				socket.destroy();
				await sleep(network.clock, Math.random() * 150);
			}
		})();
		try {
			for (const port of [wrong.consolePort, forwarded(wrong.consolePort)])
				await assert.rejects(consoleOf(right, port).connect(), refusal);
			assert.equal(wrong.log.toString(), "12345");
		}
		finally {
			over.abort();
			await flapping;
		}
	}).timeout(240_000);

	it("when two others connect again and again then it is proven all the same, and another pod's is refused", async () => {
		await Promise.all([right.stop(), wrong.stop()]);
		[right, wrong] = [new FakePod({ patience: 300 }), new FakePod()];
		await Promise.all([right.start({}, network), wrong.start({}, network)]);
		let over = false;
		const again = (): void => {
			if (!over)
				open(right.consolePort).on("close", () => network.clock.after(5, again)).resume();
		};
		try {
			again();
			again();
			await (await consoleOf(right).connect()).close();
			await assert.rejects(consoleOf(right, wrong.consolePort).connect(), refusal);
			assert.equal(wrong.log.toString(), "12345");
		}
		finally {
			over = true;
		}
	}).timeout(240_000);

	it("when somebody holds the line then it is proven all the same", async () => {
		right.holder = "10.0.0.9:1234";
		await reaches(right);
	});

	it("when an old pod tells nothing then the usual port is used with the usual HTTP port only", async () => {
		const old = new FakePod({ old: true });
		const pod = await old.start({}, network);
		await assert.rejects(new PodConsole(pod, network.clock).connect(), (error: Failure) => error.kind === "refused" && /does not say which port/.test(error.message));
		await assert.rejects(consoleOf(old, old.consolePort).connect(), (error: Failure) => error.kind === "refused" && /does not say who is connected/.test(error.message));
		await old.stop();
	});

	it("when a restore is given another pod's console then no camera is touched", async () => {
		const dump = new Dump();
		try {
			const job = restore({ pod: new RackPod(right.host, { consolePort: wrong.consolePort, network }), ...await dump.load(), clock: network.clock });
			await assert.rejects(job, (error: Failure) => error.kind === "refused" && /stopped while looking for the pod's console.*Nothing was erased/.test(error.message));
			assert.ok(![right, wrong].some(pod => pod.requests.some(request => !request.startsWith("GET"))));
			assert.deepEqual([right.camera.commands, wrong.camera.commands], [[], []]);
		}
		finally {
			dump.remove();
		}
	});
});

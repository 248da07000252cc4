/**
 * Which side may use which service. Two addresses of this machine play the pod's interfaces in the lab and on the camera's wire; what the
 * peers call themselves must not matter.
 */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { ask, type Answer } from "../support/chip.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";

/** The pod's interfaces. */
const LAB = "127.0.0.1";
const CAMERA = "127.0.0.2";
/** Addresses of peers: one of the camera's network, one of the lab's, one of nobody's. */
const PEERS = ["127.0.0.2", "127.0.0.1", "127.169.254.7"];
const APART = { "chip.camera": `${CAMERA}/255.255.255.255`, tftp_everywhere: "false", http_everywhere: "false" };

describe("the sides: lab and camera", function () {
	let pod: TestPod | undefined;

	afterEach(async function () {
		await pod?.stop();
		pod = undefined;
	});

	const start = async (settings: Record<string, string> = {}): Promise<TestPod> => pod = await testPod({ bind: "0.0.0.0", settings: { ...APART, ...settings } });
	const askAt = (at: string, path: string, method = "GET", from?: string): Promise<Answer> => ask({ http: `http://${at}:${pod!.httpPort}` }, path, { from, method });
	const patch = async (body: object): Promise<void> => {
		const { status } = await ask({ http: `http://${LAB}:${pod!.httpPort}` }, "/settings", { method: "PATCH", body: JSON.stringify(body) });
		assert.equal(status, 200);
	};
	const refused = async (): Promise<Record<string, number>> => (await askAt(LAB, "/status")).body.refused;

	/** Whether a read request that arrives at `at` is answered: its opcode, or undefined when nobody listens there. */
	async function tftp(at: string, from = LAB): Promise<number | undefined> {
		const socket = createSocket("udp4");
		try {
			socket.bind(0, from);
			await once(socket, "listening");
			const answer = new Promise<number | undefined>((resolve, reject) => {
				socket.once("message", message => resolve(message.readUInt16BE(0)));
				// Linux tells a connected socket that nobody listens
				socket.once("error", error => (error as NodeJS.ErrnoException).code === "ECONNREFUSED" ? resolve(undefined) : reject(error));
			});
			socket.connect(pod!.tftpPort, at);
			await once(socket, "connect");
			socket.send("\0\x01nothing\0octet\0");
			return await answer;
		}
		finally {
			socket.close();
		}
	}

	/** Whether the bridge keeps a client that comes in there. */
	async function bridge(at: string): Promise<boolean> {
		const { connections } = (await askAt(LAB, "/uart")).body.bridge;
		const before = (await refused()).console!;
		const client = await Peer.connect(pod!.bridgePort, at);
		try {
			let kept = false;
			await until("the bridge decided", async () => {
				kept = (await askAt(LAB, "/uart")).body.bridge.connections > connections;
				return kept || (await refused()).console! > before;
			});
			return kept;
		}
		finally {
			client.close();
		}
	}

	it("when nothing else is set then TFTP is for the camera, HTTP and the bridge are for the lab, whatever address the peer has", async function () {
		await start();
		for (const peer of PEERS) {
			assert.equal(await tftp(CAMERA, peer), 5, peer);
			assert.equal(await tftp(LAB, peer), undefined, peer);
			assert.equal((await askAt(LAB, "/power", "GET", peer)).status, 200, peer);
			await assert.rejects(askAt(CAMERA, "/power", "GET", peer), peer);
			await assert.rejects(askAt(CAMERA, "/power/on", "POST", peer), peer);
		}
		assert.equal((await askAt(LAB, "/power")).body.camera_on, false);
		assert.equal(await bridge(LAB), true);
		assert.equal(await bridge(CAMERA), false);
		assert.deepEqual(await refused(), { http: 2 * PEERS.length, console: 1 });
		assert.equal((await askAt(LAB, "/status")).body.networks.overlap, false);
	});

	it("when the services are opened by settings then everybody is answered at once, and nobody any more when they are closed", async function () {
		await start();
		const { tftpPort } = pod!;
		await patch({ tftp_everywhere: true, http_everywhere: true });
		assert.equal(await tftp(LAB), 5);
		assert.equal((await askAt(CAMERA, "/power")).status, 200);
		assert.equal(await bridge(CAMERA), true);
		await patch({ tftp_everywhere: false, http_everywhere: false });
		assert.equal(await tftp(LAB), undefined);
		assert.equal(await tftp(CAMERA), 5);
		assert.equal(pod!.tftpPort, tftpPort);
		await assert.rejects(askAt(CAMERA, "/power"));
		assert.equal(await bridge(CAMERA), false);
	});

	it("when the lab's network holds the camera's addresses then that is reported, and the doors stay shut all the same", async function () {
		await start({ "chip.lab": "127.0.0.1/255.0.0.0" });
		const { body } = await askAt(LAB, "/status");
		assert.equal(body.networks.overlap, true);
		assert.deepEqual(body.networks.lab, { address: "127.0.0.1", mask: "255.0.0.0" });
		await assert.rejects(askAt(CAMERA, "/power"));
		assert.equal(await bridge(CAMERA), false);
		assert.equal(await tftp(LAB), undefined);
		assert.equal(await tftp(CAMERA), 5);
	});

	it("when the pod has one and the same address on both sides then nobody is shut out: nothing tells them apart", async function () {
		await start({ "chip.lab": `${CAMERA}/255.255.255.0` });
		assert.equal((await askAt(LAB, "/status")).body.networks.overlap, true);
		assert.equal((await askAt(CAMERA, "/power")).status, 200);
		assert.equal(await bridge(CAMERA), true);
	});
});

/** Which network may use which service: two addresses of this machine play a client in the lab and the camera. */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { ask, type Answer } from "../support/chip.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";

const LAB = "127.0.0.1";
const CAMERA = "127.0.0.2";
const FENCED = { "chip.camera": "127.0.0.2/255.255.255.255", tftp_everywhere: "false", http_everywhere: "false" };

describe("the fence between lab and camera", function () {
	let pod: TestPod | undefined;

	afterEach(async function () {
		await pod?.stop();
		pod = undefined;
	});

	const start = async (settings: Record<string, string> = {}): Promise<TestPod> => pod = await testPod({ bind: "0.0.0.0", settings: { ...FENCED, ...settings } });
	const askFrom = (from: string, path: string, method = "GET"): Promise<Answer> => ask({ http: `http://127.0.0.1:${pod!.httpPort}` }, path, { from, method });
	const patch = async (body: object): Promise<void> => {
		const { status } = await ask({ http: `http://127.0.0.1:${pod!.httpPort}` }, "/settings", { method: "PATCH", body: JSON.stringify(body), from: LAB });
		assert.equal(status, 200);
	};
	const refused = async (): Promise<Record<string, number>> => (await askFrom(LAB, "/status")).body.refused;

	/** The opcode of what comes back for a read request of a file that isn't there; undefined when the pod counts a refusal instead. */
	async function tftp(from: string): Promise<number | undefined> {
		const socket = createSocket("udp4");
		try {
			socket.bind(0, from);
			await once(socket, "listening");
			const before = (await refused()).tftp!;
			let opcode: number | undefined;
			socket.once("message", message => opcode = message.readUInt16BE(0));
			socket.send("\0\x01nothing\0octet\0", pod!.tftpPort, "127.0.0.1");
			await until("TFTP answered or refused", async () => opcode !== undefined || (await refused()).tftp! > before);
			return opcode;
		}
		finally {
			socket.close();
		}
	}

	/** Whether the bridge keeps a client from there: it says something to the UART. */
	async function bridge(from: string): Promise<boolean> {
		const { connections } = (await askFrom(LAB, "/uart")).body.bridge;
		const before = (await refused()).bridge!;
		const socket = connect({ port: pod!.bridgePort, host: "127.0.0.1", localAddress: from });
		socket.on("error", () => {});
		try {
			let kept = false;
			await until("the bridge decided", async () => {
				kept = (await askFrom(LAB, "/uart")).body.bridge.connections > connections;
				return kept || (await refused()).bridge! > before;
			});
			return kept;
		}
		finally {
			socket.destroy();
		}
	}

	it("when nothing else is set then TFTP is for the camera, HTTP and the bridge are for the lab", async function () {
		await start();
		assert.equal(await tftp(CAMERA), 5);
		assert.equal(await tftp(LAB), undefined);
		assert.equal((await askFrom(LAB, "/power")).status, 200);
		await assert.rejects(askFrom(CAMERA, "/power"));
		await assert.rejects(askFrom(CAMERA, "/power/on", "POST"));
		assert.equal((await askFrom(LAB, "/power")).body.camera_on, false);
		assert.equal(await bridge(LAB), true);
		assert.equal(await bridge(CAMERA), false);
		assert.deepEqual(await refused(), { tftp: 1, http: 2, bridge: 1 });
		assert.equal((await askFrom(LAB, "/status")).body.networks.overlap, false);
	});

	it("when the services are opened by settings then everybody is answered at once, and nobody any more when they are closed", async function () {
		await start();
		await patch({ tftp_everywhere: true, http_everywhere: true });
		assert.equal(await tftp(LAB), 5);
		assert.equal((await askFrom(CAMERA, "/power")).status, 200);
		assert.equal(await bridge(CAMERA), true);
		await patch({ tftp_everywhere: false, http_everywhere: false });
		assert.equal(await tftp(LAB), undefined);
		await assert.rejects(askFrom(CAMERA, "/power"));
		assert.equal(await bridge(CAMERA), false);
	});

	it("when the lab's network holds the camera's addresses then that is reported and nobody is shut out", async function () {
		await start({ "chip.lab": "127.0.0.1/255.0.0.0" });
		const { body } = await askFrom(LAB, "/status");
		assert.equal(body.networks.overlap, true);
		assert.deepEqual(body.networks.lab, { address: "127.0.0.1", mask: "255.0.0.0" });
		assert.equal((await askFrom(CAMERA, "/power")).status, 200);
		assert.equal(await tftp(LAB), 5);
		assert.equal(await tftp(CAMERA), 5);
	});
});

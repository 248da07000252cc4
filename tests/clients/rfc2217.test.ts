/** RFC 2217 as others speak it: pyserial's rfc2217://, ser2net, labgrid. The camera is an echo, or a real U-Boot in QEMU's virt. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { Running, run } from "../support/command.ts";
import { needs, needsPackages, needsPython, PYTHON } from "../support/needs.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";
import { RawCamera } from "../support/raw-camera.ts";
import { freePort } from "./support/free-port.ts";
import { environmentFile, labgrid } from "./support/labgrid.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";

let pod: TestPod;
let camera: RawCamera;

/** A camera that says what it hears. */
async function begin(timeScale: number): Promise<void> {
	pod = await testPod({ timeScale });
	camera = await RawCamera.attach(pod.state);
	camera.onReceive = bytes => void camera.say(bytes);
}

async function end(): Promise<void> {
	await camera.close();
	await pod.stop();
}

describe("pyserial's rfc2217://", () => {
	needsPython("serial");

	describe("with a camera that echoes", () => {
		beforeEach(() => begin(1));
		afterEach(end);

		async function pyserial(test: string): Promise<void> {
			const { code, stderr } = await run(PYTHON, ["-W", "ignore", join(import.meta.dirname, "pyserial/rfc2217.py"), String(pod.rfc2217Port), pod.http, test]);
			assert.equal(code, 0, stderr);
			const { faults } = await (await fetch(`${pod.http}/status`)).json() as any;
			assert.deepEqual(faults, { count: 0, last: null });
		}

		it("when it opens the port with any of its options then it can, and has the modem's state", () => pyserial("open"));

		it("when it changes settings then the line has the rates, and what the line can't be is an error", async () => {
			await pyserial("settings");
			const rates = [1200, 9600, 57600, 65535, 921600, 1500000, 3000000, 115200, 9600, 115200].map(rate => `baud ${rate}`);
			await camera.until(() => camera.rates.length > rates.length, "the rates");
			assert.deepEqual(camera.rates, ["baud 115200", ...rates]);
		});

		it("when it writes bytes of all values then they come back unchanged", () => pyserial("echo"));

		it("when it sends breaks then the line has them, no shorter than it made them, between its bytes", async () => {
			await pyserial("break");
			assert.equal(camera.rates.length, 3, camera.rates.join());
			const [first, second] = camera.rates.slice(1).map(word => Number(/^break (\d+)$/.exec(word)![1]));
			// it waits for answers between the two halves, at a busy computer's pace
			assert.ok(first! >= 250 && second! >= 100, `${first}, ${second} ms`);
			assert.equal(camera.text, "beforeafter");
		});

		it("when it purges its input then what the pod still held is gone", () => pyserial("purge_input"));

		it("when it purges its output then what the line still had to send is gone", () => pyserial("purge_output"));

		it("when it opens the port twice then the second has it, and the first is told", () => pyserial("takeover"));
	});
});

describe("ser2net in front of the RFC 2217 port", () => {
	needs("ser2net");

	describe("with a camera that echoes", () => {
		let folder: string;
		let ser2net: Running | undefined;

		beforeEach(async () => {
			folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
			await begin(0.2);
		});
		afterEach(async () => {
			ser2net?.child.kill("SIGKILL");
			await ser2net?.ended;
			rmSync(folder, { recursive: true, force: true });
			await end();
		});

		/** Starts it in front of the pod, `layers` before the TCP port of its own; returns its client. */
		async function through(layers: string): Promise<Peer> {
			const port = await freePort("tcp");
			const file = join(folder, "ser2net.yaml");
			writeFileSync(file, `connection: &pod\n  accepter: ${layers}tcp,127.0.0.1,${port}\n  connector: telnet(rfc2217),tcp,127.0.0.1,${pod.rfc2217Port}\n`);
			ser2net = new Running("ser2net", ["-n", "-u", "-c", file]);
			let client: Peer | undefined;
			await until("it listens", async () => (client = await Peer.connect(port).catch(() => undefined)) !== undefined);
			return client!;
		}

		it("when a raw client connects to it then bytes of all values go both ways", async () => {
			const client = await through("");
			const all = Buffer.from(Array.from({ length: 4096 }, (_, index) => index * 7 & 255));
			client.send(all);
			await client.until(text => text.length >= all.length, "the echo");
			assert.ok(client.received.equals(all));
			client.close();
		});

		it("when a client of its own sets a rate by RFC 2217 then the camera's line has it, and the client is told so", async () => {
			const client = await through("telnet(rfc2217),");
			client.send("\xff\xfb\x2c"); // will COM-PORT
			await client.until(text => text.includes("\xff\xfd\x2c"), "its agreement");
			client.send("\xff\xfa\x2c\x01\0\0\x25\x80\xff\xf0"); // 9600
			await camera.until(() => camera.rates.includes("baud 9600"), "the rate");
			await client.until(text => text.includes("\xff\xfa\x2c\x65\0\0\x25\x80\xff\xf0"), "the answer");
			client.close();
		});
	});
});

describe("labgrid with the console on the RFC 2217 port", function () {
	this.timeout(180_000);
	needs(PROGRAM);
	needsPython("labgrid", "pytest", "serial");
	needsPackages(PACKAGE);

	describe("with a real U-Boot in QEMU", () => {
		let camera: QemuPod | undefined;

		afterEach(async () => {
			await camera?.stop();
			camera = undefined;
		});

		it("when its U-Boot driver works through the pod then its tests pass", async () => {
			camera = await qemuPod(NETWORKS[0]!, ["--machine", "virt"]);
			assert.equal(await labgrid(camera, environmentFile("rfc2217.yaml"), "test_u_boot.py"), 5);
		});
	});
});

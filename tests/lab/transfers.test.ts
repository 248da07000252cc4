/** What becomes of TFTP transfers when their camera is switched off, or their files are removed or replaced: the next run finds its room. */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { blob } from "../support/blob.ts";
import { CAMERA, CAMERA_SIDE, Datagrams, fetch, LAB, Peer, testPod, until, type TestPod } from "../support/pod-lab.ts";

const SIZE = 5_500_000;
const TOTAL = 8_126_464;

/** A TFTP client that says only what a test tells it to. */
class Client {
	readonly socket: Datagrams;
	readonly packets: Buffer[] = [];
	#server: string;
	#from = 0;

	static async open(pod: TestPod, request: string, from: string, server: string): Promise<Client> {
		const client = new Client(pod, from, server);
		client.socket.send(request, pod.tftpPort, server);
		await until("the first packet is there", () => client.packets.length > 0);
		return client;
	}

	private constructor(pod: TestPod, from: string, server: string) {
		this.#server = server;
		this.socket = new Datagrams(pod, from);
		this.socket.onMessage = (packet, { port }) => {
			this.#from = port;
			this.packets.push(packet);
		};
	}

	/** Reads as far as block `last`, and leaves that unanswered. */
	async read(last: number): Promise<void> {
		for (let block = 1; block < last; block++) {
			const seen = (packet: Buffer): boolean => packet.readUInt16BE(2) === block + 1;
			this.socket.send(Buffer.from([0, 4, block >> 8, block & 255]), this.#from, this.#server);
			await until(`block ${block + 1} is there`, async () => this.packets.some(seen));
		}
	}

	/** The text of the ERROR that comes. */
	async error(): Promise<string> {
		await until("an error is there", async () => this.packets.some(packet => packet[1] === 5));
		const packet = this.packets.find(each => each[1] === 5)!;
		assert.equal(packet[3], 2, "the only code but 1 that every U-Boot takes for an end");
		return packet.toString("latin1", 4, packet.length - 1);
	}
}

describe("transfers that nobody goes on with", () => {
	let pod: TestPod;
	const clients: Client[] = [];

	const power = async (action: string): Promise<void> => void assert.equal((await fetch(`${pod.http}/power/${action}`, { method: "POST" })).status, 200);
	const begin = async (options: Parameters<typeof testPod>[0] = {}): Promise<void> => {
		pod = await testPod(options);
	};
	afterEach(async () => {
		for (const { socket } of clients.splice(0))
			socket.close();
		await pod.stop();
	});

	const client = async (request: string, from = CAMERA, server = from === CAMERA ? CAMERA_SIDE : LAB): Promise<Client> => {
		const made = await Client.open(pod, request, from, server);
		clients.push(made);
		return made;
	};
	const stage = async (name: string, bytes: Uint8Array): Promise<number> => (await fetch(`${pod.http}/tftp/${name}`, { method: "POST", body: bytes })).status;
	const largest = async (): Promise<number> => (await (await fetch(`${pod.http}/tftp`)).json() as { psram_largest_free_block: number }).psram_largest_free_block;
	const underWay = async (): Promise<string[]> => ((await pod.client.status()) as unknown as { tftp: { under_way: { name: string }[] } }).tftp.under_way.map(({ name }) => name);

	it("when the camera is switched off while it reads then its transfer ends, and what it read can be replaced or removed at once", async () => {
		await begin();
		await power("on");
		for (const remove of [false, true]) {
			assert.equal(await stage("rootfs", filled(SIZE, 1)), 200);
			const camera = await client("\0\x01rootfs\0octet\0");
			await camera.read(100);
			await power("off");
			assert.equal(await camera.error(), "the camera was switched off");
			assert.deepEqual(await underWay(), []);
			const [file] = (await pod.client.files()).files;
			assert.equal(file!.last_error, "the camera was switched off");
			if (remove) {
				await pod.client.clear();
				assert.equal(await largest(), TOTAL);
			}
			assert.equal(await stage("rootfs", filled(SIZE, 2)), 200);
			await power("on");
		}
	});

	it("when the camera is switched off while it uploads then the slot is armed as before", async () => {
		await begin();
		await power("on");
		await fetch(`${pod.http}/tftp/dump?upload=${SIZE}`, { method: "PUT" });
		const camera = await client("\0\x02dump\0octet\0");
		await power("cycle");
		assert.equal(await camera.error(), "the camera was switched off");
		const again = await client("\0\x02dump\0octet\0");
		assert.equal(again.packets[0]![1], 4);
	});

	it("when files are removed, one or all, while they are read then the transfers end and their pages are free", async () => {
		await begin();
		for (const path of ["/tftp/rootfs", "/tftp"]) {
			await stage("rootfs", filled(SIZE, 1));
			const camera = await client("\0\x01rootfs\0octet\0");
			await camera.read(20);
			await fetch(pod.http + path, { method: "DELETE" });
			assert.match(await camera.error(), /removed/);
			assert.equal(await largest(), TOTAL);
		}
	});

	it("when a file is replaced while it is read then it is read to its end if both fit, and DELETE frees both", async () => {
		await begin();
		await stage("uImage", filled(2_000_000, 1));
		const camera = await client("\0\x01uImage\0octet\0");
		await camera.read(5);
		assert.equal(await stage("uImage", filled(2_000_000, 2)), 200);
		await camera.read(10);
		assert.deepEqual(camera.packets.find(packet => packet.readUInt16BE(2) === 10)!.subarray(4), Buffer.from(filled(2_000_000, 1).subarray(9 * 512, 10 * 512)));
		await fetch(`${pod.http}/tftp`, { method: "DELETE" });
		assert.equal(await camera.error(), "all files were removed");
		assert.equal(await largest(), TOTAL);
	});

	it("when a file is replaced while it is read and both don't fit then the old one goes first", async () => {
		await begin();
		await stage("rootfs", filled(SIZE, 1));
		const camera = await client("\0\x01rootfs\0octet\0");
		await camera.read(20);
		assert.equal(await stage("rootfs", filled(SIZE, 2)), 200);
		assert.equal(await camera.error(), "the file is replaced");
	});

	it("when everything is full and read and a fastboot begins then it finds its room; what is none takes nothing", async () => {
		await begin();
		await stage("rootfs", filled(TOTAL, 1));
		const camera = await client("\0\x01rootfs\0octet\0");
		await camera.read(20);
		const refused = await fetch(`${pod.http}/fastboot`, { method: "POST", body: "no blob" });
		assert.equal(refused.status, 400);
		await camera.read(25);
		const boot = await Peer.connect(pod.httpPort);
		const body = blob();
		boot.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${body.length}\r\n\r\n`);
		boot.send(body.subarray(0, -1));
		assert.equal(await camera.error(), "a fastboot begins");
		boot.close();
	});

	it("when a client on another wire than the camera's reads, too, then it goes on when the camera is switched off", async () => {
		await begin();
		await power("on");
		await stage("rootfs", filled(SIZE, 1));
		const camera = await client("\0\x01rootfs\0octet\0");
		const lab = await client("\0\x01rootfs\0octet\0", "10.0.0.2");
		await power("off");
		assert.equal(await camera.error(), "the camera was switched off");
		await lab.read(20);
		assert.deepEqual(await underWay(), ["rootfs"]);
	});
});

/**
 * A heap that fills up to the last: who is refused, who has to go, and that nobody else notices. The chip's heap doesn't fill up by what
 * the limits allow (heap.test.ts), so this pod has a smaller one.
 */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Socket } from "node:net";
import { fastboot, files, get, http, streams, type Load } from "../support/load.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";

/** An idle pod has some 680, and leaves then what two uploads take before they are refused. */
const SLOTS = 1_340;

describe("a heap that is nearly full", function () {
	this.timeout(120_000);
	let pod: TestPod;
	let loads: Load[];

	beforeEach(async function () {
		loads = [];
		pod = await testPod({ device: true, slots: SLOTS, bind: "0.0.0.0", timeScale: 1 });
	});

	afterEach(async function () {
		for (const load of loads)
			load.release();
		await pod.stop();
	});

	/** What must always work, from another machine. */
	async function alive(): Promise<{ memory: Record<string, number>; faults: { count: number }; fastboot: { running: boolean } }> {
		assert.equal((await get(pod, "/power/state", "GET", undefined, "127.0.0.3")).status, 200);
		const { status, body } = await get(pod, "/status", "GET", undefined, "127.0.0.3");
		assert.equal(status, 200, body);
		return JSON.parse(body);
	}

	/** An upload that goes on at 10 KB/s, from a machine of its own; its first answer if it is refused. */
	async function upload(index: number): Promise<{ socket: Socket; refused?: string }> {
		const load = await http(pod, 1, () => `PUT /tftp/upload-${index} HTTP/1.1\r\nHost: pod\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n`);
		loads.push(load);
		const socket = load.sockets[0]!;
		const [answer] = await once(socket, "data") as [Buffer];
		if (!answer.toString().includes("100 Continue"))
			return { socket, refused: answer.toString() };
		const timer = setInterval(() => socket.write("x".repeat(1_000)), 100);
		socket.once("close", () => clearInterval(timer));
		return { socket };
	}

	/** One read of file-0 that goes on block by block, slowly; what the pod said if it was refused. */
	async function read(): Promise<{ blocks: () => number; refused?: string }> {
		const socket = createSocket("udp4");
		let blocks = 0;
		let next: NodeJS.Timeout | undefined;
		socket.send("\0\x01file-0\0octet\0tsize\x000\0", pod.tftpPort, "127.0.0.1");
		const [answer, { port }] = await once(socket, "message") as [Buffer, { port: number }];
		loads.push({
			release: () => {
				clearTimeout(next);
				socket.close();
			}
		});
		if (answer.readUInt16BE(0) === 5)
			return { blocks: () => blocks, refused: answer.toString("latin1", 4) };
		socket.on("message", packet => {
			if (packet.readUInt16BE(0) !== 3)
				return;
			blocks++;
			next = setTimeout(() => socket.send(Buffer.from([0, 4, packet[2]!, packet[3]!]), port, "127.0.0.1"), 50);
		});
		socket.send(Buffer.from([0, 4, 0, 0]), port, "127.0.0.1");
		return { blocks: () => blocks };
	}

	async function refusedUpload(): Promise<Socket[]> {
		const uploads: Socket[] = [];
		for (let index = 0; index < 8; index++) {
			const { socket, refused } = await upload(index);
			if (refused !== undefined) {
				assert.match(refused, /^HTTP\/1\.1 503 [^]*"error":"no_room","message":"the pod's own memory is nearly full/);
				return uploads;
			}
			uploads.push(socket);
			await alive();
		}
		throw new Error("no upload was refused");
	}

	it("when uploads come without end then one is told that there is no room, and those before it and everything else go on", async function () {
		await files(pod, 1);
		const reader = await read();
		const raw = await Peer.connect(pod.bridgePort);
		loads.push({ release: () => raw.close() });
		const uploads = await refusedUpload();
		assert.ok(uploads.length > 0);
		const before = reader.blocks();
		raw.send("still here");
		await until("the console's bytes have come", async () => JSON.parse((await get(pod, "/uart", "GET", undefined, "127.0.0.3")).body).bridge.received === 10);
		await until("the transfer goes on", async () => reader.blocks() > before + 3);
		assert.equal(uploads.some(socket => socket.destroyed), false);
		const { memory, faults } = await alive();
		assert.ok(memory.refused_for_room! > 0);
		assert.deepEqual([memory.closed_for_room, faults.count, raw.closed], [0, 0, false]);
	});

	it("when what was let in grows then the newest connection goes, and nobody else; transfers and consoles are refused in their own words", async function () {
		await files(pod, 1);
		const reader = await read();
		const clients = await http(pod, 6, () => "");
		loads.push(clients);
		let refused: string | undefined;
		for (let count = 0; count < 8 && refused === undefined; count++)
			refused = (await read()).refused;
		assert.match(refused ?? "", /the pod's own memory is nearly full/);
		// a console is let in for what is kept for it, and takes nearly all of that, so that the next one finds no room
		const client = await Peer.connect(pod.rfc2217Port);
		loads.push({ release: () => client.close() });
		await client.until(text => text !== "", "the offers of telnet");
		const next = await Peer.connect(pod.bridgePort);
		loads.push({ release: () => next.close() });
		await next.untilClosed();
		assert.match(next.text, /^rackpod: the pod's own memory is nearly full; GET \/uart\/log/);
		for (const socket of clients.sockets)
			socket.resume().write("GET /power HTTP/1.1\r\nX-Slow: ");
		await until("somebody had to go", async () => {
			const { status, body } = await get(pod, "/status");
			return status === 200 && JSON.parse(body).memory.closed_for_room > 0;
		});
		await until("it was the newest", async () => clients.sockets.at(-1)!.destroyed);
		const before = reader.blocks();
		await until("the transfer goes on", async () => reader.blocks() > before + 3);
		assert.deepEqual([client.closed, (await alive()).faults.count], [false, 0]);
	});

	it("when what was let in grows beside those who read along then the newest of them goes first, and no more are let in", async function () {
		await files(pod, 1);
		const reader = await read();
		const readers = await streams(pod, 2);
		const clients = await http(pod, 6, () => "");
		loads.push(readers, clients);
		let refused: string | undefined;
		for (let count = 0; count < 8 && refused === undefined; count++)
			refused = (await read()).refused;
		assert.match(refused ?? "", /the pod's own memory is nearly full/);
		const { status, body } = await get(pod, "/uart/stream", "GET", undefined, "127.0.0.3");
		assert.deepEqual([status, JSON.parse(body).error], [503, "no_room"]);
		const client = await Peer.connect(pod.rfc2217Port);
		loads.push({ release: () => client.close() });
		await client.until(text => text !== "", "the offers of telnet");
		for (const socket of clients.sockets)
			socket.resume().write("GET /power HTTP/1.1\r\nX-Slow: ");
		await until("somebody had to go", async () => {
			const { status, body } = await get(pod, "/status");
			return status === 200 && JSON.parse(body).memory.closed_for_room > 0;
		});
		await until("it was the newest reader", async () => readers.sockets.at(-1)!.destroyed);
		const before = reader.blocks();
		await until("the transfer goes on", async () => reader.blocks() > before + 3);
		assert.equal((await alive()).faults.count, 0);
	});

	it("when uploads are refused beside a fastboot then that goes on", async function () {
		loads.push(await fastboot(pod));
		await refusedUpload();
		assert.equal((await alive()).fastboot.running, true);
	});
});

/**
 * What a pod's limits allow, taken all at once: each function takes one service of a running pod to its limit and holds it there until
 * `release`. For measuring what the JavaScript heap has left then (heap.ts).
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { firmwareImage } from "./firmware-image.ts";
import { filled } from "../../simulator/random.ts";
import { blob } from "./blob.ts";
import { until, type TestPod } from "./running-pod.ts";

export interface Load {
	release(): void;
}

/** Two machines of the lab: no one may have all HTTP connections. */
const HOSTS = ["127.0.0.1", "127.0.0.2"];

/** Only what is asked for by these requests, on connections of their own. */
export async function get(pod: TestPod, path: string, method = "GET", body?: string | Uint8Array, from = HOSTS[1]): Promise<{ status: number; body: string }> {
	const sent = request({ port: pod.httpPort, host: "127.0.0.1", localAddress: from, path, method, headers: { Connection: "close" }, agent: false, timeout: 20_000 });
	sent.end(body);
	const [response] = await once(sent, "response");
	const parts: Buffer[] = [];
	for await (const part of response)
		parts.push(part);
	return { status: response.statusCode, body: Buffer.concat(parts).toString() };
}

async function connected(port: number, from: string): Promise<Socket> {
	const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
	socket.on("error", () => {});
	await once(socket, "connect");
	return socket;
}

function held(sockets: Socket[]): Load {
	return { release: () => sockets.forEach(socket => socket.destroy()) };
}

/** The longest names there may be; the first file's is short, for readers. */
const nameOf = (index: number): string => index === 0 ? "file-0" : `file-${index}/`.padEnd(127, "x");

/** `count` files; the first one has some length, for readers. */
export async function files(pod: TestPod, count: number): Promise<Load> {
	for (let i = 0; i < count; i++) {
		const { status, body } = await get(pod, `/tftp/${nameOf(i)}`, "PUT", i === 0 ? filled(600_000, 1) : "one line\n");
		if (status !== 200)
			throw new Error(body);
	}
	return { release: () => {} };
}

/** HTTP connections, each of which has sent `text`; the first seven from one host. */
export async function http(pod: TestPod, count: number, text: (index: number) => string, more = ""): Promise<Load & { sockets: Socket[] }> {
	const sockets: Socket[] = [];
	for (let i = 0; i < count; i++) {
		const socket = await connected(pod.httpPort, HOSTS[i < 6 ? 0 : 1]!);
		socket.write(text(i));
		if (more)
			socket.write(more);
		sockets.push(socket);
	}
	return { ...held(sockets), sockets };
}

export const silent = (pod: TestPod, count = 8): Promise<Load> => http(pod, count, () => "");

/** Readers of the console's stream, who have got what there was. */
export async function streams(pod: TestPod, count = 6): Promise<Load & { sockets: Socket[] }> {
	const sockets: Socket[] = [];
	for (let i = 0; i < count; i++) {
		const socket = await connected(pod.httpPort, HOSTS[i < 5 ? 0 : 1]!);
		const answered = once(socket, "data");
		socket.write("GET /uart/stream HTTP/1.1\r\nHost: pod\r\n\r\n");
		const [answer] = await answered as [Buffer];
		if (!answer.toString("latin1").startsWith("HTTP/1.1 200"))
			throw new Error(answer.toString("latin1"));
		socket.resume();
		sockets.push(socket);
	}
	return { ...held(sockets), sockets };
}

/** Uploads that have begun, with heads of `head` bytes; no more than may go on at a time. */
export function uploads(pod: TestPod, count = 7, head = 200): Promise<Load> {
	const line = `X-Fill: ${"x".repeat(Math.max(0, head - 150))}\r\n`;
	return http(pod, count, i => `PUT /tftp/upload-${i} HTTP/1.1\r\nHost: pod\r\nContent-Length: 20000\r\n${line}\r\n`, "y".repeat(1000));
}

/** `count` reads of the first file that were answered and acknowledged once. */
export async function reads(pod: TestPod, count = 8): Promise<Load> {
	const sockets = await Promise.all(Array.from({ length: count }, async () => {
		const socket = createSocket("udp4");
		const answered = once(socket, "message") as Promise<[Buffer, { port: number }]>;
		socket.send("\0\x01file-0\0octet\0blksize\x001468\0windowsize\x0016\0tsize\x000\0", pod.tftpPort, "127.0.0.1");
		const [answer, { port }] = await answered;
		if (answer.readUInt16BE(0) !== 6)
			throw new Error(answer.toString("latin1"));
		socket.send(Buffer.from([0, 4, 0, 0]), port, "127.0.0.1");
		return { socket, port };
	}));
	// a client that says goodbye: otherwise the pod would repeat for long
	return { release: () => sockets.forEach(({ socket, port }) => socket.send("\0\x05\0\0over\0", port, "127.0.0.1", () => socket.close())) };
}

/** A console client on the raw port or, with `options`, on that of RFC 2217, and `newcomers` that follow it. */
export async function console(pod: TestPod, port: number, newcomers = 0): Promise<Load> {
	const sockets = [await connected(port, HOSTS[0]!)];
	if (port === pod.rfc2217Port)
		// WILL and DO COM-PORT-OPTION, SET-BAUDRATE 0, a signature of its own
		sockets[0]!.write(Buffer.from([255, 251, 44, 255, 253, 44, 255, 250, 44, 1, 0, 0, 0, 0, 255, 240, 255, 250, 44, 0, 255, 240]));
	await until("the console is there", async () => JSON.parse((await get(pod, "/uart")).body).bridge.client !== null);
	for (let i = 0; i < newcomers; i++)
		sockets.push(await connected(port, HOSTS[1]!));
	return held(sockets);
}

/** A fastboot that waits for the boot ROM. */
export async function fastboot(pod: TestPod): Promise<Load> {
	const body = blob();
	const socket = await connected(pod.httpPort, HOSTS[1]!);
	socket.write(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${body.length}\r\n\r\n`);
	socket.write(body);
	await until("a fastboot runs", async () => JSON.parse((await get(pod, "/fastboot")).body).running);
	return held([socket]);
}

/** A firmware update of which half has come. */
export async function update(pod: TestPod): Promise<Load> {
	const image = firmwareImage(40_000);
	const socket = await connected(pod.httpPort, HOSTS[1]!);
	socket.write(`POST /firmware HTTP/1.1\r\nHost: pod\r\nContent-Length: ${image.length}\r\n\r\n`);
	socket.write(image.subarray(0, 20_000));
	await until("an update runs", async () => JSON.parse((await get(pod, "/firmware")).body).update?.received === 20_000);
	return held([socket]);
}

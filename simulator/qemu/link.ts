/**
 * The camera's Ethernet without root: QEMU's network card on one side (its `stream` backend on a UNIX socket), the pod's TFTP server on
 * this machine on the other. On the wire the pod is 192.168.1.1: it answers ARP and ping, and a datagram to its port 69 goes to wherever
 * the server really listens. Each of the camera's ports has one UDP socket here for as long as QEMU runs, so the server sees a request
 * from the same port as before when the camera uses one again.
 *
 * Not a router: only UDP, only to the pod. `faults` may lose, repeat, swap and delay datagrams, by a seed.
 */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { arpReply, echoReply, ipNumber, parseFrame, udp, type Station } from "./ethernet.ts";
import { FaultyPath, type Faults } from "./faults.ts";

export interface CameraLinkOptions {
	/** Path of the UNIX socket to make. */
	path: string;
	/** Where the pod's TFTP server listens: "127.0.0.1:6969". */
	tftp: string;
	faults?: Faults;
}

/** The pod's address on the camera's wire. */
const POD = "192.168.1.1";
const TFTP = 69;
/** QEMU's frames are preceded by their length, big-endian. */
const LENGTH = 4;
/** More than any Ethernet frame of QEMU's; a longer one means that the stream is out of step. */
const LONGEST = 65536;

export class CameraLink {
	readonly path: string;
	readonly #pod: Station;
	readonly #host: string;
	readonly #port: number;
	readonly #server: Server;
	readonly #toPod: FaultyPath;
	readonly #toCamera: FaultyPath;
	#qemu: Socket | undefined;
	#flows = new Map<number, Datagrams>();

	private constructor({ path, tftp, faults }: CameraLinkOptions) {
		const colon = tftp.lastIndexOf(":");
		this.path = path;
		this.#host = tftp.slice(0, colon);
		this.#port = Number(tftp.slice(colon + 1));
		this.#pod = { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), ip: ipNumber(POD) };
		this.#toPod = new FaultyPath(faults, 0);
		this.#toCamera = new FaultyPath(faults, 1);
		this.#server = createServer(socket => this.#connected(socket));
	}

	/** A wire that is ready for QEMU to connect to. */
	static async open(options: CameraLinkOptions): Promise<CameraLink> {
		const wire = new CameraLink(options);
		try {
			unlinkSync(options.path);
		}
		catch {
			// none was left behind
		}
		await new Promise<void>((resolve, reject) => {
			wire.#server.once("error", reject).listen(options.path, resolve);
		});
		return wire;
	}

	/** QEMU's -netdev, named "wire". */
	get netdev(): string {
		return `stream,id=wire,server=off,addr.type=unix,addr.path=${this.path}`;
	}

	close(): void {
		this.#disconnected();
		this.#server.close();
	}

	#connected(socket: Socket): void {
		this.#disconnected();
		this.#qemu = socket;
		let rest = Buffer.alloc(0);
		socket.on("data", chunk => {
			rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
			while (rest.length >= LENGTH) {
				const end = LENGTH + rest.readUInt32BE(0);
				if (end > LONGEST) {
					socket.destroy(new Error(`a frame of ${end} bytes`));
					return;
				}
				if (rest.length < end)
					return;
				this.#frame(rest.subarray(LENGTH, end));
				rest = rest.subarray(end);
			}
		});
		socket.on("error", () => {}); // "close" follows
		socket.on("close", () => {
			if (this.#qemu === socket)
				this.#disconnected();
		});
	}

	#disconnected(): void {
		this.#qemu?.destroy();
		this.#qemu = undefined;
		for (const flow of this.#flows.values())
			flow.close();
		this.#flows.clear();
	}

	#frame(bytes: Buffer): void {
		const frame = parseFrame(bytes);
		if (frame.kind === "arp" && frame.target === this.#pod.ip)
			this.#send(arpReply(this.#pod, frame.from));
		else if (frame.kind === "echo" && frame.to === this.#pod.ip)
			this.#send(echoReply(this.#pod, frame.from, frame.message));
		else if (frame.kind === "udp" && frame.to === this.#pod.ip) {
			const { sourcePort, payload } = frame;
			const port = frame.port === TFTP ? this.#port : frame.port;
			const flow = this.#flows.get(sourcePort) ?? this.#flow(sourcePort, { mac: Buffer.from(frame.from.mac), ip: frame.from.ip });
			const copy = Buffer.from(payload);
			this.#toPod.pass(() => {
				if (this.#flows.get(sourcePort) === flow)
					flow.send(copy, port, this.#host);
			});
		}
	}

	#flow(port: number, camera: Station): Datagrams {
		const flow = createSocket("udp4");
		flow.on("message", (payload, { port: from }) => {
			const frame = udp(this.#pod, from === this.#port ? TFTP : from, camera, port, payload);
			this.#toCamera.pass(() => {
				this.#send(frame);
			});
		});
		flow.on("error", () => {}); // nobody listens there: on a wire the datagram would be lost as well
		this.#flows.set(port, flow);
		return flow;
	}

	#send(frame: Buffer): void {
		const length = Buffer.alloc(LENGTH);
		length.writeUInt32BE(frame.length);
		this.#qemu?.write(Buffer.concat([length, frame]));
	}
}

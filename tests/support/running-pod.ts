/**
 * A running pod for end-to-end tests: the real firmware on XS, on free ports, with a simulated camera or none, and what a test
 * needs to look at it from all sides.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { RackPod } from "../../host-tools/index.ts";
import type { BuildFlavour } from "../../simulator/build.ts";
import { startPod, type StartOptions, type RunningPod } from "../../simulator/pod.ts";

export interface TestPod extends RunningPod {
	/** The library's client for it. */
	client: RackPod;
	httpPort: number;
	bridgePort: number;
	rfc2217Port: number;
	tftpPort: number;
	/** What pod and camera wrote to stderr, for messages of failing tests. */
	log: string[];
	/** Asks the simulated camera (simulator/camera/control.ts). */
	ask(question: string): Promise<any>;
}

/** POD_FLAVOUR=stress: the pod under ASAN, where every chunk is freed and allocated anew at each collection. */
const FLAVOUR = (process.env.POD_FLAVOUR ?? "debug") as BuildFlavour;

/** Starts a debug build with a time scale of 0.2 on free ports; with DEVICE=1 as on the chip. Call `stop` in afterEach or after. */
export async function testPod(options: Partial<StartOptions> = {}): Promise<TestPod> {
	const log: string[] = [];
	const pod = await startPod({ httpPort: 0, bridgePort: 0, tftpPort: 0, camera: "none", timeScale: 0.2, flavour: FLAVOUR, device: process.env.DEVICE === "1", log: line => log.push(line), ...options });
	const port = (endpoint: string): number => Number(endpoint.split(":").pop());
	const bridgePort = port(pod.bridge);
	return {
		...pod,
		get pid() {
			return pod.pid;
		},
		log,
		client: new RackPod(pod.http),
		httpPort: port(pod.http),
		bridgePort,
		rfc2217Port: port(pod.rfc2217),
		tftpPort: port(pod.tftp),
		ask: question => ask(join(pod.state, "camera"), question)
	};
}

async function ask(path: string, question: string): Promise<unknown> {
	const socket = connect(path);
	try {
		socket.write(question + "\n");
		const [line] = await once(createInterface({ input: socket }), "line") as [string];
		return JSON.parse(line);
	}
	finally {
		socket.destroy();
	}
}

/** Asks again and again until `condition` holds; it must within 20 s. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
	const deadline = Date.now() + 20_000;
	while (!await condition()) {
		if (Date.now() > deadline)
			throw new Error(`waited 20 s until ${what}`);
		// the pod and its camera need this computer too
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}

/** A TCP connection whose received bytes can be waited for. */
export class Peer {
	readonly socket: Socket;
	received = Buffer.alloc(0);
	closed = false;

	static async connect(port: number, host = "127.0.0.1"): Promise<Peer> {
		const socket = connect({ port, host, noDelay: true });
		await once(socket, "connect");
		return new Peer(socket);
	}

	constructor(socket: Socket) {
		this.socket = socket;
		socket.on("data", bytes => {
			this.received = Buffer.concat([this.received, bytes]);
		});
		socket.on("error", () => {});
		socket.on("close", () => {
			this.closed = true;
		});
	}

	get text(): string {
		return this.received.toString("latin1");
	}

	send(bytes: string | Uint8Array): void {
		this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
	}

	/** Waits until `condition` holds, looking at every arrival. Rejects when the peer closes first or nothing comes for 20 s. */
	async until(condition: (text: string) => boolean, what: string): Promise<void> {
		while (!condition(this.text)) {
			if (this.closed)
				throw new Error(`closed before ${what}; received ${JSON.stringify(this.text)}`);
			await this.#change(what);
		}
	}

	/** Waits until nothing has come for `milliseconds`. */
	async quiet(milliseconds: number): Promise<void> {
		for (let before = -1; before !== this.received.length;) {
			before = this.received.length;
			await new Promise(resolve => setTimeout(resolve, milliseconds));
		}
	}

	async untilClosed(): Promise<void> {
		while (!this.closed)
			await this.#change("the end");
	}

	close(): void {
		this.socket.destroy();
	}

	#change(what: string): Promise<void> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => settle(() => reject(new Error(`waited 20 s for ${what}; received ${JSON.stringify(this.text)}`))), 20_000);
			const changed = (): void => settle(resolve);
			const settle = (how: () => void): void => {
				clearTimeout(timer);
				this.socket.off("data", changed).off("close", changed);
				how();
			};
			this.socket.on("data", changed).on("close", changed);
		});
	}
}

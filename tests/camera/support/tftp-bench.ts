/** The pod's end of the camera's Ethernet in a test: as little TFTP as it takes to serve and to receive a file, in lock-step. */
import type { Datagram, Endpoint, Network } from "../../../simulator/camera/network.ts";
import type { VirtualTime } from "../../support/clock.ts";

const TRANSFER_PORT = 40000;

export class TFTPBench implements Network {
	files = new Map<string, Uint8Array>();
	/** Every packet the camera sent, with the port it went to. */
	sent: Datagram[] = [];
	/** Ports the camera opened. */
	ports: number[] = [];
	/** Nobody answers. */
	silent = false;
	#time: VirtualTime;
	#receive: ((datagram: Datagram) => void) | undefined;
	#file: Uint8Array = new Uint8Array(0);
	#upload: { name: string; parts: Uint8Array[] } | undefined;
	#blockSize = 512;

	constructor(time: VirtualTime) {
		this.#time = time;
	}

	open(port: number, receive: (datagram: Datagram) => void): Endpoint {
		this.ports.push(port);
		this.#receive = receive;
		return {
			send: (bytes, port) => {
				this.sent.push({ bytes, port });
				if (!this.silent)
					this.#time.after(0.1, () => this.#answer(Buffer.from(bytes)));
			},
			close: () => this.#receive = undefined
		};
	}

	#reply(bytes: Uint8Array): void {
		this.#receive?.({ bytes, port: TRANSFER_PORT });
	}

	#answer(packet: Buffer): void {
		const [opcode, block] = [packet.readUInt16BE(0), packet.readUInt16BE(2)];
		if (opcode === 1 || opcode === 2) {
			const words = packet.subarray(2).toString("latin1").split("\0");
			const file = this.files.get(words[0]!);
			if (opcode === 1 && !file) {
				this.#reply(Buffer.from("\0\x05\0\x01no such file\0", "latin1"));
				return;
			}
			this.#file = file ?? new Uint8Array(0);
			this.#upload = opcode === 2 ? { name: words[0]!, parts: [] } : undefined;
			this.#blockSize = Number(words[words.indexOf("blksize") + 1]);
			this.#reply(Buffer.from(`\0\x06blksize\0${this.#blockSize}\0`, "latin1"));
		}
		else if (opcode === 4 && block * this.#blockSize <= this.#file.length) {
			const bytes = this.#file.subarray(block * this.#blockSize, (block + 1) * this.#blockSize);
			this.#reply(Buffer.concat([Uint8Array.of(0, 3, (block + 1) >> 8, block + 1), bytes]));
		}
		else if (opcode === 3 && this.#upload) {
			this.#upload.parts[block - 1] = packet.subarray(4);
			if (packet.length - 4 < this.#blockSize)
				this.files.set(this.#upload.name, Buffer.concat(this.#upload.parts));
			this.#reply(Uint8Array.of(0, 4, block >> 8, block));
		}
	}
}

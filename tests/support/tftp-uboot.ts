/** The simulated camera's TFTP client on a simulated network: what U-Boot gives it of a socket, a timer and RAM, and lives to start again. */
import type { Packet, UDP, UDPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { TFTPClient, type TFTPClientOptions } from "../../simulator/camera/tftp-client.ts";
import { describe } from "./tftp-clients.ts";

export type { TFTPVersion as Version } from "../../simulator/camera/tftp-marks.ts";

export interface UBootOptions extends Pick<TFTPClientOptions, "version" | "blockSize" | "window"> {
	io: UDPConstructor;
	time: Time;
	server: string;
	name?: string;
	/** RAM at the load address; 0xEE where nothing was stored. Downloads are stored here, uploads read from here. */
	ram: Uint8Array;
	/** Uploads so many bytes. */
	upload?: number;
	/** Its own port; 1024 and more when absent, and another at each start. */
	from?: number;
}

export class UBoot {
	state: "running" | "success" | "fail" = "running";
	/** "Starting again". It does so `lives` times and then stays in state "fail". */
	restarts = 0;
	lives = 0;
	/** Timeouts in all ("T" on the console, and the one that is too many). */
	timeouts = 0;
	readonly transcript: string[] = [];
	readonly #options: UBootOptions;
	#client!: TFTPClient;
	#udp!: UDP;
	#alarm: Alarm | undefined;

	constructor(options: UBootOptions) {
		this.#options = options;
		this.#begin();
	}

	/** What it says the file's size is. */
	get size(): number {
		return this.#client.size;
	}

	/** Ctrl-C. */
	close(): void {
		this.#options.time.cancel(this.#alarm);
		this.#udp.close();
	}

	#begin(): void {
		const { io, time, server, name = "kernel.bin", ram, upload, from, ...generation } = this.#options;
		const uboot = this;
		this.#udp = new io({
			port: from ?? 1024 + (Math.floor(time.now()) + this.restarts * 7) % 3072,
			onReadable(count) {
				for (; count > 0 && uboot.state === "running"; count--)
					uboot.#heard(this.read()!);
			}
		});
		this.#client = new TFTPClient({
			...generation,
			file: name,
			upload: upload === undefined ? undefined : ram.subarray(0, upload),
			store: (offset, bytes) => offset + bytes.length <= ram.length && ram.set(bytes, offset),
			send: (bytes, port) => {
				this.transcript.push(`client -> ${describe(bytes)}`);
				this.#udp.write(bytes, server, port);
			},
			print: () => {}
		});
		this.#arm();
		this.#client.start();
	}

	#arm(): void {
		const { time } = this.#options;
		time.cancel(this.#alarm);
		this.#alarm = time.after(this.#client.timeout, () => {
			this.timeouts++;
			this.#arm();
			this.#client.expire();
			this.#look();
		});
	}

	#heard(packet: Packet): void {
		if (this.#client.hears(packet.port))
			this.transcript.push(`server -> ${describe(packet)}`);
		if (this.#client.receive(new Uint8Array(packet), packet.port))
			this.#arm();
		this.#look();
	}

	/** Whether the client goes on. */
	#look(): void {
		const { state } = this.#client;
		if (state === "running")
			return;
		this.close();
		if (state !== "restart")
			this.state = state;
		else if (++this.restarts > this.lives)
			this.state = "fail";
		else
			this.#begin();
	}
}

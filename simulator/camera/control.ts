/**
 * A side door for tests: DIR/camera, a UNIX socket that answers each line by one line of JSON. A pod knows nothing of it.
 *
 *     state                       power, stage, baud, overruns, whether the flash is busy
 *     uploads                     what the boot ROM took in since power-on: address, size, crc32
 *     events                      everything that happened, oldest first (the last 1000)
 *     watch                       from now on each event as a line of its own
 *     nor crc [OFFSET LENGTH]     CRC-32 of the flash, or of a part (decimal or 0x)
 *     inject noise N              N random bytes arrive at the pod
 *     inject mute on|off          the camera's transmitter is broken
 *     inject network on|off       its Ethernet cable
 *     inject loss P               of packets, 0 to 1
 *     inject latency MS           each way
 *     inject nak N, inject drop N the boot ROM answers its next N good frames by NAK, or not at all
 *     inject hang                 the processor stops
 *     inject restart              the chip is reset, as by a watchdog
 */
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Camera, CameraEvent } from "./camera.ts";
import { crc32, hex32 } from "./crc.ts";

const HISTORY = 1000;

/** Bytes of flash checked without a pause. */
const SLICE = 262144;

export class Control {
	#camera: Camera;
	#events: CameraEvent[] = [];
	#watchers = new Set<Socket>();
	#sockets = new Set<Socket>();
	#server: Server;

	constructor(path: string, camera: Camera) {
		this.#camera = camera;
		rmSync(path, { force: true });
		this.#server = createServer(socket => {
			this.#sockets.add(socket);
			socket.on("error", () => {});
			socket.on("close", () => {
				this.#sockets.delete(socket);
				this.#watchers.delete(socket);
			});
			createInterface({ input: socket }).on("line", line => void this.#answer(line, socket));
		}).listen(path);
	}

	/** Keeps an event and tells the watchers. */
	event(event: CameraEvent): void {
		if (this.#events.push(event) > HISTORY)
			this.#events.shift();
		for (const socket of this.#watchers)
			socket.write(JSON.stringify(event) + "\n");
	}

	close(): void {
		this.#server.close();
		this.#sockets.forEach(socket => socket.destroy());
	}

	async #answer(line: string, socket: Socket): Promise<void> {
		let answer: unknown;
		try {
			answer = await this.#command(line.trim().split(/\s+/), socket);
		}
		catch (error) {
			answer = { error: (error as Error).message };
		}
		if (!socket.destroyed)
			socket.write(JSON.stringify(answer) + "\n");
	}

	async #command([verb, ...args]: string[], socket: Socket): Promise<unknown> {
		const { wire, stage, overruns, nor, uploads } = this.#camera;
		switch (verb) {
			case "state":
				return { power: wire.powered, stage, baud: wire.baud, podBaud: wire.podBaud, overruns, norSize: nor.size, norBusy: nor.busy };
			case "uploads":
				return uploads;
			case "events":
				return this.#events;
			case "watch":
				this.#watchers.add(socket);
				return { watching: true };
			case "nor":
				if (args[0] === "crc")
					return { crc32: await this.#norCrc(args[1] ? number(args[1]) : 0, args[2] ? number(args[2]) : nor.size) };
				break;
			case "inject":
				this.#inject(args[0], args[1]);
				return { ok: true };
		}
		throw new Error("unknown command: state, uploads, events, watch, nor crc [OFFSET LENGTH], inject WHAT [VALUE]");
	}

	async #norCrc(offset: number, length: number): Promise<string> {
		let crc = 0;
		const end = offset + length;
		for (let at = offset; at < end; at += SLICE) {
			crc = crc32(this.#camera.nor.cells.subarray(at, Math.min(end, at + SLICE)), crc);
			await new Promise(resolve => setImmediate(resolve));
		}
		return hex32(crc);
	}

	#inject(what = "", value = ""): void {
		const { wire, network, faults, random } = this.#camera;
		const on = (): boolean => {
			if (value !== "on" && value !== "off")
				throw new Error(`inject ${what} needs on or off`);
			return value === "on";
		};
		switch (what) {
			case "noise":
				wire.send(Uint8Array.from({ length: number(value) }, () => Math.floor(random() * 256)));
				return;
			case "mute":
				wire.mute = on();
				return;
			case "network":
				network.plugged = on();
				return;
			case "loss":
			case "latency":
				network[what] = number(value);
				return;
			case "nak":
			case "drop":
				faults[what] = number(value);
				return;
			case "hang":
				this.#camera.hang("injected");
				return;
			case "restart":
				this.#camera.restart("injected");
				return;
		}
		throw new Error("inject noise|mute|network|loss|latency|nak|drop|hang|restart");
	}
}

function number(text: string): number {
	const value = Number(text);
	if (text === "" || !(value >= 0))
		throw new Error(`not a number: ${text}`);
	return value;
}

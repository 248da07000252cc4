/**
 * What tests may ask the simulated camera and do to it: a line of words, an answer that JSON can say.
 *
 *     state                       power, stage, baud, overruns, whether the flash is busy
 *     uploads                     what the boot ROM took in since power-on: address, size, crc32
 *     events                      everything that happened, oldest first (the last 1000)
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
import type { Camera, CameraEvent } from "./camera.ts";
import { crc32, hex32 } from "./crc.ts";

const HISTORY = 1000;

/** Bytes of flash checked without a pause. */
const SLICE = 262144;

export class Questions {
	#camera: Camera;
	#events: CameraEvent[] = [];

	constructor(camera: Camera) {
		this.#camera = camera;
	}

	/** Keeps an event. */
	event(event: CameraEvent): void {
		if (this.#events.push(event) > HISTORY)
			this.#events.shift();
	}

	/** Throws when `line` is no question. */
	async answer(line: string): Promise<unknown> {
		const [verb, ...args] = line.trim().split(/\s+/);
		const { wire, stage, overruns, nor, uploads } = this.#camera;
		switch (verb) {
			case "state":
				return { power: wire.powered, stage, baud: wire.baud, podBaud: wire.podBaud, overruns, norSize: nor.size, norBusy: nor.busy };
			case "uploads":
				return uploads;
			case "events":
				return this.#events;
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

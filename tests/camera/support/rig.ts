/** A camera on a bench: virtual time, its serial line and its network in the test's hands. */
import { Camera, type CameraEvent, type CameraOptions } from "../../../simulator/camera/camera.ts";
import { VirtualTime } from "../../support/clock.ts";
import { loader } from "../../support/blob.ts";
import { TFTPBench } from "./tftp-bench.ts";

export class Rig {
	readonly time = new VirtualTime();
	readonly pod = new TFTPBench(this.time);
	readonly events: CameraEvent[] = [];
	readonly camera: Camera;
	/** Everything the pod has received. */
	received: number[] = [];

	constructor(options: Partial<CameraOptions> = {}) {
		this.camera = new Camera({
			time: this.time,
			network: this.pod,
			transmit: bytes => this.received.push(...bytes),
			emit: event => this.events.push(event),
			norSize: 1 << 20,
			...options
		});
	}

	get text(): string {
		return Buffer.from(this.received).toString("latin1");
	}

	names(): string[] {
		return this.events.map(event => event.event);
	}

	/** Sends bytes all at once. */
	send(bytes: Uint8Array | string): void {
		this.camera.receive(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
	}

	/** Lets time pass until `done`; throws when `milliseconds` have passed or nothing can happen any more. */
	until(done: () => boolean, milliseconds = 60000, what = "it"): void {
		const end = this.time.now() + milliseconds;
		while (!done()) {
			if (this.time.now() > end || !this.time.step())
				throw new Error(`${what} did not happen; the camera said: ${JSON.stringify(this.text.slice(-300))}`);
		}
	}

	/** Waits for `text` in what the pod has received since `from`; returns the position behind it. */
	expect(text: string, milliseconds = 60000, from = 0): number {
		this.until(() => this.text.includes(text, from), milliseconds, JSON.stringify(text));
		return this.text.indexOf(text, from) + text.length;
	}

	event(name: string, milliseconds = 60000): CameraEvent {
		this.until(() => this.names().includes(name), milliseconds, name);
		return this.events.find(event => event.event === name)!;
	}

	/** A camera at U-Boot's prompt, started from its flash. */
	prompt(): this {
		this.received = [];
		this.camera.nor.cells.set(loader(4096, 4));
		this.camera.power(true);
		this.expect("autoboot");
		this.send("\x03");
		this.expect("# ");
		this.received = [];
		return this;
	}

	/** Types a command; returns its answer without echo and prompt. */
	command(line: string, milliseconds = 200000): string {
		const from = this.received.length;
		this.send(line + "\r");
		const start = this.expect("\r\n", milliseconds, from);
		this.until(() => this.text.slice(start).endsWith("# "), milliseconds, `the end of ${line}`);
		const answer = this.text.slice(start);
		return answer.slice(0, answer.lastIndexOf("\n") + 1).replaceAll("\r\n", "\n");
	}
}

/**
 * The camera's side of a board as a test holds it in its hands: sees every byte and every line that leaves the pod, says what the
 * test wants and nothing else, and need not obey the supply. For pods started with `camera: "none"`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CameraRecord, type Word } from "./camera-record.ts";

export class RawCamera extends CameraRecord {
	/** DIR/power has ended. */
	gone = false;
	#bytes = Buffer.alloc(0);
	#reader: ChildProcess;
	#output: number;
	#sockets: Socket[] = [];
	#changed = new Set<() => void>();

	/** With `echo` everything received is said again at once. */
	static async attach(state: string, echo = false): Promise<RawCamera> {
		const camera = new RawCamera(join(state, "uart"), state, echo);
		await camera.until(() => camera.power.length > 0 && camera.line.length > 0, "the board's first lines");
		return camera;
	}

	private constructor(uart: string, state: string, echo: boolean) {
		super();
		// a terminal holds 4 KB and drops the rest: tee empties it at once, and echoes at once, however busy this process is
		const input = openSync(uart, constants.O_RDONLY | constants.O_NOCTTY);
		this.#reader = spawn("tee", echo ? [uart] : [], { stdio: [input, "pipe", "ignore"] });
		closeSync(input);
		this.#reader.stdout!.on("data", (bytes: Buffer) => {
			this.#bytes = Buffer.concat([this.#bytes, bytes]);
			this.onReceive?.(bytes);
			this.#change();
		});
		this.#output = openSync(uart, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
		this.#listen(join(state, "power"), this.power);
		this.#listen(join(state, "line"), this.line);
	}

	get received(): Buffer {
		return this.#bytes;
	}

	/** Says `bytes` at once, or as fast as the pod's end takes them. */
	async say(bytes: string | Uint8Array): Promise<void> {
		const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
		for (let at = 0; at < all.length;) {
			try {
				at += writeSync(this.#output, all, at);
			}
			catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "EAGAIN")
					throw error;
				await pause(1);
			}
		}
	}

	/** Says `bytes` at a rate in real bytes per second. */
	async sayPaced(bytes: Uint8Array, rate: number): Promise<void> {
		const start = performance.now();
		for (let at = 0; at < bytes.length;) {
			const due = Math.min(bytes.length, Math.floor((performance.now() - start) * rate / 1000));
			// a computer that was busy does not make up for it at once: a wire could not either
			const end = Math.min(due, at + 4096);
			await this.say(bytes.subarray(at, end));
			at = Math.max(at, end);
			await pause(1);
		}
	}

	/** Waits until `condition` holds, looking at every arrival; 20 s without any is an error. */
	async until(condition: () => boolean, what: string): Promise<void> {
		while (!condition()) {
			await new Promise<void>((resolve, reject) => {
				const changed = (): void => {
					clearTimeout(timer);
					this.#changed.delete(changed);
					resolve();
				};
				const timer = setTimeout(() => {
					this.#changed.delete(changed);
					reject(new Error(`waited 20 s for ${what}; received ${this.received.length} bytes ending in ${JSON.stringify(this.text.slice(-80))}`));
				}, 20_000);
				this.#changed.add(changed);
			});
		}
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets)
			socket.destroy();
		closeSync(this.#output);
		if (this.#reader.exitCode === null && this.#reader.signalCode === null) {
			const exit = once(this.#reader, "exit");
			this.#reader.kill();
			await exit;
		}
	}

	#listen(path: string, words: Word[]): void {
		const socket = connect(path);
		this.#sockets.push(socket);
		createInterface({ input: socket }).on("line", word => {
			words.push({ word, at: performance.now(), bytes: this.received.length });
			this.#change();
		});
		socket.on("close", () => {
			this.gone ||= words === this.power;
			this.#change();
		});
	}

	#change(): void {
		for (const changed of [...this.#changed])
			changed();
	}
}

/** Real milliseconds: the pace of something, never a hope that something else is over by then. */
export function pause(milliseconds: number): Promise<void> {
	return new Promise(resolve => setTimeout(resolve, milliseconds));
}

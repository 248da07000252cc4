/**
 * A camera whose U-Boot is always there (it has no boot ROM to come in by) and which netboots Linux. Its console is the pod's UART; its
 * disk stays what it is without supply.
 */
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { ScaledTime } from "../camera/scaled-time.ts";
import { Wire } from "../camera/wire.ts";
import { BoardEnd } from "./board-end.ts";
import { Machine } from "./machine.ts";
import { commandLine, PROGRAM, type Start } from "./virt.ts";

export interface VirtCameraOptions {
	/** The board's folder. */
	board: string;
	firmware: Start["firmware"];
	/** The disk's image; an empty one of 64 MiB is made when there is none. */
	disk: string;
	netdev: string;
	timeScale: number;
	emit: (event: string, facts: Record<string, unknown>) => void;
	onClosed: () => void;
}

const DISK_SIZE = 64 << 20;

export class VirtCamera {
	#options: VirtCameraOptions;
	#board: BoardEnd;
	#wire: Wire;
	#machine: Machine;
	#powered = false;

	constructor(options: VirtCameraOptions) {
		this.#options = options;
		if (!existsSync(options.disk)) {
			writeFileSync(options.disk, "");
			truncateSync(options.disk, DISK_SIZE);
		}
		this.#wire = new Wire({
			time: new ScaledTime(options.timeScale),
			transmit: bytes => this.#board.write(bytes),
			receive: bytes => this.#machine.write(bytes)
		});
		this.#machine = new Machine({
			program: PROGRAM,
			onOutput: bytes => this.#wire.send(Buffer.from(bytes)),
			onEnd: failure => {
				options.emit(failure ? "failure" : "reset", failure ? { reason: failure } : {});
				if (!failure)
					this.#start();
			}
		});
		this.#board = new BoardEnd({
			board: options.board,
			onPower: on => this.#power(on),
			onBaud: rate => {
				this.#wire.podBaud = rate;
			},
			onBytes: bytes => this.#wire.receive(bytes),
			onClosed: options.onClosed
		});
	}

	async close(): Promise<void> {
		this.#power(false);
		this.#board.close();
		await this.#machine.stop();
	}

	#power(on: boolean): void {
		if (on === this.#powered)
			return;
		this.#powered = on;
		this.#options.emit("power", { on });
		this.#wire.clear();
		this.#wire.powered = on;
		void this.#machine.stop().then(() => {
			if (this.#powered && on && !this.#machine.running)
				this.#start();
		});
	}

	#start(): void {
		this.#options.emit("run", { source: "firmware" });
		this.#machine.start(commandLine(this.#options)).catch((error: unknown) => this.#options.emit("failure", { reason: String(error) }));
	}
}

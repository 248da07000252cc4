/**
 * What every camera in QEMU is: a machine that runs while the board supplies it, with its console at the pod's UART at the speed of a
 * serial line. What is in front of the machine's program, and which command line it has, are its owner's.
 */
import { Bench } from "../camera/bench.ts";
import { ScaledTime } from "../camera/scaled-time.ts";
import { SerialWire } from "../camera/serial-wire.ts";
import { QemuProcess, type End } from "./qemu-process.ts";

/** Of every camera. */
export interface CameraOptions {
	/** The board's folder. */
	board: string;
	/** A -netdev named "wire". */
	netdev: string;
	timeScale: number;
	/** What happens, for tests; `reason`, where there is one, is for people. */
	emit: (event: string, facts: Record<string, unknown>) => void;
	/** The board is there. */
	onConnected: () => void;
}

export interface PoweredMachineOptions extends Pick<CameraOptions, "board" | "timeScale" | "emit" | "onConnected"> {
	program: string;
	/** The supply has risen, or the guest has reset itself: `run` is to be called, sooner or later. */
	onStart: () => void;
	/** The supply changes: what its owner does without a machine is over. */
	onPower?: () => void;
	/** Bytes from the pod while no machine runs. */
	onReceive?: (bytes: Uint8Array) => void;
}

export class PoweredMachine {
	/** For what speaks before the machine runs. */
	readonly wire: SerialWire;
	#options: PoweredMachineOptions;
	#board: Bench;
	#machine: QemuProcess;
	#powered = false;
	/** Of the supply, so that only the last one of quick changes starts the machine. */
	#changes = 0;

	constructor(options: PoweredMachineOptions) {
		this.#options = options;
		const { board, program, timeScale, onConnected } = options;
		this.wire = new SerialWire({
			time: new ScaledTime(timeScale),
			transmit: bytes => this.#board.transmit(bytes),
			receive: bytes => this.#received(bytes)
		});
		this.#machine = new QemuProcess({
			program,
			onOutput: bytes => this.wire.send(Buffer.from(bytes)),
			onEnd: end => this.#ended(end)
		});
		this.#board = new Bench({
			directory: board,
			onConnected,
			onPower: on => this.#power(on),
			onBaud: rate => {
				this.wire.podBaud = rate;
			},
			onBytes: bytes => this.wire.receive(bytes)
		});
	}

	/** Starts QEMU. That it can't is an event. */
	run(commandLine: Parameters<QemuProcess["start"]>[0]): void {
		this.#machine.start(commandLine).catch((error: unknown) => this.#ended({ kind: "failure", reason: String(error) }));
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
		const change = ++this.#changes;
		this.#options.emit("power", { on });
		this.#options.onPower?.();
		this.wire.clear();
		this.wire.powered = on;
		void this.#machine.stop().then(() => {
			if (on && change === this.#changes)
				this.#options.onStart();
		});
	}

	/** A guest that has switched itself off stays off until its supply comes anew, and so does a machine that has failed. */
	#ended({ kind, ...facts }: End): void {
		this.#options.emit(kind, facts);
		if (kind === "reset")
			this.#options.onStart();
	}

	#received(bytes: Uint8Array): void {
		if (this.#machine.running)
			this.#machine.write(bytes);
		else
			this.#options.onReceive?.(bytes);
	}
}

/**
 * One QEMU at a time, started and ended as the camera's supply and resets demand, with its console as a stream of bytes.
 *
 * The console is a TCP connection on the loopback interface and not a UNIX socket: QEMU's UART drops characters that it can't write at
 * once, and a UNIX socket's buffer is full after a few hundred single bytes.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface MachineOptions {
	program: string;
	/** Console output. */
	onOutput: (bytes: Uint8Array) => void;
	/** QEMU ended by itself: undefined after the guest's reset, otherwise why. */
	onEnd: (failure: string | undefined) => void;
}

/** How long QEMU has for its last writes to the NOR's file after SIGTERM, in milliseconds. */
const GRACE = 2000;

export class Machine {
	#options: MachineOptions;
	#server: Server | undefined;
	#console: Socket | undefined;
	#process: ChildProcess | undefined;
	#ended: Promise<unknown> = Promise.resolve();
	#complaints = "";

	constructor(options: MachineOptions) {
		this.#options = options;
	}

	get running(): boolean {
		return this.#process !== undefined;
	}

	/** Starts QEMU; `commandLine` makes the arguments from the console's -serial device. What ran before has ended then. */
	async start(commandLine: (console: string) => readonly string[]): Promise<void> {
		await this.stop();
		const server = this.#server = createServer();
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		server.on("connection", socket => {
			server.close();
			this.#console = socket;
			socket.setNoDelay(true);
			socket.on("data", bytes => this.#options.onOutput(bytes));
			socket.on("error", () => {}); // QEMU's end is seen by its exit
		});
		this.#complaints = "";
		const child = this.#process = spawn(this.#options.program, commandLine(`tcp:127.0.0.1:${port}`), { stdio: ["ignore", "ignore", "pipe"] });
		child.stderr!.on("data", text => {
			this.#complaints = (this.#complaints + String(text)).slice(-2000);
		});
		this.#ended = new Promise<void>(resolve => {
			child.once("error", error => {
				this.#gone(child, String(error));
				resolve();
			});
			child.once("close", (code, signal) => {
				this.#gone(child, code === 0 ? undefined : `${this.#options.program} ended with ${signal ?? code}: ${this.#complaints.trim()}`);
				resolve();
			});
		});
	}

	/** To the console. */
	write(bytes: Uint8Array): void {
		this.#console?.write(bytes);
	}

	/** Takes the supply away. Returns when QEMU has ended; `onEnd` is not called. */
	async stop(): Promise<void> {
		const child = this.#process;
		this.#release();
		if (child) {
			child.kill("SIGTERM");
			const timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
			await this.#ended;
			clearTimeout(timer);
		}
		else
			await this.#ended;
	}

	#gone(child: ChildProcess, failure: string | undefined): void {
		if (this.#process !== child)
			return;
		this.#release();
		this.#options.onEnd(failure);
	}

	#release(): void {
		this.#process = undefined;
		this.#console?.destroy();
		this.#console = undefined;
		this.#server?.close();
		this.#server = undefined;
	}
}

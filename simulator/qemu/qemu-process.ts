/**
 * One QEMU at a time, started and ended as the camera's supply and resets demand, with its console as a stream of bytes.
 *
 * The console is a TCP connection on the loopback interface and not a UNIX socket: QEMU's UART drops characters that it can't write at
 * once, and a UNIX socket's buffer is full after a few hundred single bytes.
 *
 * A guest's reset ends QEMU (-no-reboot), and so does its power-off, both with the same exit code: which one it was, QEMU's own control
 * protocol (QMP) says on its stdout. The processor waits (-S) until QEMU has been told that we listen there.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { advised } from "./advice.ts";

/** How a QEMU ended that nobody here stopped. */
export type End = { kind: "reset" } | { kind: "off" } | { kind: "failure"; reason: string };

export interface QemuProcessOptions {
	program: string;
	/** Console output. */
	onOutput: (bytes: Uint8Array) => void;
	/** QEMU ended by itself. */
	onEnd: (end: End) => void;
}

/** How long QEMU has for its last writes to the NOR's file after SIGTERM, in milliseconds. */
const GRACE = 2000;
const CONTROL = ["-no-reboot", "-S", "-qmp", "stdio"];
const CONTINUE = '{"execute":"qmp_capabilities"}\n{"execute":"cont"}\n';

export class QemuProcess {
	#options: QemuProcessOptions;
	#server: Server | undefined;
	#console: Socket | undefined;
	#process: ChildProcess | undefined;
	#ended: Promise<unknown> = Promise.resolve();

	constructor(options: QemuProcessOptions) {
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
		if (this.#server !== server) { // stopped meanwhile
			server.close();
			return;
		}
		const { port } = server.address() as AddressInfo;
		server.on("connection", socket => {
			server.close();
			this.#console = socket;
			socket.setNoDelay(true);
			socket.on("data", bytes => this.#options.onOutput(bytes));
			socket.on("error", () => {}); // QEMU's end is seen by its exit
		});
		const child = this.#process = spawn(this.#options.program, [...commandLine(`tcp:127.0.0.1:${port}`), ...CONTROL]);
		this.#ended = new Promise<void>(resolve => {
			this.#watch(child, end => {
				this.#gone(child, end);
				resolve();
			});
		});
		child.stdin.on("error", () => {}); // it has ended already
		child.stdin.write(CONTINUE);
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

	#watch(child: ReturnType<typeof spawn>, onEnd: (end: End) => void): void {
		const { program } = this.#options;
		let complaints = "";
		let shutdown: string | undefined;
		child.stderr!.on("data", text => {
			complaints = (complaints + String(text)).slice(-2000);
		});
		createInterface({ input: child.stdout! }).on("line", line => {
			shutdown = shutdownReason(line) ?? shutdown;
		});
		child.once("error", error => onEnd({ kind: "failure", reason: String(error) }));
		child.once("close", (code, signal) => {
			if (code !== 0)
				onEnd({ kind: "failure", reason: advised(`${program} ended with ${signal ?? code}: ${complaints.trim()}`) });
			else if (shutdown === "guest-reset")
				onEnd({ kind: "reset" });
			else if (shutdown === "guest-shutdown")
				onEnd({ kind: "off" });
			else
				onEnd({ kind: "failure", reason: `${program} ended: ${shutdown ?? "somebody else ended it"}; switch the camera's power off and on` });
		});
	}

	#gone(child: ChildProcess, end: End): void {
		if (this.#process !== child)
			return;
		this.#release();
		this.#options.onEnd(end);
	}

	#release(): void {
		this.#process = undefined;
		this.#console?.destroy();
		this.#console = undefined;
		this.#server?.close();
		this.#server = undefined;
	}
}

/** Of QMP's event SHUTDOWN: "guest-reset", "guest-shutdown", "host-signal", ...; undefined for every other line. */
function shutdownReason(line: string): string | undefined {
	try {
		const { event, data } = JSON.parse(line) as { event?: string; data?: { reason?: string } };
		return event === "SHUTDOWN" ? data?.reason : undefined;
	}
	catch {
		return undefined;
	}
}

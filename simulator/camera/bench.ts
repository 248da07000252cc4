/**
 * Attaches a camera, ours or one in QEMU, to a bench's outside: DIR/uart (a PTY, raw), DIR/power and DIR/line (UNIX sockets, one word a
 * line). Everything here may come and go with the pod; while it is gone the camera has no supply.
 */
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, writeSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ReadStream } from "node:tty";

/** How often the bench is looked for, and a full PTY tried again. Real milliseconds. */
const RETRY = 100;
const FULL_RETRY = 5;

/** Bytes kept while the PTY is full. A UART would have lost them long before. */
const KEPT = 65536;

export interface BoardOptions {
	directory: string;
	/** Called when serial line and supply are both there for the first time. */
	onConnected: () => void;
	/** The camera's supply; called again and again with the same, too. */
	onPower: (on: boolean) => void;
	/** The pod's transmitter has this rate. */
	onBaud: (rate: number) => void;
	onBreak?: () => void;
	/** Bytes from the pod. */
	onBytes: (bytes: Uint8Array) => void;
}

export class Bench {
	#options: BoardOptions;
	#closed = false;
	#timers = new Set<NodeJS.Timeout>();
	#sockets = new Set<Socket>();
	#input: ReadStream | undefined;
	#output: number | undefined;
	#waiting: Uint8Array = new Uint8Array(0);
	#connected = false;
	/** What DIR/power said last, undefined while nobody says anything. */
	#supply: boolean | undefined;

	constructor(options: BoardOptions) {
		this.#options = options;
		this.#openUart();
		this.#listen("power", line => {
			if (line === "on" || line === "off")
				this.#supplied(line === "on");
		}, () => this.#supplied(undefined));
		this.#listen("line", line => {
			const [word, number] = line.split(" ");
			if (word === "baud" && Number(number) > 0)
				options.onBaud(Number(number));
			else if (word === "break")
				options.onBreak?.();
		}, () => {});
	}

	/** Bytes that have left the camera. */
	transmit(bytes: Uint8Array): void {
		if (this.#waiting.length) {
			if (this.#waiting.length + bytes.length <= KEPT)
				this.#waiting = Buffer.concat([this.#waiting, bytes]);
			return;
		}
		this.#write(bytes);
	}

	close(): void {
		this.#closed = true;
		this.#timers.forEach(clearTimeout);
		this.#sockets.forEach(socket => socket.destroy());
		this.#closeUart();
	}

	#write(bytes: Uint8Array): void {
		if (this.#output === undefined)
			return;
		let done = 0;
		try {
			done = writeSync(this.#output, bytes);
		}
		catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EAGAIN")
				return;
		}
		this.#waiting = bytes.subarray(done);
		if (this.#waiting.length)
			this.#later(FULL_RETRY, () => this.#write(this.#waiting));
	}

	#openUart(): void {
		const path = join(this.#options.directory, "uart");
		if (!existsSync(path)) {
			this.#later(RETRY, () => this.#openUart());
			return;
		}
		try {
			// "raw" is what the bench promises; a PTY left cooked would eat Ctrl-C and echo everything
			execFileSync("stty", ["-F", path, "raw", "-echo"], { stdio: "ignore" });
			this.#output = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
			this.#input = new ReadStream(openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
		}
		catch {
			this.#closeUart();
			this.#later(RETRY, () => this.#openUart());
			return;
		}
		this.#input.on("data", (bytes: Buffer) => this.#options.onBytes(bytes));
		this.#input.on("error", () => {});
		this.#input.on("close", () => {
			if (this.#closed)
				return;
			this.#closeUart();
			this.#supplied(this.#supply);
			this.#later(RETRY, () => this.#openUart());
		});
		this.#supplied(this.#supply);
	}

	#closeUart(): void {
		this.#input?.destroy();
		this.#input = undefined;
		if (this.#output !== undefined)
			closeSync(this.#output);
		this.#output = undefined;
		this.#waiting = new Uint8Array(0);
	}

	/** Reads lines from a socket of the bench, for ever. */
	#listen(name: string, receive: (line: string) => void, gone: () => void): void {
		const socket = createConnection(join(this.#options.directory, name));
		this.#sockets.add(socket);
		createInterface({ input: socket }).on("line", receive).on("error", () => {});
		socket.on("error", () => {});
		socket.on("close", () => {
			this.#sockets.delete(socket);
			if (this.#closed)
				return;
			gone();
			this.#later(RETRY, () => this.#listen(name, receive, gone));
		});
	}

	/** The camera lives when there is a supply and a serial line. */
	#supplied(supply: boolean | undefined): void {
		this.#supply = supply;
		if (!this.#connected && supply !== undefined && this.#input) {
			this.#connected = true;
			this.#options.onConnected();
		}
		this.#options.onPower(Boolean(supply && this.#input));
	}

	#later(milliseconds: number, callback: () => void): void {
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			if (!this.#closed)
				callback();
		}, milliseconds);
		this.#timers.add(timer);
	}
}

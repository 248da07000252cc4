/**
 * The camera's end of the board: DIR/uart (a PTY), DIR/power and DIR/line (UNIX sockets that say one line at connection and one at each
 * change).
 */
import { closeSync, constants, openSync, write } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ReadStream } from "node:tty";

export interface BoardEndOptions {
	/** The board's folder. */
	board: string;
	onPower: (on: boolean) => void;
	/** The pod's transmitter has another rate. */
	onBaud: (rate: number) => void;
	/** Bytes from the pod. */
	onBytes: (bytes: Uint8Array) => void;
	/** The board is gone. */
	onClosed: () => void;
}

export class BoardEnd {
	#options: BoardEndOptions;
	#tty: number;
	#input: ReadStream;
	#sockets: Socket[] = [];
	#closed = false;
	#output: Uint8Array[] = [];

	constructor(options: BoardEndOptions) {
		this.#options = options;
		const path = join(options.board, "uart");
		this.#tty = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
		this.#input = new ReadStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
		this.#input.setRawMode(true);
		this.#input.on("data", bytes => options.onBytes(bytes as unknown as Uint8Array));
		this.#input.on("error", () => this.close());
		this.#input.on("close", () => this.close());
		this.#lines("power", line => options.onPower(line === "on"));
		this.#lines("line", line => {
			const rate = /^baud (\d+)$/.exec(line)?.[1];
			if (rate)
				options.onBaud(Number(rate));
		});
	}

	/** To the pod, in order. */
	write(bytes: Uint8Array): void {
		this.#output.push(bytes);
		if (this.#output.length === 1)
			this.#next();
	}

	close(): void {
		if (this.#closed)
			return;
		this.#closed = true;
		this.#output = [];
		this.#input.destroy();
		closeSync(this.#tty);
		for (const socket of this.#sockets)
			socket.destroy();
		this.#options.onClosed();
	}

	#next(): void {
		const [bytes] = this.#output;
		if (!bytes || this.#closed)
			return;
		write(this.#tty, bytes, (error, written) => {
			if (error) {
				this.close();
				return;
			}
			if (written < bytes.length)
				this.#output[0] = bytes.subarray(written);
			else
				this.#output.shift();
			this.#next();
		});
	}

	#lines(name: string, onLine: (line: string) => void): void {
		const socket = connect(join(this.#options.board, name));
		this.#sockets.push(socket);
		socket.on("error", () => this.close());
		socket.on("close", () => this.close());
		createInterface({ input: socket }).on("line", onLine).on("error", () => {});
	}
}

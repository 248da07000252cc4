/**
 * The board on Linux: kernel sockets, a PTY (or a real serial port) as the camera's UART, and the P-FET's gate as a UNIX socket
 * that tells whoever plays the camera. See "The board" in README.md for what the outside sees.
 */
import TCP from "embedded:io/socket/tcp";
import Listener from "embedded:io/socket/listener";
import UDP from "embedded:io/socket/udp";
import Serial from "embedded:io/serial";
import Digital from "embedded:io/digital";
import config from "mc/config";
import Process, { print } from "host/process";
import type { Board, Endpoints } from "base/board";
import type { DigitalOptions } from "base/io";

const state: string = config.state;

/** The one pin of this board: its other end is DIR/power. */
class SupplyGate extends Digital {
	constructor(options: DigitalOptions) {
		super({ ...options, path: `${state}/power` } as DigitalOptions);
	}
}

const board: Board = {
	TCP,
	Listener,
	UDP,
	Serial,
	Digital: SupplyGate,
	uart: config.uart ? { device: config.uart, line: `${state}/line` } : { pty: `${state}/uart`, line: `${state}/line` },
	cameraPower: { pin: "camera-power", activeLow: true },

	powerAtStart(): boolean {
		return false;
	},

	powerChanged(): void {},

	memory(): Record<string, number> {
		const { slots, chunks } = Process.memory();
		return { heap_slots: slots, heap_chunk_bytes: chunks };
	},

	allocate(bytes: number): Uint8Array {
		return new Uint8Array(new SharedArrayBuffer(bytes));
	},

	start(ready: () => void): void {
		ready();
	},

	serving(endpoints: Endpoints): void {
		print(JSON.stringify(endpoints));
	}
};

export default board;

/**
 * The board on Linux: kernel sockets, a PTY (or a real serial port) as the camera's UART, and the P-FET's gate as a UNIX socket
 * that tells whoever plays the camera. docs/simulator.md says what the outside sees.
 */
import TCP from "embedded:io/socket/tcp";
import Listener from "embedded:io/socket/listener";
import UDP from "embedded:io/socket/udp";
import Serial from "embedded:io/serial";
import Digital from "embedded:io/digital";
import config from "mc/config";
import Process, { print } from "host/process";
import type { Board, Endpoints, NetworkState, NetworkSetup, Terminal } from "board/board";
import type { DigitalOptions, SerialOptions } from "base/io";
import type { Flash } from "base/flash";
import { overlap, type Network } from "network/ipv4";
import { firmware, keep, latched, restart, settingsFlash } from "./chip";

/** How the process ends then: simulator/pod.ts says it. */
const SERIAL_GONE = 97;

const state: string = config.state;

/** The one pin of this board: its other end is DIR/power. */
class SupplyGate extends Digital {
	constructor(options: DigitalOptions) {
		super({ ...options, path: `${state}/power` } as DigitalOptions);
	}
}

/** A real port can be pulled out. A pod that went on would blame the camera for its silence. */
class Port extends Serial {
	constructor(options: SerialOptions) {
		super({
			...options,
			onError(): void {
				trace(`${config.uart}: the serial port is gone\n`);
				Process.exit(SERIAL_GONE);
			}
		} as SerialOptions);
	}
}

/** "address/mask" of the configuration. */
function network(text: string): Network {
	const [address = "", mask = ""] = text.split("/");
	return { address, mask };
}

const board: Board = {
	name: "rackpod",
	cameraNetwork: network(config["chip.camera"] ?? "192.168.1.1/255.255.255.0"),
	firmware,
	TCP,
	Listener,
	UDP,
	Serial: Port,
	Digital: SupplyGate,
	uart: config.uart ? { device: config.uart, line: `${state}/line` } : { pty: `${state}/uart`, line: `${state}/line` },
	cameraPower: { pin: "camera-power", activeLow: true },

	powerAtStart(): boolean {
		return latched();
	},

	powerChanged(on: boolean): void {
		keep(on);
	},

	settingsFlash(): Flash {
		return settingsFlash();
	},

	/** The simulator is set up over HTTP. */
	terminal(): Terminal | undefined {
		return undefined;
	},

	restart(): void {
		restart();
	},

	networks(): NetworkState {
		const lab = config["chip.lab"] ? network(config["chip.lab"]) : undefined;
		const camera = { ...board.cameraNetwork, up: true };
		return { hostname: null, wifi: null, lab: lab ?? null, camera, overlap: lab ? overlap(lab, board.cameraNetwork) : false };
	},

	heap: Process,

	memory(): Record<string, number> {
		const { slots, chunks } = Process.memory();
		return { heap_slots: slots, heap_chunk_bytes: chunks };
	},

	allocate(bytes: number): Uint8Array {
		return new Uint8Array(new SharedArrayBuffer(bytes));
	},

	start(_setup: NetworkSetup, ready: () => void): void {
		ready();
	},

	serving(endpoints: Endpoints): void {
		firmware.confirm();
		print(JSON.stringify(endpoints));
	}
};

export default board;

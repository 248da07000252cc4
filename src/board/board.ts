/**
 * What the firmware asks of a board: types only.
 *
 * Each platform has one module with the specifier "board", chosen by the manifest: simulator/board.ts on Linux,
 * src/board/esp32s3 on the ESP32-S3. It holds everything that differs between them, so that nothing else has to ask.
 */
import type { DigitalConstructor, DigitalOptions, ListenerConstructor, SerialConstructor, TCPConstructor, UDPConstructor } from "base/io";
import type { OnDefect } from "base/guard";
import type { Flash } from "base/flash";
import type { Network } from "network/ipv4";
import type { Firmware } from "update/firmware";

/** Where the pod's servers were really bound: `host:port`. */
export interface Endpoints {
	http: string;
	bridge: string;
	rfc2217: string;
	tftp: string;
}

/** What the networks are made with. */
export interface NetworkSetup {
	/** Is told what goes wrong on the board: a release build has no other place for it. */
	onDefect: OnDefect;
	/** Also the host name. */
	name: string;
	/** Empty: no Wi-Fi. */
	ssid: string;
	/** Empty: an open network. */
	password: string;
	httpPort: number;
}

/** State of the networks, for `GET /status`. Boards add what they know. */
export interface NetworkState {
	/** The lab's network holds addresses of the camera's, so one of the two can't be reached reliably. */
	readonly overlap: boolean;
	/** The pod's place in the lab's network, when it has one. */
	readonly lab?: Network | null;
	[fact: string]: unknown;
}

/** What is left of the JavaScript heap; garbage counts as used. */
export interface HeapRoom {
	readonly freeSlots: number;
	/** Bytes of chunks. */
	readonly freeChunks: number;
	/** Collects the garbage. Milliseconds, so only when there is need. */
	collect(): void;
}

/** A terminal for the first set-up. */
export interface Terminal {
	write(text: string): void;
}

export interface Board {
	readonly TCP: TCPConstructor;
	readonly Listener: ListenerConstructor;
	readonly UDP: UDPConstructor;
	readonly Serial: SerialConstructor;
	readonly Digital: DigitalConstructor;
	/** What the pod is called until it is given a name. */
	readonly name: string;
	/** Where the camera is: the pod's own address there, and the mask. */
	readonly cameraNetwork: Network;
	readonly firmware: Firmware;
	/** Where the settings are kept: at least two erase blocks. Throws when there is no such flash. */
	settingsFlash(): Flash;
	/** The set-up console, where there is one; what is typed comes to `receive`, in pieces of any size. */
	terminal(receive: (bytes: Uint8Array) => void): Terminal | undefined;
	/** Starts the firmware anew; doesn't return. The camera's supply stays as it is. */
	restart(): void;
	networks(): NetworkState;
	/** Which UART the camera's console is on. */
	readonly uart: Record<string, unknown>;
	/** The gate of the P-FET that switches the camera's supply; 1 means supplied. */
	readonly cameraPower: Pick<DigitalOptions, "pin" | "activeLow">;
	/** A block of big memory (PSRAM) outside the XS heap. It is never given back. Throws RangeError when there is none. */
	allocate(bytes: number): Uint8Array;
	/** What the user last set the camera's supply to: the state to keep through a restart, false on the first start. */
	powerAtStart(): boolean;
	/** The supply was switched: the board remembers it for `powerAtStart`. */
	powerChanged(on: boolean): void;
	readonly heap: HeapRoom;
	/** Sizes in bytes for `GET /status`, by name: the JavaScript heap, and what else the board knows. */
	memory(): Record<string, number>;
	/** Brings the networks up and calls back once servers can be made. Where nobody watches, what `ready` throws starts the firmware anew. */
	start(setup: NetworkSetup, ready: () => void): void;
	/** The pod serves: on the device the running image proves itself good, on Linux the starter is told. */
	serving(endpoints: Endpoints): void;
}

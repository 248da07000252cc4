/**
 * What the firmware asks of a board: types only.
 *
 * Each platform has one module with the specifier "board", chosen by the manifest: simulator/board.ts on Linux,
 * modules/board-s3 on the ESP32-S3. It holds everything that differs between them, so that nothing else has to ask.
 */
import type { DigitalConstructor, DigitalOptions, ListenerConstructor, SerialConstructor, TCPConstructor, UDPConstructor } from "base/io";

/** Where the pod's servers were really bound: `host:port`. */
export interface Endpoints {
	http: string;
	bridge: string;
	tftp: string;
}

export interface Board {
	readonly TCP: TCPConstructor;
	readonly Listener: ListenerConstructor;
	readonly UDP: UDPConstructor;
	readonly Serial: SerialConstructor;
	readonly Digital: DigitalConstructor;
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
	/** Sizes in bytes for `GET /status`, by name: the JavaScript heap, and what else the board knows. */
	memory(): Record<string, number>;
	/** Brings the networks up and calls back once servers can be made. */
	start(ready: () => void): void;
	/** The pod serves: on the device the running image proves itself good, on Linux the starter is told. */
	serving(endpoints: Endpoints): void;
}

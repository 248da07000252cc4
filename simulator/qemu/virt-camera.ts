/**
 * A camera whose U-Boot is always there (it has no boot ROM to come in by) and which netboots Linux. Its console is the pod's UART; its
 * disk stays what it is without supply.
 */
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { PoweredMachine, type CameraOptions } from "./powered-machine.ts";
import { commandLine, PROGRAM, type Start } from "./virt.ts";

export interface VirtCameraOptions extends CameraOptions {
	firmware: Start["firmware"];
	/** The disk's image; an empty one of 64 MiB is made when there is none. */
	disk: string;
}

const DISK_SIZE = 64 << 20;

export class VirtCamera {
	#machine: PoweredMachine;

	constructor(options: VirtCameraOptions) {
		if (!existsSync(options.disk)) {
			writeFileSync(options.disk, "");
			truncateSync(options.disk, DISK_SIZE);
		}
		this.#machine = new PoweredMachine({
			...options,
			program: PROGRAM,
			onStart: () => {
				options.emit("run", { source: "firmware" });
				this.#machine.run(commandLine(options));
			}
		});
	}

	close(): Promise<void> {
		return this.#machine.close();
	}
}

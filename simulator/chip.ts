/**
 * What of the simulated chip outlives a restart of the firmware, in files: its flash (DIR/flash) and the latch that keeps the camera's
 * supply (DIR/latch), which a loss of the pod's own power clears.
 *
 * "chip.cut" in the configuration cuts the pod's power inside a flash operation: `START:OPERATION:PART`, counted from 0 and 1; PART of
 * 0 to 1 of it is done. "chip.settings=none" is a chip without a place for settings.
 */
import config from "mc/config";
import FlashFile from "host/flash";
import Process from "host/process";
import type { Flash } from "base/flash";
import { BLOCK, ChipFlash, SIZE } from "./chip-flash";

/** How the process ends: simulator/pod.ts starts it again, or finds the power gone. */
const RESTART = 99;
const POWER_CUT = 98;

/** DIR/flash, opened at the first look. */
class CutFlash implements Flash {
	readonly size = SIZE;
	readonly blockLength = BLOCK;
	private opened: FlashFile | undefined;
	private operations = 0;

	read(view: Uint8Array, offset: number): void {
		this.file.read(view, offset);
	}

	write(bytes: Uint8Array, offset: number): void {
		const cut = this.operation();
		this.file.write(cut === undefined ? bytes : bytes.subarray(0, Math.floor(bytes.length * cut)), offset);
		if (cut !== undefined)
			Process.exit(POWER_CUT);
	}

	eraseBlock(index: number): void {
		const cut = this.operation();
		this.file.erase(index * BLOCK, cut === undefined ? BLOCK : Math.floor(BLOCK * cut));
		if (cut !== undefined)
			Process.exit(POWER_CUT);
	}

	private get file(): FlashFile {
		return this.opened ??= new FlashFile(`${config.state}/flash`, SIZE);
	}

	/** One more erase or write; how much of it is done when the power is cut in it. */
	private operation(): number | undefined {
		this.operations++;
		const [start, at, part] = String(config["chip.cut"] ?? "").split(":").map(Number);
		return start === (config["chip.start"] ?? 0) && at === this.operations ? part : undefined;
	}
}

export const firmware = new ChipFlash(new CutFlash(), Boolean(config["chip.start"]));

export function settingsFlash(): Flash {
	if (config["chip.settings"] === "none")
		throw new Error("there is no flash for settings");
	return firmware.settings;
}

export function restart(): void {
	Process.exit(RESTART);
}

function latch(): FlashFile {
	return new FlashFile(`${config.state}/latch`, 1);
}

/** The latched level of the camera's supply, off when there is none. */
export function latched(): boolean {
	const level = new Uint8Array(1);
	latch().read(level, 0);
	return level[0] === 1;
}

export function keep(on: boolean): void {
	const memory = latch();
	memory.erase(0, 1);
	memory.write(new Uint8Array([on ? 1 : 0]), 0);
}

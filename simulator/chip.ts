/**
 * What of the chip outlives a restart of the firmware: its flash (DIR/flash) with the settings and two firmware slots, and the latch
 * that keeps the camera's supply (DIR/latch), which a loss of the pod's own power clears.
 *
 * The simulator runs the same firmware whatever image a slot holds: only the book-keeping of the slots is simulated. "chip.cut" in the
 * configuration cuts the pod's power inside a flash operation: `START:OPERATION:PART`, counted from 0 and 1; PART of 0 to 1 of it is done.
 * "chip.settings=none" is a chip without a place for settings.
 */
import config from "mc/config";
import FlashFile from "host/flash";
import Process from "host/process";
import type { Firmware } from "update/firmware";
import type { Flash } from "base/flash";
import { FlashRecord } from "settings/record";

/** How the process ends: simulator/pod.ts starts it again, or finds the power gone. */
const RESTART = 99;
const POWER_CUT = 98;

const BLOCK = 4096;
const SLOT = 0x400000;
const SETTINGS = 0;
const BOOT = 0x4000;
const SLOTS = 0x10000;
const SIZE = SLOTS + 2 * SLOT;
const IMAGE_MAGIC = 0xe9;
const ESP32S3 = 9;

/** Which slot boots, and what is known of the image in it. */
interface Boot {
	slot: 0 | 1;
	/** "new": never ran; "pending": runs, or ran, and did not confirm. */
	state: "valid" | "new" | "pending";
}

/** A part of the flash file. */
class Region implements Flash {
	readonly size: number;
	readonly blockLength = BLOCK;
	#offset: number;

	constructor(offset: number, size: number) {
		this.#offset = offset;
		this.size = size;
	}

	read(view: Uint8Array, offset: number): void {
		file().read(view, this.#offset + offset);
	}

	write(bytes: Uint8Array, offset: number): void {
		const cut = operation();
		file().write(cut === undefined ? bytes : bytes.subarray(0, Math.floor(bytes.length * cut)), this.#offset + offset);
		if (cut !== undefined)
			Process.exit(POWER_CUT);
	}

	eraseBlock(index: number): void {
		const cut = operation();
		file().erase(this.#offset + index * BLOCK, cut === undefined ? BLOCK : Math.floor(BLOCK * cut));
		if (cut !== undefined)
			Process.exit(POWER_CUT);
	}
}

let flash: FlashFile | undefined;
let operations = 0;
let boot: Boot | undefined;

function file(): FlashFile {
	flash ??= new FlashFile(`${config.state}/flash`, SIZE);
	return flash;
}

/** One more erase or write; how much of it is done when the power is cut in it. */
function operation(): number | undefined {
	operations++;
	const [start, at, part] = String(config["chip.cut"] ?? "").split(":").map(Number);
	return start === (config["chip.start"] ?? 0) && at === operations ? part : undefined;
}

function bootRecord(): FlashRecord {
	return new FlashRecord(new Region(BOOT, 2 * BLOCK));
}

function storeBoot(value: Boot): void {
	const record = bootRecord();
	record.load();
	record.store(new Uint8Array(ArrayBuffer.fromString(JSON.stringify(value))));
}

/** The boot loader: runs at the first look. An image that ran before and did not confirm gives way to the one before. */
function booted(): Boot {
	if (boot)
		return boot;
	const text = bootRecord().load();
	boot = text ? JSON.parse(String.fromArrayBuffer(text)) as Boot : { slot: 0, state: "valid" };
	if (boot.state === "new")
		boot.state = "pending";
	else if (boot.state === "pending")
		boot = { slot: boot.slot === 0 ? 1 : 0, state: "valid" };
	else
		return boot;
	storeBoot(boot);
	return boot;
}

export function settingsFlash(): Flash {
	if (config["chip.settings"] === "none")
		throw new Error("there is no flash for settings");
	return new Region(SETTINGS, BOOT);
}

export const firmware: Firmware = Object.freeze({
	chip: ESP32S3,
	get slot(): string {
		return `ota_${booted().slot}`;
	},
	get pending(): boolean {
		return booted().state === "pending";
	},
	get reset(): string {
		return config["chip.start"] ? "restart" : "power on";
	},
	idleSlot(): Flash {
		return new Region(SLOTS + (1 - booted().slot) * SLOT, SLOT);
	},
	activate(): void {
		const first = new Uint8Array(1);
		this.idleSlot().read(first, 0);
		if (first[0] !== IMAGE_MAGIC)
			throw new Error("no valid image");
		storeBoot({ slot: booted().slot === 0 ? 1 : 0, state: "new" });
	}
});

/** The running image is good. */
export function confirm(): void {
	if (booted().state !== "pending")
		return;
	boot = { slot: booted().slot, state: "valid" };
	storeBoot(boot);
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

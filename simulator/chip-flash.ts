/**
 * What the chip's flash holds: the settings, and two firmware slots with the book-keeping of which one boots. Whatever image a slot holds,
 * the same firmware runs. Not for where the bytes are kept nor for cuts of power (chip.ts; tests have a flash of their own).
 */
import type { Flash } from "base/flash";
import type { Firmware } from "update/firmware";
import { ESP32S3, IMAGE_MAGIC } from "update/image";
import { FlashRecord } from "settings/record";

export const BLOCK = 4096;
const SLOT = 0x400000;
const SETTINGS = 0;
const BOOT = 0x4000;
const SLOTS = 0x10000;
/** Bytes of all of it. */
export const SIZE = SLOTS + 2 * SLOT;

/** Which slot boots, and what is known of the image in it. */
interface Boot {
	slot: 0 | 1;
	/** "new": never ran; "pending": runs, or ran, and did not confirm. */
	state: "valid" | "new" | "pending";
}

/** A part of the flash, of whole blocks. */
class Region implements Flash {
	readonly size: number;
	readonly blockLength = BLOCK;
	private readonly flash: Flash;
	private readonly offset: number;

	constructor(flash: Flash, offset: number, size: number) {
		this.flash = flash;
		this.offset = offset;
		this.size = size;
	}

	read(view: Uint8Array, offset: number): void {
		this.flash.read(view, this.offset + offset);
	}

	write(bytes: Uint8Array, offset: number): void {
		this.flash.write(bytes, this.offset + offset);
	}

	eraseBlock(index: number): void {
		this.flash.eraseBlock(this.offset / BLOCK + index);
	}
}

export class ChipFlash implements Firmware {
	readonly chip = ESP32S3;
	/** Why the pod started. */
	readonly reset: string;
	private readonly flash: Flash;
	private boot: Boot | undefined;

	/** `restarted`: the firmware did it, not the power. */
	constructor(flash: Flash, restarted: boolean) {
		this.flash = flash;
		this.reset = restarted ? "restart" : "power on";
	}

	get settings(): Flash {
		return new Region(this.flash, SETTINGS, BOOT);
	}

	get slot(): string {
		return `ota_${this.booted().slot}`;
	}

	get pending(): boolean {
		return this.booted().state === "pending";
	}

	idleSlot(): Flash {
		return new Region(this.flash, SLOTS + (1 - this.booted().slot) * SLOT, SLOT);
	}

	activate(): void {
		const first = new Uint8Array(1);
		this.idleSlot().read(first, 0);
		if (first[0] !== IMAGE_MAGIC)
			throw new Error("no valid image");
		this.store({ slot: this.booted().slot === 0 ? 1 : 0, state: "new" });
	}

	/** The running image is good. */
	confirm(): void {
		if (this.booted().state !== "pending")
			return;
		this.boot = { slot: this.booted().slot, state: "valid" };
		this.store(this.boot);
	}

	/** The boot loader: runs at the first look. An image that ran before and did not confirm gives way to the one before. */
	private booted(): Boot {
		if (this.boot)
			return this.boot;
		const text = this.record.load();
		this.boot = text ? JSON.parse(String.fromArrayBuffer(text)) as Boot : { slot: 0, state: "valid" };
		if (this.boot.state === "new")
			this.boot.state = "pending";
		else if (this.boot.state === "pending")
			this.boot = { slot: this.boot.slot === 0 ? 1 : 0, state: "valid" };
		else
			return this.boot;
		this.store(this.boot);
		return this.boot;
	}

	private get record(): FlashRecord {
		return new FlashRecord(new Region(this.flash, BOOT, 2 * BLOCK));
	}

	private store(value: Boot): void {
		const { record } = this;
		record.load();
		record.store(new Uint8Array(ArrayBuffer.fromString(JSON.stringify(value))));
	}
}

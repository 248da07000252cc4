/**
 * One over-the-air update: an image streams into the firmware slot that isn't running, is proven there, and only then becomes
 * the one to boot.
 *
 * The first erase block is erased first and written last. So whatever cuts the update short, the slot either holds nothing
 * bootable or the whole proven image, and the running one stays the one to boot.
 *
 * Not for: deciding who may update, restarting afterwards, or confirming the new image (modules/esp32/ota, the board's `serving`).
 */
import type { Firmware } from "./firmware";
import { Refusal } from "base/refusal";
import { Bytes } from "bytes/bytes";
import type { Flash } from "base/flash";
import { SHA256 } from "sha256/sha256";
import { HEAD, readHead } from "./image";
import type { Head } from "./image";
import type { UpdateCode } from "./codes";

const HASH = 32;

export interface UpdateOptions {
	/** The idle firmware slot. */
	flash: Flash;
	/** Bytes of the image, announced. */
	size: number;
	/**
	 * The chip the image must be for. `activate` is called once, at the very end; what it throws ends the update as `update_not_activated`.
	 */
	firmware: Pick<Firmware, "chip" | "activate">;
	/** Three erase blocks. Taken anew when absent. */
	memory?: Uint8Array;
}

export interface Installed extends Head {
	readonly size: number;
	/** The image's own hash, lower-case hexadecimal. */
	readonly sha256: string;
}

export class Update {
	readonly size: number;
	private state: "receiving" | "done" | "failed" = "receiving";
	private count = 0;
	private flash: Flash;
	private firmware: Pick<Firmware, "chip" | "activate">;
	private head: Head | undefined;
	private first: Uint8Array;	// the first block, kept until the end
	private block: Uint8Array;	// the block being received
	private back: Uint8Array;	// what flash really holds of it
	private hash = new SHA256();
	private claimed = new Uint8Array(HASH);	// the hash at the end of the image
	private claimedBytes = 0;
	private fill = 0;
	private index = 0;

	/** Throws Refusal `bad_image_size` {size, minimum, maximum}. Erases the slot's first block: from here on it is not bootable. */
	constructor({ flash, size, firmware, memory = new Uint8Array(3 * flash.blockLength) }: UpdateOptions) {
		if (!Number.isInteger(size) || size < HEAD + HASH || size > flash.size)
			throw new Refusal<UpdateCode>("bad_image_size", "an image of that size can't be", { size, minimum: HEAD + HASH, maximum: flash.size });
		this.size = size;
		this.flash = flash;
		this.firmware = firmware;
		const { blockLength } = flash;
		this.first = memory.subarray(0, blockLength);
		this.block = memory.subarray(blockLength, 2 * blockLength);
		this.back = memory.subarray(2 * blockLength, 3 * blockLength);
		this.tried("erase", () => flash.eraseBlock(0));
	}

	get received(): number {
		return this.count;
	}

	/** Where the next bytes of the image belong; empty when all have come. */
	space(): Uint8Array {
		const buffer = this.index === 0 ? this.first : this.block;
		return buffer.subarray(this.fill, Math.min(buffer.length, this.fill + this.size - this.count));
	}

	/**
	 * `count` bytes were put there. Throws Refusal `bad_image` {reason} when the head shows that it is no image for this chip,
	 * `update_flash` {operation, block, reason} when flash fails; the update is over then.
	 */
	advance(count: number): void {
		if (this.state !== "receiving")
			throw new Refusal<UpdateCode>("update_over", "this update has ended", { state: this.state });
		const buffer = this.index === 0 ? this.first : this.block;
		this.digest(buffer.subarray(this.fill, this.fill + count));
		this.fill += count;
		this.count += count;
		try {
			if (this.head === undefined && this.count >= HEAD)
				this.head = readHead(this.first, this.firmware.chip);
			if (this.index > 0 && (this.fill === buffer.length || this.count === this.size))
				this.write(this.index, buffer.subarray(0, this.fill));
		}
		catch (error) {
			this.state = "failed";
			throw error;
		}
		if (this.fill === buffer.length) {
			this.fill = 0;
			this.index++;
		}
	}

	/** The last 32 bytes of the image are the hash of all before them. */
	private digest(bytes: Uint8Array): void {
		const hashed = Math.max(0, Math.min(bytes.length, this.size - HASH - this.count));
		if (hashed > 0)
			this.hash.update(bytes.subarray(0, hashed));
		if (hashed < bytes.length) {
			this.claimed.set(bytes.subarray(hashed), this.claimedBytes);
			this.claimedBytes += bytes.length - hashed;
		}
	}

	/**
	 * All bytes have come: proves the image, completes the slot and makes it the one to boot. Throws Refusal `bad_image`
	 * {reason: "truncated" | "hash"}, `update_flash`, `update_not_activated`; the running image stays the one to boot then.
	 */
	done(): Installed {
		if (this.state !== "receiving")
			throw new Refusal<UpdateCode>("update_over", "this update has ended", { state: this.state });
		this.state = "failed";
		if (this.count < this.size)
			throw new Refusal<UpdateCode>("bad_image", "the image is shorter than announced", { reason: "truncated", size: this.size, received: this.count });
		const hash = new Uint8Array(HASH);
		this.hash.digest(hash);
		const sha256 = hexadecimal(hash);
		if (sha256 !== hexadecimal(this.claimed))
			throw new Refusal<UpdateCode>("bad_image", "the image doesn't match its own hash", { reason: "hash", sha256 });
		this.writeFirst();
		try {
			this.firmware.activate();
		}
		catch (error) {
			throw new Refusal<UpdateCode>("update_not_activated", "the new image could not be made the one to boot", { reason: String(error) });
		}
		this.state = "done";
		return { ...this.head!, size: this.size, sha256 };
	}

	/** The transfer broke off: nothing more is written. Harmless after the end. */
	aborted(): void {
		if (this.state === "receiving")
			this.state = "failed";
	}

	private write(index: number, bytes: Uint8Array): void {
		this.tried("erase", () => this.flash.eraseBlock(index));
		this.program(index, bytes);
	}

	/** It was erased at the start. */
	private writeFirst(): void {
		this.program(0, this.first.subarray(0, Math.min(this.size, this.first.length)));
	}

	private program(index: number, bytes: Uint8Array): void {
		const offset = index * this.flash.blockLength;
		const back = this.back.subarray(0, bytes.length);
		this.tried("write", () => this.flash.write(bytes, offset));
		this.tried("read", () => this.flash.read(back, offset));
		if (Bytes.crc32(back, 0) !== Bytes.crc32(bytes, 0))
			throw new Refusal<UpdateCode>("update_flash", "flash does not hold what was written", { operation: "verify", block: index });
	}

	private tried(operation: string, action: () => void): void {
		try {
			action();
		}
		catch (error) {
			this.state = "failed";
			throw new Refusal<UpdateCode>("update_flash", `flash refused to ${operation}`, { operation, block: this.index, reason: String(error) });
		}
	}
}

function hexadecimal(bytes: Uint8Array): string {
	return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Text that survives power cuts: two slots in flash, each with a sequence number and a CRC, written in turn.
 *
 * A slot is half of the flash and holds a header and the text:
 *
 *     0  "RPS1"      4  sequence (u32 LE)      8  bytes of text (u32 LE)      12  CRC-32 of bytes 0..11 and the text
 *
 * Only the older slot is ever erased, and the header of the new record is written last, so at every moment at least one whole
 * record is there once there was one. Not for: data that changes often (a slot stands about 100,000 erasures).
 */
import { Refusal } from "base/refusal";
import { Bytes } from "bytes/bytes";
import type { Flash } from "base/flash";
import type { SettingsCode } from "./codes";

const MAGIC = 0x31535052;	// "RPS1", little-endian
const ERASED = 0xffffffff;
const HEADER = 16;

interface Found {
	slot: number;
	sequence: number;
	text: ArrayBuffer;
}

export class FlashRecord {
	private flash: Flash;
	private slotLength: number;
	private blocks: number;	// a slot
	private slot = 1;	// of the newest record
	private sequence = 0;
	private loaded = false;
	private broken = false;

	/** Throws RangeError when `flash` has fewer than two erase blocks. */
	constructor(flash: Flash) {
		this.blocks = Math.floor(flash.size / flash.blockLength / 2);
		if (this.blocks < 1)
			throw new RangeError("two erase blocks needed");
		this.flash = flash;
		this.slotLength = this.blocks * flash.blockLength;
	}

	/** Bytes of text that fit. */
	get capacity(): number {
		return this.slotLength - HEADER;
	}

	/** After `load`: there is something, but no whole record. */
	get damaged(): boolean {
		return this.broken;
	}

	/** The UTF-8 bytes of the newest whole record; undefined when there is none. Throws when flash can't be read. */
	load(): ArrayBuffer | undefined {
		const first = this.find(0);
		const second = this.find(1);
		const newest = first && second ? ((second.sequence - first.sequence) | 0) > 0 ? second : first : first ?? second;
		if (newest) {
			this.slot = newest.slot;
			this.sequence = newest.sequence;
		}
		this.loaded = true;
		this.broken &&= newest === undefined;
		return newest?.text;
	}

	/**
	 * Stores `text` (UTF-8) in place of the older record and reads it back. Throws Refusal `settings_too_long`
	 * {bytes, maximum}, or `settings_not_stored` when flash fails: the newest record is then still the one before.
	 */
	store(text: Uint8Array): void {
		if (text.length > this.capacity)
			throw new Refusal<SettingsCode>("settings_too_long", "the settings don't fit", { bytes: text.length, maximum: this.capacity });
		this.loadOnce();
		const slot = 1 - this.slot;
		const sequence = (this.sequence + 1) >>> 0;
		const header = new DataView(new ArrayBuffer(HEADER));
		header.setUint32(0, MAGIC, true);
		header.setUint32(4, sequence, true);
		header.setUint32(8, text.length, true);
		header.setUint32(12, checksum(header, text), true);
		try {
			for (let block = 0; block < this.blocks; block++)
				this.flash.eraseBlock(slot * this.blocks + block);
			this.flash.write(text, slot * this.slotLength + HEADER);
			this.flash.write(new Uint8Array(header.buffer), slot * this.slotLength);
		}
		catch (error) {
			throw new Refusal<SettingsCode>("settings_not_stored", "flash refused the settings", { reason: String(error) });
		}
		if (this.find(slot)?.sequence !== sequence)
			throw new Refusal<SettingsCode>("settings_not_stored", "the settings read back differ from what was written", { reason: "verify" });
		this.slot = slot;
		this.sequence = sequence;
	}

	/** Without the newest record's number, a new one could count as older than what is there. */
	private loadOnce(): void {
		try {
			if (!this.loaded)
				this.load();
		}
		catch (error) {
			throw new Refusal<SettingsCode>("settings_not_stored", "flash can't be read", { reason: String(error) });
		}
	}

	private find(slot: number): Found | undefined {
		const header = new DataView(new ArrayBuffer(HEADER));
		const start = slot * this.slotLength;
		this.flash.read(new Uint8Array(header.buffer), start);
		const length = header.getUint32(8, true);
		if (header.getUint32(0, true) !== ERASED)
			this.broken = true;
		if (header.getUint32(0, true) !== MAGIC || length > this.capacity)
			return undefined;
		const text = new ArrayBuffer(length);
		this.flash.read(new Uint8Array(text), start + HEADER);
		if (checksum(header, new Uint8Array(text)) !== header.getUint32(12, true))
			return undefined;
		return { slot, sequence: header.getUint32(4, true), text };
	}
}

function checksum(header: DataView, text: Uint8Array): number {
	return Bytes.crc32(text, Bytes.crc32(new Uint8Array(header.buffer, 0, 12), 0));
}

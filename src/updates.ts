/**
 * At most one firmware update at a time, and what became of the last one. The work is modules/update's.
 */
import type { Firmware } from "update/firmware";
import { Refusal } from "base/refusal";
import type { FirmwareSlots } from "protocol/answers";
import { Update, type Installed } from "update/update";
import type { UpdateCode } from "update/codes";

/** Bytes of planned memory: three of the flash's erase blocks. */
export const UPDATE_MEMORY = 3 * 4096;

/** Who sends the image. */
export interface UpdateClient {
	/** The update was ended by somebody else; `refusal` says so. */
	cancelled(refusal: Refusal): void;
}

export class Updates {
	private readonly firmware: Firmware;
	private readonly memory: Uint8Array;
	private update: Update | undefined;
	private client: UpdateClient | undefined;
	private error: string | null = null;

	/** `memory`: UPDATE_MEMORY bytes. */
	constructor(firmware: Firmware, memory: Uint8Array) {
		this.firmware = firmware;
		this.memory = memory;
	}

	/** As `GET /firmware` answers it. */
	get state(): FirmwareSlots {
		const { firmware: { slot, pending, reset }, running } = this;
		return { slot, pending, reset, update: running ?? null, last_error: this.error };
	}

	/** How far the one that is under way is. */
	get running(): { size: number; received: number } | undefined {
		const { update } = this;
		return update && { size: update.size, received: update.received };
	}

	/** Begins one; none may be running (occupancy.ts). Throws Refusal `bad_image_size`, `update_flash`. End it with `complete` or `broke`. */
	begin(size: number, client: UpdateClient): Update {
		const { firmware, memory } = this;
		this.error = null;
		this.update = new Update({ firmware, flash: firmware.idleSlot(), size, memory });
		this.client = client;
		return this.update;
	}

	/** All bytes have come. Throws what Update.done throws; the running image stays then. */
	complete(update: Update): Installed {
		try {
			const installed = update.done();
			this.end(null);
			return installed;
		}
		catch (error) {
			this.broke(update, error instanceof Refusal ? error.code : String(error));
			throw error;
		}
	}

	/** `update` is over, for the reason given. Harmless when it was over before. */
	broke(update: Update, reason: string): void {
		update.aborted();
		if (update === this.update)
			this.end(reason);
	}

	/** Ends the one that is running. False when none is. */
	cancel(reason: string): boolean {
		const { update, client } = this;
		if (!update)
			return false;
		this.broke(update, "cancelled");
		client!.cancelled(new Refusal<UpdateCode>("update_over", `the update was ended: ${reason}`, { state: "cancelled" }));
		return true;
	}

	private end(error: string | null): void {
		this.update = undefined;
		this.client = undefined;
		this.error = error;
	}
}

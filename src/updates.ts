/**
 * At most one firmware update at a time, and what became of the last one. The work is modules/update's.
 */
import type { Firmware } from "base/board";
import { Fault } from "base/fault";
import { Update, type Installed } from "update/update";

export class Updates {
	#firmware: Firmware;
	#update: Update | undefined;
	#error: string | null = null;

	constructor(firmware: Firmware) {
		this.#firmware = firmware;
	}

	/** As `GET /firmware` answers it. */
	get state(): Record<string, unknown> {
		const { slot, pending, reset } = this.#firmware;
		const update = this.#update;
		return { slot, pending, reset, update: update ? { size: update.size, received: update.received } : null, last_error: this.#error };
	}

	/** Throws Fault `update_running` while there is one. */
	checkIdle(): void {
		if (this.#update)
			throw new Fault("update_running", "a firmware update is running", { size: this.#update.size, received: this.#update.received });
	}

	/** Begins one. Throws Fault `update_running`, `bad_image_size`, `update_flash`. End it with `complete` or `broke`. */
	begin(size: number): Update {
		this.checkIdle();
		const { chip } = this.#firmware;
		this.#error = null;
		this.#update = new Update({ flash: this.#firmware.idleSlot(), size, chip, activate: () => this.#firmware.activate() });
		return this.#update;
	}

	/** All bytes have come. Throws what Update.done throws; the running image stays then. */
	complete(): Installed {
		return this.#update!.done();
	}

	/** It is over, for the reason given or because it is done. */
	end(error: string | null): void {
		this.#update?.aborted();
		this.#update = undefined;
		this.#error = error;
	}
}

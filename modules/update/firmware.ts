/**
 * The firmware in flash, as an update needs it of the board: types only.
 */
import type { Flash } from "base/flash";

/** The firmware in flash: two slots, of which one runs. */
export interface Firmware {
	/** `esp_chip_id_t` of the chip that images must be for. */
	readonly chip: number;
	/** Label of the running slot. */
	readonly slot: string;
	/** True until the running image has proven itself good; a restart before that brings the one before back. */
	readonly pending: boolean;
	/** Why the pod started, for people. */
	readonly reset: string;
	/** The slot that doesn't run. Throws when there is none. */
	idleSlot(): Flash;
	/** Makes the idle slot the one to boot. Throws when there is no valid image in it. */
	activate(): void;
}

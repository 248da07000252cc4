/**
 * The chip's two firmware slots: which one runs, which one boots next, and whether the running image has proven itself. With
 * CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE an image that restarts before `confirm` is not booted again: the one before comes back.
 *
 * Not for: writing an image (modules/update).
 */
export class OTA {
	/** The running image is good: it will be booted from now on. Harmless when it is confirmed already. Throws when flash fails. */
	static confirm(): void { return native("xs_ota_confirm").call(this); }

	/** Makes the idle slot the one to boot, after the chip's own check of the image in it. Throws when that fails. */
	static activate(): void { return native("xs_ota_activate").call(this); }

	/** Restarts the chip; doesn't return. */
	static restart(): void { return native("xs_ota_restart").call(this); }

	/** True when the running image has not been confirmed yet. */
	static get pending(): boolean { return native("xs_ota_get_pending").call(this); }

	/** Label of the running slot. */
	static get slot(): string { return native("xs_ota_get_slot").call(this); }

	/** ESP-IDF's `esp_reset_reason_t`: 1 power on, 3 restart, 4 panic, 5 to 7 watchdogs, 9 brown-out. */
	static get resetReason(): number { return native("xs_ota_get_resetReason").call(this); }
}

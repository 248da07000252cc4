/**
 * Numbers that both ends of the wire go by: what a pod takes at most. A newer pod may take more, never less.
 */

/** Characters of a file's name. */
export const NAME_LENGTH = 127;

/**
 * Bytes of a fastboot's body: room for a U-Boot padded to 1 MiB, as old ones were, twice over. At 115200 baud this much takes three
 * minutes.
 */
export const FASTBOOT_BODY = 2 * 1_024 * 1_024;
/** Bytes of one of its steps. Known ones have 64, 72 and 128; a step is one DATA frame. */
export const FASTBOOT_STEP = 1_024;
/**
 * Bytes of its SPL, which runs in SRAM; the chips' profiles have 0x2300 to 0x8000, a U-Boot SPL with its device tree (sifive_u) has
 * 83 KB.
 */
export const FASTBOOT_SPL = 131_072;

/** Bits a second of the serial line: below any console, above any flash agent (which ends at 3,000,000). */
export const BAUD = Object.freeze({ minimum: 1_200, maximum: 3_000_000 });

/** Milliseconds of a break on it. `otherwise`: of one whose length nobody tells, telnet's LINE_BREAK command or a request without a body. */
export const LINE_BREAK = Object.freeze({ minimum: 1, maximum: 1_000, otherwise: 250 });

/** Bytes of the body of `PATCH /settings`: more than all settings at their longest. */
export const SETTINGS_BODY = 4_096;

/** Milliseconds that the setting `power_off` may keep a camera off: so long may switching it on wait before it is answered. */
export const POWER_OFF = 60_000;

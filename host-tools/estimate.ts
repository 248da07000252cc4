/**
 * How long a restore takes when all goes well, before anything is known of this camera. Typical figures: a pod whose boot ROM link has
 * 115200 baud, U-Boot's TFTP, a W25Q128's erase and page program times (its datasheet: 150 ms a block of 64 KiB, 0.7 ms a page).
 */
import type { Piece } from "./plan.ts";

/** Bytes per second. */
const BOOT_ROM = 11_000;
const LOAD = 1_200_000;
const ERASE = 420_000;
const WRITE = 350_000;
const READ = 3_000_000;
/** Each piece is read three times: before, after, and at the end. */
const READS = 3;
/** Power cycle, handshake and DDR step; U-Boot's own start; the camera's way to its login. Seconds. */
const BEGIN = 4;
const COMMANDS = 1.5;
const RESTART = 15;

/** Seconds for a whole restore of `pieces` with a fastboot body of `body` bytes. */
export function restoreSeconds(pieces: readonly Piece[], body: number): number {
	const total = pieces.reduce((sum, { length }) => sum + length, 0);
	return Math.round(BEGIN + body / BOOT_ROM + pieces.length * COMMANDS + total * (1 / LOAD + 1 / ERASE + 1 / WRITE + READS / READ) + RESTART);
}

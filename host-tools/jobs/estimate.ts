/**
 * How long a restore takes when all goes well, before anything is known of this camera. Typical figures: a pod whose boot ROM link has
 * 115200 baud, U-Boot's TFTP, a W25Q128's erase and page program times (its datasheet: 150 ms a block of 64 KiB, 0.7 ms a page).
 */
import type { Piece } from "./plan.ts";
import type { JobStep } from "./events.ts";

/** Bytes per second. */
const BOOT_ROM = 11_000;
const LOAD = 1_200_000;
const ERASE = 420_000;
const WRITE = 350_000;
const READ = 3_000_000;
/** The camera's CRC-32 over its RAM. */
const CHECK = 12_000_000;
/** Bytes per second of each step on a piece. */
export const RATES: Readonly<Record<JobStep, number>> = Object.freeze({ compare: READ, load: LOAD, check: CHECK, erase: ERASE,
	write: WRITE, verify: READ, recheck: READ });
/** Each piece is read four times: twice before, since a difference is read again, after, and at the end. */
const READS = 4;
/** Power cycle, handshake and DDR step; U-Boot's own start; the camera's way to its login. Seconds. */
const BEGIN = 4;
const COMMANDS = 1.5;
export const RESTART = 15;

/** Seconds until U-Boot runs, with a fastboot body of `body` bytes. */
export function fastbootSeconds(body: number): number {
	return BEGIN + body / BOOT_ROM;
}

/** Seconds for a whole restore of `pieces` with a fastboot body of `body` bytes. */
export function restoreSeconds(pieces: readonly Piece[], body: number): number {
	const total = pieces.reduce((sum, { length }) => sum + length, 0);
	return Math.round(fastbootSeconds(body) + pieces.length * COMMANDS + total * (1 / LOAD + 1 / ERASE + 1 / WRITE + READS / READ) + RESTART);
}

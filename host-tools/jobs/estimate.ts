/**
 * How long a restore takes when all goes well: before anything is known of this camera, and while it runs. Typical figures: a pod whose
 * boot ROM link has 115200 baud, U-Boot's TFTP, a W25Q128's erase and page program times (its datasheet: 150 ms a block of 64 KiB, 0.7 ms
 * a page).
 */
import type { Clock } from "../base/clock.ts";
import type { JobEvent, JobStep } from "./events.ts";
import type { Piece } from "./plan.ts";

/** Bytes per second. */
const BOOT_ROM = 11_000;
const LOAD = 1_200_000;
const ERASE = 420_000;
const WRITE = 350_000;
const READ = 3_000_000;
/** The camera's CRC-32 over its RAM. */
const CHECK = 12_000_000;
/** Bytes per second of each step on a piece. */
const RATES: Readonly<Record<JobStep, number>> = Object.freeze({ compare: READ, load: LOAD, check: CHECK, erase: ERASE,
	write: WRITE, verify: READ, recheck: READ });
/** Each piece is read four times: twice before, since a difference is read again, after, and at the end. */
const READS = 4;
/** Power cycle, handshake and DDR step; U-Boot's own start; the camera's way to its login. Seconds. */
const BEGIN = 4;
const COMMANDS = 1.5;
const RESTART = 15;

/** Seconds until U-Boot runs, with a fastboot body of `body` bytes. */
export function fastbootSeconds(body: number): number {
	return BEGIN + body / BOOT_ROM;
}

/** Seconds for a whole restore of `pieces` with a fastboot body of `body` bytes. */
export function restoreSeconds(pieces: readonly Piece[], body: number): number {
	const total = pieces.reduce((sum, { length }) => sum + length, 0);
	return Math.round(fastbootSeconds(body) + pieces.length * COMMANDS + total * (1 / LOAD + 1 / ERASE + 1 / WRITE + READS / READ) + RESTART);
}

interface PieceAhead {
	length: number;
	/** Still to be done, in this order. */
	steps: JobStep[];
}

const STEPS: readonly JobStep[] = Object.freeze(["compare", "load", "check", "erase", "write", "verify", "recheck"]);
/** Seconds that every step takes besides its bytes: commands and their answers. */
const STEP = 0.2;

/**
 * How far a whole restore is, and how long it will still take: what is left to do, at the speeds that this camera has shown so far, or at
 * typical ones where it has shown none.
 */
export class WholeJob {
	#clock: Clock;
	#begin: number;
	#pieces = new Map<string, PieceAhead>();
	#fastboot = 0;
	#restart = RESTART;
	/** The step under way. */
	#step: { name: string; step: JobStep; since: number; part: number } | undefined;
	#measured = new Map<JobStep, { bytes: number; seconds: number }>();
	#part = 0;

	constructor(clock: Clock) {
		this.#clock = clock;
		this.#begin = clock.now();
	}

	/** What a restore tells. */
	note(event: JobEvent): void {
		switch (event.event) {
			case "plan":
				this.#fastboot = fastbootSeconds(event.spl + event.uboot);
				event.pieces.forEach(({ name, length }, index) => this.#pieces.set(name,
					{ length, steps: index === event.pieces.length - 1 ? STEPS.slice(0, -1) : [...STEPS] }));
				break;
			case "fastboot":
				if (event.total && event.rate)
					this.#fastboot = (event.total - event.sent) / event.rate;
				break;
			case "fastboot-done":
				this.#fastboot = 0;
				break;
			case "step": {
				if (this.#step?.name !== event.name || this.#step.step !== event.step)
					this.#step = { name: event.name, step: event.step, since: this.#clock.now(), part: 0 };
				this.#step.part = (event.percent ?? 0) / 100;
				// A step that comes again has all behind it to do again.
				const piece = this.#pieces.get(event.name);
				if (piece && !piece.steps.includes(event.step))
					piece.steps = STEPS.slice(STEPS.indexOf(event.step));
				break;
			}
			case "step-done": {
				const known = this.#measured.get(event.step) ?? { bytes: 0, seconds: 0 };
				this.#measured.set(event.step, { bytes: known.bytes + event.size, seconds: known.seconds + event.elapsed_ms / 1000 });
				const piece = this.#pieces.get(event.name);
				if (piece)
					piece.steps = piece.steps.filter(step => step !== event.step);
				this.#step = undefined;
				break;
			}
			case "piece-done": {
				const piece = this.#pieces.get(event.name);
				if (piece)
					piece.steps = piece.steps.filter(step => step === "recheck");
				break;
			}
			case "reset":
				this.#pieces.clear();
				break;
			case "started":
			case "done":
				this.#pieces.clear();
				this.#restart = 0;
				break;
		}
	}

	/** Seconds. */
	get left(): number {
		let left = this.#fastboot + this.#restart;
		for (const [name, { length, steps }] of this.#pieces) {
			for (const step of steps) {
				const seconds = this.#seconds(step, length);
				left += this.#step?.name === name && this.#step.step === step ? this.#rest(seconds) : seconds;
			}
		}
		return left;
	}

	/** 0 to 1; never goes back. */
	get part(): number {
		const done = (this.#clock.now() - this.#begin) / 1000;
		return this.#part = Math.max(this.#part, done / (done + this.left));
	}

	#seconds(step: JobStep, bytes: number): number {
		const measured = this.#measured.get(step);
		return measured?.bytes ? bytes * measured.seconds / measured.bytes : STEP + bytes / RATES[step];
	}

	/** Of a step under way that takes `seconds` in all: by what the camera tells, else by the time it has taken. */
	#rest(seconds: number): number {
		const { part, since } = this.#step!;
		const took = (this.#clock.now() - since) / 1000;
		return part > 0.05 ? took / part * (1 - part) : Math.max(0, seconds - took);
	}
}

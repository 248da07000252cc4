/**
 * Brings one piece of a dump into the camera's flash: compare, load, check, erase, write, verify.
 */
import { CommandFailure, LoadFailure, type Camera } from "../flash/camera.ts";
import type { Clock } from "../base/clock.ts";
import { ConsoleTaken, ConsoleTimeout } from "../camera/console-failures.ts";
import { Failure, checkInterrupted } from "../base/failure.ts";
import type { FlashRecord } from "./record.ts";
import type { Piece } from "./plan.ts";
import type { RestoreEvent, RestoreStep } from "./events.ts";
import type { Stager } from "./stager.ts";

export interface PieceWriterOptions {
	camera: Camera;
	stager: Stager;
	record: FlashRecord;
	clock: Clock;
	signal: AbortSignal | undefined;
	/** Tries per load; default 4. */
	attempts: number | undefined;
	/** Write also what the flash holds already. */
	rewrite: boolean | undefined;
	emit: (event: RestoreEvent) => void;
	/** Is told what is being done, for the message when it stops: "erasing kernel". */
	onDoing: (text: string) => void;
}

/** Erase, write and read back, in all, before a piece is given up. */
const WRITE_ATTEMPTS = 2;
/** Reads in all, until two of them agree. */
const READS = 4;
const UNRELIABLE = "this chip or its clock reads unreliably";

export class PieceWriter {
	#options: PieceWriterOptions;
	/** Right when they were looked at; something was written since. */
	#doubtful: Piece[] = [];
	/** Right, and nothing was written since. */
	#right: Piece[] = [];
	/** How often somebody else had had the console when the RAM was checked. */
	#proven = 0;

	constructor(options: PieceWriterOptions) {
		this.#options = options;
	}

	/** Leaves `piece` in the flash, verified. Throws Failure; the record says what became of the flash. */
	async run(piece: Piece): Promise<void> {
		const { camera, record, rewrite, emit } = this.#options;
		const { partition, name, crc32 } = piece;
		const before = await this.#read(piece, "compare");
		if (!rewrite && before === crc32) {
			this.#right.push(piece);
			if (record.get(piece) !== "verified")
				record.set(piece, "equal");
			emit({ event: "piece-done", name, partition, state: "equal", crc32 });
			return;
		}
		// After a restart of the camera: what was right then was changed since.
		if (before !== crc32 && ["verified", "equal"].includes(record.get(piece)))
			record.spoil(piece);
		const was = record.get(piece);
		await this.#load(piece);
		for (let attempt = 1; ; attempt++) {
			checkInterrupted(this.#options.signal);
			const refusal = await this.#write(piece);
			const crc = await this.#read(piece, "verify", true);
			if (crc === crc32)
				break;
			const unchanged = crc === before;
			record.set(piece, unchanged ? was : "open");
			const reason = [refusal?.message, unchanged ? "the flash did not change: it is write-protected" : `flash reads back CRC-32 ${crc} instead of ${crc32}`].filter(text => text).join("; ");
			if (attempt === WRITE_ATTEMPTS)
				throw new Failure("verification", `${partition}: ${reason}, after ${WRITE_ATTEMPTS} writes`, unchanged
					? `unlocking was tried (${camera.unlocking}): look at the chip's write-protect pin and status register, and at how this U-Boot unlocks it; other commands come from a board description (--board FILE)`
					: "the flash is protected in part, worn out or not the one described (--board); U-Boot is still running: look with `rackpod console`");
			emit({ event: "retry", name, step: "verify", attempt, attempts: WRITE_ATTEMPTS, reason });
			await camera.unlock();
			// What will be written again must be proven again.
			await this.#load(piece);
		}
		this.#doubtful.push(...this.#right.splice(0));
		this.#right.push(piece);
		record.set(piece, "verified");
		emit({ event: "piece-done", name, partition, state: "verified", crc32 });
	}

	/**
	 * Reads back once more what was looked at before the last write. Each piece was right by itself; a write can reach another place
	 * as well, for one where a chip of more than 16 MB is addressed with 3 bytes. Throws Failure `verification`.
	 */
	async recheck(): Promise<void> {
		const { record } = this.#options;
		const wrong: Piece[] = [];
		for (const piece of this.#doubtful) {
			checkInterrupted(this.#options.signal);
			if (await this.#read(piece, "recheck") === piece.crc32)
				continue;
			record.spoil(piece);
			wrong.push(piece);
		}
		if (wrong.length)
			throw new Failure("verification", `${wrong.map(({ name }) => name).join(", ")}: right when written, but changed by what was written after`, "this U-Boot does not address the whole flash: writing one place changes another. Use a U-Boot that knows the chip, or leave out what lies behind its limit (often 16 MB) with --only");
	}

	/**
	 * The CRC-32 of what the flash holds in the piece's place. One read can be wrong: a difference is believed when two reads agree.
	 * Throws Failure when none do.
	 */
	async #read(piece: Piece, step: "compare" | "verify" | "recheck", lasting = false): Promise<string> {
		const { partition, offset, length, crc32 } = piece;
		const seen: string[] = [];
		for (;;) {
			const crc = await this.#step(piece, step, () => this.#options.camera.flashCrc(offset, length, lasting));
			if (crc === crc32 || seen.includes(crc)) {
				if (seen.some(other => other !== crc))
					this.#options.emit({ event: "note", text: `${partition} read differently (CRC-32 ${[...seen, crc].join(", ")}): ${UNRELIABLE}` });
				return crc;
			}
			seen.push(crc);
			if (seen.length === READS)
				throw new Failure(step === "compare" ? "camera" : "verification", `${partition}: ${READS} reads gave CRC-32 ${seen.join(", ")}: ${UNRELIABLE}`, "look at the chip's supply and wiring, or give it a slower clock in a board description (--board FILE), for example \"probe\": \"sf probe 0 10000000\"");
		}
	}

	/** Brings the piece into the camera's RAM and proves that it is there. Nothing is erased before this returns. `lasting`: not interrupted. */
	async #load(piece: Piece, lasting = false): Promise<void> {
		const { camera, stager, attempts = 4 } = this.#options;
		const { partition, name, length, crc32 } = piece;
		const signal = lasting ? undefined : this.#options.signal;
		for (let attempt = 1; ; attempt++) {
			this.#options.onDoing(`staging ${name}`);
			await stager.need(piece, signal);
			let failure: Failure;
			try {
				await this.#step(piece, "load", () => camera.load(name, length, lasting));
				const crc = await this.#check(piece, lasting);
				if (crc === crc32)
					return;
				failure = new Failure("verification", `${partition}: the camera's RAM has CRC-32 ${crc} instead of ${crc32}`, "the network between pod and camera or the camera's RAM changes bytes; check the cable, and the board description's RAM address");
			}
			catch (error) {
				if (!(error instanceof LoadFailure))
					throw error;
				failure = error;
			}
			if (attempt >= attempts)
				throw new Failure(failure.kind, `${failure.message}, in ${attempts} tries`, failure.advice || "look with `rackpod console` at what U-Boot says, and check the cable between pod and camera");
			this.#options.emit({ event: "retry", name, step: "load", attempt, attempts, reason: failure.message });
		}
	}

	async #check(piece: Piece, lasting: boolean): Promise<string> {
		const crc = await this.#step(piece, "check", () => this.#options.camera.loadedCrc(piece.length, lasting));
		this.#proven = this.#options.camera.takes;
		return crc;
	}

	/** Proves again what is in RAM when somebody else has had the console since. */
	async #proveAgain(piece: Piece, lasting: boolean): Promise<void> {
		while (this.#proven !== this.#options.camera.takes) {
			if (await this.#check(piece, lasting) !== piece.crc32)
				await this.#load(piece, lasting);
		}
	}

	/** Erases and writes. Not interrupted: it ends in a state that is known. Returns how that failed while the prompt is there; reading back decides. */
	async #write(piece: Piece): Promise<Failure | undefined> {
		const { camera, record, signal } = this.#options;
		const { offset, length, partition, name } = piece;
		const finishing = (): void => this.#options.emit({ event: "finishing", name, text: `finishing ${partition} first: stopping between erase and write would leave it unusable` });
		const onErase = (): void => record.begin(piece);
		const work = async (step: "erase" | "write", lasting: boolean): Promise<void> => {
			for (;;) {
				await this.#proveAgain(piece, lasting);
				try {
					return await this.#step(piece, step, () => camera[step](offset, length, this.#proven, percent => this.#options.emit({ event: "step", name, step, percent }), onErase));
				}
				catch (error) {
					if (!(error instanceof ConsoleTaken))
						throw error;
				}
			}
		};
		signal?.addEventListener("abort", finishing, { once: true });
		try {
			if (!camera.updates)
				await work("erase", false);
			await work("write", !camera.updates);
			record.set(piece, "written");
		}
		catch (error) {
			if (error instanceof CommandFailure || error instanceof ConsoleTimeout && error.recovered)
				return error;
			throw error;
		}
		finally {
			record.settle();
			signal?.removeEventListener("abort", finishing);
		}
		return undefined;
	}

	async #step<T extends string | void>(piece: Piece, step: RestoreStep, work: () => Promise<T>): Promise<T> {
		this.#enter(piece, step);
		const begin = this.#options.clock.now();
		const result = await work();
		this.#options.emit({ event: "step-done", name: piece.name, step, elapsed_ms: Math.round(this.#options.clock.now() - begin), size: piece.length, ...(result ? { crc32: result } : {}) });
		return result;
	}

	#enter(piece: Piece, step: RestoreStep): void {
		this.#options.onDoing(`${DOING[step]} ${piece.partition}`);
		this.#options.emit({ event: "step", name: piece.name, step });
	}
}

const DOING: Readonly<Record<RestoreStep, string>> = Object.freeze({
	compare: "comparing the flash with",
	load: "loading",
	check: "checking the loaded",
	erase: "erasing",
	write: "writing",
	verify: "reading back",
	recheck: "reading back once more"
});

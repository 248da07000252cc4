/**
 * Brings one piece of a dump into the camera's flash: compare, load, check, erase, write, verify. Whatever kind of flash it is.
 */
import { checkInterrupted, Failure } from "../base/failure.ts";
import { ConsoleTaken, ConsoleTimeout } from "../camera/console-failures.ts";
import { CommandFailure } from "../camera/session.ts";
import type { Flash } from "../flash/kind.ts";
import type { PieceLoader } from "./piece-loader.ts";
import type { Piece } from "./plan.ts";
import type { JobReport } from "./report.ts";
import { crcInFlash } from "./verify.ts";

export interface PieceWriterOptions {
	flash: Flash;
	loader: PieceLoader;
	report: JobReport;
	signal: AbortSignal | undefined;
	/** Write also what the flash holds already. */
	rewrite: boolean | undefined;
}

/** Erase, write and read back, in all, before a piece is given up. */
const WRITE_ATTEMPTS = 2;

export class PieceWriter {
	#options: PieceWriterOptions;
	/** Right when they were looked at; something was written since. */
	#doubtful: Piece[] = [];
	/** Right, and nothing was written since. */
	#right: Piece[] = [];

	constructor(options: PieceWriterOptions) {
		this.#options = options;
	}

	/** Leaves `piece` in the flash, verified. Throws Failure; the record says what became of the flash. */
	async run(piece: Piece): Promise<void> {
		const { flash, loader, report, rewrite } = this.#options;
		const { record } = report;
		const { partition, name, crc32 } = piece;
		const before = await crcInFlash(flash, piece, "compare", report);
		if (!rewrite && before === crc32) {
			this.#right.push(piece);
			if (record.get(piece) !== "verified")
				record.set(piece, "equal");
			report.emit({ event: "piece-done", name, partition, state: "equal", crc32 });
			return;
		}
		// After a restart of the camera: what was right then was changed since.
		if (before !== crc32 && ["verified", "equal"].includes(record.get(piece)))
			record.spoil(piece);
		const was = record.get(piece);
		await loader.load(piece);
		for (let attempt = 1; ; attempt++) {
			checkInterrupted(this.#options.signal);
			const refusal = await this.#write(piece);
			const crc = await crcInFlash(flash, piece, "verify", report, true);
			if (crc === crc32)
				break;
			const unchanged = crc === before;
			record.set(piece, unchanged ? was : "open");
			const reason = [refusal?.message, unchanged ? "the flash did not change: it is write-protected" : `flash reads back CRC-32 ${crc} ` +
				`instead of ${crc32}`].filter(text => text).join("; ");
			if (attempt === WRITE_ATTEMPTS)
				throw new Failure("verification", `${partition}: ${reason}, after ${WRITE_ATTEMPTS} writes`, unchanged
					? `unlocking was tried (${flash.unlocking}): look at the chip's write-protect pin and status register, and at how this U-Boot ` +
						`unlocks it; other commands come from a board description (--board FILE)`
					: "the flash is protected in part, worn out or not the one described (--board); U-Boot is still running: look with `rackpod console`");
			report.emit({ event: "retry", name, step: "verify", attempt, attempts: WRITE_ATTEMPTS, reason });
			await flash.unlock();
			// What will be written again must be proven again.
			await loader.load(piece);
		}
		this.#doubtful.push(...this.#right.splice(0));
		this.#right.push(piece);
		record.set(piece, "verified");
		report.emit({ event: "piece-done", name, partition, state: "verified", crc32 });
	}

	/**
	 * Reads back once more what was looked at before the last write. Each piece was right by itself; a write can reach another place
	 * as well, for one where a chip of more than 16 MB is addressed with 3 bytes. Throws Failure `verification`.
	 */
	async recheck(): Promise<void> {
		const { flash, report } = this.#options;
		const wrong: Piece[] = [];
		for (const piece of this.#doubtful) {
			checkInterrupted(this.#options.signal);
			if (await crcInFlash(flash, piece, "recheck", report) === piece.crc32)
				continue;
			report.record.spoil(piece);
			wrong.push(piece);
		}
		if (wrong.length)
			throw new Failure("verification", `${wrong.map(({ name }) => name).join(", ")}: right when written, but changed by what was written ` +
				`after`, "this U-Boot does not address the whole flash: writing one place changes another. Use a U-Boot that knows the chip, or " +
				"leave out what lies behind its limit (often 16 MB) with --only");
	}

	/**
	 * Erases and writes. Not interrupted: a boot partition erased and not written is a brick. It ends in a state that is known. Returns how
	 * that failed while the prompt is there; reading back decides.
	 */
	async #write(piece: Piece): Promise<Failure | undefined> {
		const { flash, loader, report, signal } = this.#options;
		const { partition, name } = piece;
		const finishing = (): void => report.emit({ event: "finishing", name,
			text: `finishing ${partition} first: stopping between erase and write would leave it unusable` });
		const work = async (step: "erase" | "write", lasting: boolean): Promise<void> => {
			for (;;) {
				await loader.proveAgain(piece, lasting);
				try {
					return await report.step(piece, step, () => flash[step](piece, {
						takes: loader.proven,
						onPercent: percent => report.emit({ event: "step", name, step, percent }),
						onSend: () => report.record.begin(piece)
					}));
				}
				catch (error) {
					if (!(error instanceof ConsoleTaken))
						throw error;
				}
			}
		};
		signal?.addEventListener("abort", finishing, { once: true });
		try {
			if (!flash.erasesItself)
				await work("erase", false);
			await work("write", !flash.erasesItself);
			report.record.set(piece, "written");
		}
		catch (error) {
			if (error instanceof CommandFailure || error instanceof ConsoleTimeout && error.recovered)
				return error;
			throw error;
		}
		finally {
			report.record.settle();
			signal?.removeEventListener("abort", finishing);
		}
		return undefined;
	}
}

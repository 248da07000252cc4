/**
 * Brings a piece into the camera's RAM and proves that it is there: staged on the pod, loaded, compared. Nothing is erased before that.
 */
import { counted } from "../base/counted.ts";
import { Failure } from "../base/failure.ts";
import { LoadFailure, type UBootSession } from "../camera/session.ts";
import type { Piece } from "./plan.ts";
import type { JobReport } from "./report.ts";
import type { Stager } from "./stager.ts";

export interface PieceLoaderOptions {
	session: UBootSession;
	stager: Stager;
	report: JobReport;
	signal: AbortSignal | undefined;
	/** Tries per load; default 4. */
	attempts: number | undefined;
}

export class PieceLoader {
	/** How often somebody else had had the console when the RAM was checked. */
	proven = 0;
	#options: PieceLoaderOptions;

	constructor(options: PieceLoaderOptions) {
		this.#options = options;
	}

	/** Returns when the piece is in RAM. `lasting`: not interrupted. */
	async load(piece: Piece, lasting = false): Promise<void> {
		const { session, stager, report, attempts = 4 } = this.#options;
		const { partition, name, length, crc32 } = piece;
		const signal = lasting ? undefined : this.#options.signal;
		for (let attempt = 1; ; attempt++) {
			report.at = `staging ${name}`;
			await stager.need(piece, signal);
			let failure: Failure;
			try {
				await report.step(piece, "load", () => session.load(name, length, lasting));
				const crc = await this.#check(piece, lasting);
				if (crc === crc32)
					return;
				failure = new Failure("verification", `${partition}: the camera's RAM has CRC-32 ${crc} instead of ${crc32}`,
					"the network between pod and camera or the camera's RAM changes bytes; check the cable, and the board description's RAM address");
			}
			catch (error) {
				if (!(error instanceof LoadFailure))
					throw error;
				failure = error;
			}
			if (attempt >= attempts)
				throw new Failure(failure.kind, `${failure.message}, in ${counted(attempts, "try", "tries")}`,
					failure.advice || "look with `rackpod console` at what U-Boot says, and check the cable between pod and camera");
			report.emit({ event: "retry", name, step: "load", attempt, attempts, reason: failure.message });
		}
	}

	/** Proves again what is in RAM when somebody else has had the console since. */
	async proveAgain(piece: Piece, lasting: boolean): Promise<void> {
		while (this.proven !== this.#options.session.takes) {
			if (await this.#check(piece, lasting) !== piece.crc32)
				await this.load(piece, lasting);
		}
	}

	async #check(piece: Piece, lasting: boolean): Promise<string> {
		const { session, report } = this.#options;
		const crc = await report.step(piece, "check", () => session.loadedCrc(piece.length, lasting));
		this.proven = session.takes;
		return crc;
	}
}

/**
 * What the flash holds in a piece's place. One read can be wrong: a difference is believed when two reads agree.
 */
import { Failure } from "../base/failure.ts";
import type { Flash } from "../flash/kind.ts";
import type { Piece } from "./plan.ts";
import type { JobReport } from "./report.ts";

/** Reads in all, until two of them agree. */
const READS = 4;
const UNRELIABLE = "this chip or its clock reads unreliably";

/** The CRC-32 there. `lasting`: not interrupted. Throws Failure when no two reads agree. */
export async function crcInFlash(flash: Flash, piece: Piece, step: "compare" | "verify" | "recheck", report: JobReport,
	lasting = false): Promise<string> {
	const { partition, crc32 } = piece;
	const seen: string[] = [];
	for (;;) {
		const crc = await report.step(piece, step, () => flash.crc(piece, lasting));
		if (crc === crc32 || seen.includes(crc)) {
			if (seen.some(other => other !== crc))
				report.note(`${partition} read differently (CRC-32 ${[...seen, crc].join(", ")}): ${UNRELIABLE}`);
			return crc;
		}
		seen.push(crc);
		if (seen.length === READS)
			throw new Failure(step === "compare" ? "camera" : "verification",
				`${partition}: ${READS} reads gave CRC-32 ${seen.join(", ")}: ${UNRELIABLE}`,
				"look at the chip's supply and wiring, or give it a slower clock in a board description (--board FILE), for example \"probe\": \"sf " +
				"probe 0 10000000\"");
	}
}

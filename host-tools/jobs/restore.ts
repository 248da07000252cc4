/**
 * Writes a dump to a camera's flash, in the order that can't brick it:
 *
 * read and check everything; bring U-Boot up through the boot ROM while the pod is being stocked; then for every piece, what
 * the camera boots from last: load to RAM, compare the CRC-32 there, only then erase and write, read back, compare again; at the
 * end read back once more what was looked at before the last write.
 *
 * Nothing of it depends on the flash's content, so a restore that was broken off is simply run again: what is right already is
 * found by its CRC and left alone.
 *
 * Not for environments: `saveenv` is never sent. How the flash is erased, written and read is its kind's affair (flash/kind.ts).
 */
import { realClock, type Clock } from "../base/clock.ts";
import { checkInterrupted } from "../base/failure.ts";
import { awaitStart } from "../camera/await-start.ts";
import { DEFAULT_DIALECT, type Dialect } from "../camera/dialect.ts";
import { PodConsole } from "../camera/pod-console.ts";
import type { UBootSession } from "../camera/session.ts";
import type { UBootConsole } from "../camera/uboot-console.ts";
import { addressesIn, addressNotes } from "../flash/environment.ts";
import type { Flash, FlashKind } from "../flash/kind.ts";
import type { Partition } from "../flash/layout.ts";
import { NOR } from "../flash/nor.ts";
import type { Region } from "../flash/region.ts";
import type { RackPod } from "../pod/rack-pod.ts";
import type { Fastboot } from "../profiles/blob.ts";
import { atPrompt, type AtPrompt } from "./at-prompt.ts";
import { checkContents, checkWhole } from "./contents.ts";
import { restoreSeconds } from "./estimate.ts";
import { PieceLoader } from "./piece-loader.ts";
import { PieceWriter } from "./piece-writer.ts";
import { checkFlash, planPieces, untouchedBy, type Piece } from "./plan.ts";
import { JobReport, type Listeners } from "./report.ts";
import { Stager } from "./stager.ts";

export interface RestoreOptions extends Listeners {
	pod: RackPod;
	partitions: readonly Partition[];
	fastboot: Fastboot;
	/** Default DEFAULT_DIALECT. */
	board?: Dialect | undefined;
	/** Bytes of flash, where neither U-Boot nor the board description tells. */
	flashSize?: number | undefined;
	/** Partitions wanted; all when absent. */
	only?: readonly string[] | undefined;
	/** Write also files that certainly are something else than they are said to be, or that haven't the flash's size. */
	force?: boolean | undefined;
	/** Tries per load; default 4. A lost packet can cost old U-Boots a whole transfer. */
	attempts?: number | undefined;
	/** Write also what the flash holds already. */
	rewrite?: boolean | undefined;
	/** Leave the staged files on the pod. */
	keepStaged?: boolean | undefined;
	/** Check and plan only. */
	dryRun?: boolean | undefined;
	/** Restart the camera at the end; default true. */
	reset?: boolean | undefined;
	/** What the camera says when it has started; default the board's; "" doesn't wait. */
	expect?: string | undefined;
	/** Seconds to wait for that; default 120. */
	expectSeconds?: number | undefined;
	/** The kind of its flash; default NOR. */
	kind?: FlashKind | undefined;
	signal?: AbortSignal | undefined;
	clock?: Clock | undefined;
}

export interface RestoreResult {
	written: number;
	equal: number;
	/** The flash's state in a sentence or two. */
	state: string;
}

/** Does the job. Throws Failure; its message ends with the state of the flash. */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
	const job = new Restore(options);
	return job.run();
}

class Restore {
	#options: RestoreOptions;
	#dialect: Dialect;
	#kind: FlashKind;
	#clock: Clock;
	#report: JobReport;
	#podConsole: PodConsole;
	#untouched: readonly Region[] = [];

	constructor(options: RestoreOptions) {
		this.#options = options;
		this.#dialect = options.board ?? DEFAULT_DIALECT;
		this.#kind = options.kind ?? NOR;
		this.#clock = options.clock ?? realClock;
		this.#podConsole = new PodConsole(options.pod, this.#clock);
		this.#report = new JobReport(options, this.#clock, "asking the pod and reading the dump");
	}

	async run(): Promise<RestoreResult> {
		try {
			return await this.#job();
		}
		catch (error) {
			throw this.#report.failure(error, this.#options.signal);
		}
	}

	async #job(): Promise<RestoreResult> {
		const { pod, fastboot, signal, dryRun, keepStaged = false } = this.#options;
		const report = this.#report;
		const pieces = await this.#plan();
		if (dryRun)
			return this.#tellPlan(pieces);
		// Before the camera is touched: it could be another pod's console.
		report.at = "looking for the pod's console";
		(await this.#podConsole.connect(signal)).close();
		const stager = new Stager({ pod, pieces, clock: this.#clock, keep: keepStaged, events: {
			onProgress: (piece, sent) => report.emit({ event: "staging", name: piece.name, sent, total: piece.length }),
			onStaged: (piece, milliseconds,
				reused) => report.emit({ event: "staged", name: piece.name, size: piece.length, crc32: piece.crc32,
				elapsed_ms: Math.round(milliseconds), reused }),
			onNote: text => report.note(text)
		} });
		try {
			// Beginning again is safe at every place, since nothing is needed from the flash.
			await atPrompt({ pod, fastboot, dialect: this.#dialect, clock: this.#clock, signal, podConsole: this.#podConsole, report,
				onRunning: () => stager.start() },
				at => this.#writeAll(at, pieces, stager));
			return this.#done(pieces);
		}
		catch (error) {
			// Said before the pod is tidied up: one that doesn't answer any more takes its time.
			if (stager.litters)
				report.emit({ event: "stopping", text: `stopping while ${report.at}. ${report.record.describe()}` });
			throw error;
		}
		finally {
			await stager.end();
		}
	}

	/** Everything that can be checked before the camera is touched. */
	async #plan(): Promise<Piece[]> {
		const { pod, partitions, only, force = false, fastboot, signal } = this.#options;
		const geometry = this.#kind.geometry(this.#dialect);
		await checkContents(partitions, { only, force, flashSize: this.#toldSize, onNote: text => this.#report.note(text) });
		await pod.status({ signal });
		const room = await pod.files({ signal });
		// What was staged before gives way once the fastboot has begun.
		const staged = room.files.reduce((sum, { size }) => sum + size, 0);
		const limit = Math.min(this.#dialect.transferLimit, room.max_size_bytes, room.psram_largest_free_block + staged);
		const pieces = await planPieces(partitions, { limit, geometry, only });
		if (this.#toldSize !== undefined)
			checkFlash(pieces, geometry, this.#toldSize);
		this.#report.plan(pieces);
		this.#report.emit({ event: "plan", total: pieces.reduce((sum, { length }) => sum + length, 0), spl: fastboot.spl.length,
			uboot: fastboot.uboot.length,
			pieces: pieces.map(({ partition, name, offset, length, crc32 }) => ({ partition, name, offset, length, crc32 })) });
		return pieces;
	}

	/** What a dry run ends with. */
	async #tellPlan(pieces: readonly Piece[]): Promise<RestoreResult> {
		const geometry = this.#kind.geometry(this.#dialect);
		addressNotes(await addressesIn(pieces, geometry.eraseBlock), undefined).forEach(text => this.#report.note(text));
		this.#report.emit({ event: "dry-run", seconds: restoreSeconds(pieces, this.#options.fastboot.blob.length),
			flash_size: this.#toldSize ?? null, untouched: untouchedBy(pieces, geometry, this.#toldSize ?? 0) });
		return this.#result(pieces);
	}

	/** From U-Boot's prompt to the camera's own start. */
	async #writeAll({ console, session }: AtPrompt, pieces: readonly Piece[], stager: Stager): Promise<void> {
		const { signal, attempts, rewrite, reset = true } = this.#options;
		const report = this.#report;
		const flash = await this.#prepare(session, pieces);
		const loader = new PieceLoader({ session, stager, report, signal, attempts });
		const writer = new PieceWriter({ flash, loader, report, signal, rewrite });
		for (const piece of pieces) {
			report.at = `going on to ${piece.partition}`;
			checkInterrupted(signal);
			await writer.run(piece);
			await stager.done(piece);
		}
		await writer.recheck();
		if (reset)
			await this.#restart(session, console);
	}

	/** Checks the plan against the flash that is there, and makes the camera ready for loads. */
	async #prepare(session: UBootSession, pieces: readonly Piece[]): Promise<Flash> {
		const report = this.#report;
		report.at = "looking at the flash";
		const flash = await this.#kind.probe(session, this.#toldSize);
		checkFlash(pieces, flash, flash.size, flash.limited);
		if (!this.#options.force)
			checkWhole(this.#options.partitions, flash.size);
		this.#untouched = untouchedBy(pieces, flash, flash.size);
		report.record.leave(this.#untouched);
		report.emit({ event: "prompt", prompt: session.prompt, flash_size: flash.size });
		report.at = "setting up the camera's network";
		await session.setNetwork();
		const addresses = await addressesIn(pieces, flash.eraseBlock);
		if (addresses.length)
			addressNotes(addresses, await session.variable("ethaddr")).forEach(text => report.note(text));
		return flash;
	}

	async #restart(session: UBootSession, console: UBootConsole): Promise<void> {
		const { signal, expect = this.#dialect.started, expectSeconds = 120 } = this.#options;
		const report = this.#report;
		report.at = "restarting the camera";
		report.emit({ event: "reset", waiting_for: expect || null });
		const begin = this.#clock.now();
		await session.reset();
		if (!expect)
			return;
		report.at = `waiting for "${expect}"`;
		await awaitStart(console, expect, expectSeconds, signal);
		report.emit({ event: "started", text: expect, elapsed_ms: Math.round(this.#clock.now() - begin) });
	}

	#done(pieces: readonly Piece[]): RestoreResult {
		const result = this.#result(pieces);
		this.#report.emit({ event: "done", elapsed_ms: this.#report.elapsed, written: result.written, equal: result.equal,
			untouched: [...this.#untouched] });
		return result;
	}

	#result(pieces: readonly Piece[]): RestoreResult {
		const { record } = this.#report;
		const count = (state: string): number => pieces.filter(piece => record.get(piece) === state).length;
		return { written: count("verified"), equal: count("equal"), state: record.describe() };
	}

	/** Bytes of the flash by what the user or the board description says. */
	get #toldSize(): number | undefined {
		return this.#options.flashSize ?? this.#dialect.flashSize;
	}
}

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
 * Not for NAND, UBI or eMMC, and not for environments: `saveenv` is never sent.
 */
import { Camera } from "../flash/camera.ts";
import { awaitStart } from "../camera/await-start.ts";
import type { Fastboot } from "../profiles/blob.ts";
import { UBootConsole } from "../camera/uboot-console.ts";
import { CameraRestarted, ConsoleTimeout } from "../camera/console-failures.ts";
import { restartIn } from "../camera/boot-messages.ts";
import { realClock, sleep, type Clock } from "../base/clock.ts";
import { addressesIn, addressNotes } from "../flash/environment.ts";
import { Failure, checkInterrupted, textOf } from "../base/failure.ts";
import { runFastboot } from "./bring-up.ts";
import { restoreSeconds } from "./estimate.ts";
import { DEFAULT_DIALECT, type Dialect } from "../camera/dialect.ts";
import { FlashRecord } from "./record.ts";
import type { Partition } from "../flash/layout.ts";
import { checkContents, checkFlash, checkWhole, planPieces, untouchedBy, type Piece, type Region } from "./plan.ts";
import { PieceWriter } from "./piece-writer.ts";
import { PodConsole } from "../camera/pod-console.ts";
import { watchPower } from "./power-watch.ts";
import type { RackPod } from "../pod/rack-pod.ts";
import type { RestoreEvent } from "./events.ts";
import { Stager } from "./stager.ts";
import { compareBanner, versionsIn } from "../camera/uboot-version.ts";

export interface RestoreOptions {
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
	signal?: AbortSignal | undefined;
	/** This and the two below: what they throw is told once as a note and else ignored. Nothing may stop a job between erase and write. */
	onEvent?: ((event: RestoreEvent) => void) | undefined;
	/** Is given the record of the flash when the plan stands: it tells at any time what has been done so far. */
	onRecord?: ((record: FlashRecord) => void) | undefined;
	/** Everything the camera says. */
	onConsole?: ((text: string) => void) | undefined;
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

/** From the place U-Boot is started at to where files are loaded to. */
const RAM_DISTANCE = 16 * 1024 * 1024;
/** How often the camera is brought up in all when it restarts by itself. */
const STARTS = 3;
/** Milliseconds within which a switched supply is noticed. */
const POWER_LIMIT = 2500;

/** It says so, or is silent for good: with a blank flash the boot ROM waits without a word. */
function isRestart(error: unknown): error is Failure {
	return error instanceof CameraRestarted || error instanceof ConsoleTimeout && !error.recovered;
}

class Restore {
	#options: RestoreOptions;
	#dialect: Dialect;
	#clock: Clock;
	#begin: number;
	#emit: (event: RestoreEvent) => void;
	#record = new FlashRecord([]);
	#untouched: readonly Region[] = [];
	/** A listener has failed, and that was said. */
	#complained = false;
	#console: PodConsole;
	/** Where it is, for the message when it stops. */
	#at = "asking the pod and reading the dump";

	constructor(options: RestoreOptions) {
		this.#options = options;
		this.#dialect = options.board ?? DEFAULT_DIALECT;
		this.#clock = options.clock ?? realClock;
		this.#begin = this.#clock.now();
		this.#console = new PodConsole(options.pod, this.#clock);
		this.#emit = event => this.#tell(options.onEvent, event);
	}

	/** Calls a listener; what it throws is its own affair. */
	#tell<T>(listener: ((value: T) => void) | undefined, value: T): void {
		try {
			listener?.(value);
		}
		catch (error) {
			if (this.#complained)
				return;
			this.#complained = true;
			this.#note(`a listener of this restore failed: ${textOf(error)}`);
		}
	}

	async run(): Promise<RestoreResult> {
		try {
			return await this.#job();
		}
		catch (error) {
			const interrupted = this.#options.signal?.aborted === true;
			const kind = interrupted ? "interrupted" : error instanceof Failure ? error.kind : undefined;
			if (kind === undefined)
				throw error;
			const text = interrupted ? "interrupted" : textOf(error);
			// The advice is for the error, and that may be but what became of the work when it was stopped.
			const advice = interrupted ? "" : (error as Failure).advice;
			throw new Failure(kind, `stopped while ${this.#at}: ${text}. ${this.#record.describe()}`.replace(/\.\. /, ". "), advice, { cause: error });
		}
	}

	async #job(): Promise<RestoreResult> {
		const { pod, fastboot, signal, dryRun, keepStaged = false } = this.#options;
		const pieces = await this.#plan();
		if (dryRun) {
			addressNotes(await addressesIn(pieces, this.#dialect.eraseSize), undefined).forEach(text => this.#note(text));
			const flashSize = this.#options.flashSize ?? this.#dialect.flashSize;
			this.#emit({ event: "dry-run", seconds: restoreSeconds(pieces, fastboot.blob.length), flash_size: flashSize ?? null, untouched: untouchedBy(pieces, this.#dialect.eraseSize, flashSize ?? 0) });
			return this.#result(pieces);
		}
		// Before the camera is touched: it could be another pod's console.
		this.#at = "looking for the pod's console";
		(await this.#console.connect(signal)).close();
		const stager = new Stager({ pod, pieces, clock: this.#clock, keep: keepStaged, events: {
			onProgress: (piece, sent) => this.#emit({ event: "staging", name: piece.name, sent, total: piece.length }),
			onStaged: (piece, milliseconds, reused) => this.#emit({ event: "staged", name: piece.name, size: piece.length, crc32: piece.crc32, elapsed_ms: Math.round(milliseconds), reused }),
			onNote: text => this.#note(text)
		} });
		try {
			await this.#insist(pieces, stager);
			return this.#result(pieces);
		}
		catch (error) {
			// Said before the pod is tidied up: one that doesn't answer any more takes its time.
			if (stager.litters)
				this.#emit({ event: "stopping", text: `stopping while ${this.#at}. ${this.#record.describe()}` });
			throw error;
		}
		finally {
			await stager.end();
		}
	}

	/** Begins again with the boot ROM when the camera restarts by itself: that is safe at every place, since nothing is needed from its flash. */
	async #insist(pieces: readonly Piece[], stager: Stager): Promise<void> {
		for (let start = 1; ; start++) {
			try {
				return await this.#session(pieces, stager);
			}
			catch (error) {
				if (!isRestart(error) || this.#options.signal?.aborted)
					throw error;
				if (start === STARTS)
					throw new Failure("camera", `${error.message}, ${STARTS} times`, error.advice, { cause: error });
				this.#note(`while ${this.#at}: ${error.message}; beginning again, ${start + 1} of ${STARTS}`);
			}
		}
	}

	/** From the boot ROM to the camera's own start. */
	async #session(pieces: readonly Piece[], stager: Stager): Promise<void> {
		const { pod, fastboot, signal } = this.#options;
		let console: UBootConsole | undefined;
		let watching: Promise<void> | undefined;
		let switched: Failure | undefined;
		const over = new AbortController();
		try {
			this.#at = "bringing U-Boot up through the boot ROM";
			const begin = this.#clock.now();
			const since = (await pod.uart({ signal })).log_end;
			this.#record.started();
			const { doubt, banner = null } = await runFastboot(pod, fastboot, { clock: this.#clock, signal, onRunning: () => stager.start(),
				onProgress: ({ phase, bytes_sent, bytes_total, rate }) => this.#emit({ event: "fastboot", phase, sent: bytes_sent, total: bytes_total, rate }) });
			this.#emit({ event: "fastboot-done", elapsed_ms: Math.round(this.#clock.now() - begin), total: fastboot.blob.length, banner });
			if (doubt)
				this.#note(doubt);
			console = await this.#takeOver().catch(async (error: unknown) => {
				// no prompt: another U-Boot could have started Linux, or the boot ROM waits
				if (error instanceof Failure && error.kind === "camera")
					await this.#listenBack(since, banner);
				throw error;
			});
			if (await this.#listenBack(since, banner) === undefined)
				await this.#askVersion(console, banner);
			watching = watchPower({ pod, clock: this.#clock, signal: over.signal, onSwitched: failure => console?.fail(switched = failure) });
			const camera = new Camera({ console, board: this.#dialect, signal, onNote: text => this.#note(text), ram: this.#dialect.ram ?? fastboot.profile.ubootAddress + RAM_DISTANCE });
			await this.#prepare(camera, console, pieces);
			const { attempts, rewrite } = this.#options;
			const writer = new PieceWriter({ camera, stager, record: this.#record, clock: this.#clock, signal, attempts, rewrite, emit: this.#emit, onDoing: text => this.#at = text });
			for (const piece of pieces) {
				this.#at = `going on to ${piece.partition}`;
				checkInterrupted(signal);
				await writer.run(piece);
				await stager.done(piece);
			}
			await writer.recheck();
			if (this.#options.reset ?? true)
				await this.#restart(camera, console);
		}
		catch (error) {
			// It can have been somebody at the switch, which is no reason to begin again.
			if (isRestart(error))
				await Promise.race([watching, sleep(this.#clock, POWER_LIMIT)]);
			throw switched ?? error;
		}
		finally {
			over.abort();
			await watching;
			console?.close();
		}
	}

	async #plan(): Promise<Piece[]> {
		const { pod, partitions, only, force = false, fastboot, signal } = this.#options;
		const { eraseSize, transferLimit } = this.#dialect;
		const flashSize = this.#options.flashSize ?? this.#dialect.flashSize;
		await checkContents(partitions, { only, force, flashSize, onNote: text => this.#note(text) });
		await pod.status({ signal });
		const room = await pod.files({ signal });
		// What was staged before gives way once the fastboot has begun.
		const staged = room.files.reduce((sum, { size }) => sum + size, 0);
		const limit = Math.min(transferLimit, room.max_size_bytes, room.psram_largest_free_block + staged);
		const pieces = await planPieces(partitions, { limit, eraseSize, only });
		if (flashSize !== undefined)
			checkFlash(pieces, eraseSize, flashSize);
		this.#record = new FlashRecord(pieces);
		this.#tell(this.#options.onRecord, this.#record);
		this.#emit({ event: "plan", total: pieces.reduce((sum, { length }) => sum + length, 0), spl: fastboot.spl.length, uboot: fastboot.uboot.length,
			pieces: pieces.map(({ partition, name, offset, length, crc32 }) => ({ partition, name, offset, length, crc32 })) });
		return pieces;
	}

	/**
	 * What the camera has said since its start, before the console was ours. Null when it did not restart meanwhile, undefined when that is not
	 * known. Throws CameraRestarted: another U-Boot, the one in its flash, would be probed and written with.
	 */
	async #listenBack(since: number, banner: string | null): Promise<null | undefined> {
		let said: string;
		try {
			const { bytes, start } = await this.#options.pod.uartLog(since);
			said = Buffer.from(bytes).toString("latin1");
			this.#heard(`\n${said}\n`);
			if (start <= since)
				this.#record.complete();
		}
		catch (error) {
			this.#note(`what the camera said at its start is not known: ${textOf(error)}`);
			return undefined;
		}
		const restarted = restartIn(said, banner);
		if (typeof restarted === "string")
			throw new CameraRestarted(restarted);
		return restarted;
	}

	/** Where the log doesn't tell: throws CameraRestarted when it is another U-Boot than the one that answered the fastboot. */
	async #askVersion(console: UBootConsole, banner: string | null): Promise<void> {
		if (banner === null)
			return;
		const answer = await console.run("version", { signal: this.#options.signal });
		if (compareBanner(versionsIn(Buffer.from(answer, "latin1")), banner).same === false)
			throw new CameraRestarted(answer.split("\n")[0]!);
	}

	#heard(text: string): void {
		const line = this.#record.hear(text);
		if (line !== undefined)
			this.#note(`U-Boot writes to the flash by itself: "${line}"`);
	}

	async #takeOver(): Promise<UBootConsole> {
		const { signal, onConsole } = this.#options;
		this.#at = "taking over U-Boot's console";
		const line = await this.#console.connect(signal);
		const takers = new Set<string>();
		const console = new UBootConsole({ line, clock: this.#clock, source: this.#console, prompts: this.#dialect.prompts,
			onReceived: text => {
				this.#heard(text);
				this.#tell(onConsole, text);
			},
			onTaken: who => {
				// one that comes again and again has another port each time
				const host = who.replace(/:\d+$/, "");
				if (!takers.has(host))
					this.#note(`${who} has taken the console; it is taken back, and so is each time from now on`);
				takers.add(host);
			} });
		try {
			await console.takeOver(15, signal);
		}
		catch (error) {
			console.close();
			throw error;
		}
		return console;
	}

	async #prepare(camera: Camera, console: UBootConsole, pieces: readonly Piece[]): Promise<void> {
		this.#at = "looking at the flash";
		const told = await camera.probe();
		const flashSize = told ?? this.#options.flashSize ?? this.#dialect.flashSize;
		if (flashSize === undefined)
			throw new Failure("camera", "U-Boot does not say how large the flash is", "tell it with --flash-size, for example --flash-size 16M");
		camera.flashSize = flashSize;
		checkFlash(pieces, this.#dialect.eraseSize, flashSize, camera.limited);
		if (!this.#options.force)
			checkWhole(this.#options.partitions, flashSize);
		this.#untouched = untouchedBy(pieces, this.#dialect.eraseSize, flashSize);
		this.#record.leave(this.#untouched);
		this.#emit({ event: "prompt", prompt: console.prompt, flash_size: flashSize });
		this.#at = "setting up the camera's network";
		await camera.setNetwork();
		const addresses = await addressesIn(pieces, this.#dialect.eraseSize);
		if (addresses.length)
			addressNotes(addresses, await camera.variable("ethaddr")).forEach(text => this.#note(text));
	}

	async #restart(camera: Camera, console: UBootConsole): Promise<void> {
		const { signal, expect = this.#dialect.started, expectSeconds = 120 } = this.#options;
		this.#at = "restarting the camera";
		this.#emit({ event: "reset", waiting_for: expect || null });
		const begin = this.#clock.now();
		await camera.reset();
		if (!expect)
			return;
		this.#at = `waiting for "${expect}"`;
		await awaitStart(console, expect, expectSeconds, signal);
		this.#emit({ event: "started", text: expect, elapsed_ms: Math.round(this.#clock.now() - begin) });
	}

	#result(pieces: readonly Piece[]): RestoreResult {
		const count = (state: string): number => pieces.filter(piece => this.#record.get(piece) === state).length;
		const result = { written: count("verified"), equal: count("equal"), state: this.#record.describe() };
		if (!this.#options.dryRun)
			this.#emit({ event: "done", elapsed_ms: Math.round(this.#clock.now() - this.#begin), written: result.written, equal: result.equal, untouched: [...this.#untouched] });
		return result;
	}

	#note(text: string): void {
		this.#emit({ event: "note", text });
	}
}

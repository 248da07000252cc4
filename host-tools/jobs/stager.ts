/**
 * Keeps the pod stocked with the pieces that are needed next, in the background, as far as they fit.
 *
 * Pieces are staged in the order in which they are used. When the pod is full, staging waits until a used piece has been
 * freed; a job larger than the pod's memory so goes through it in rounds.
 */
import { sleep, type Clock } from "../base/clock.ts";
import { Failure, checkInterrupted, textOf } from "../base/failure.ts";
import { PodError } from "../pod/pod-error.ts";
import type { Piece } from "./plan.ts";
import type { RackPod } from "../pod/rack-pod.ts";

export interface StagerEvents {
	onProgress(piece: Piece, sent: number): void;
	/** `reused`: the pod had these bytes already. */
	onStaged(piece: Piece, milliseconds: number, reused: boolean): void;
	onNote(text: string): void;
}

export interface StagerOptions {
	pod: RackPod;
	pieces: readonly Piece[];
	clock: Clock;
	events: StagerEvents;
	/** Leave used pieces on the pod while there is room. */
	keep: boolean;
}

const ATTEMPTS = 3;
const PAUSE = 1000;
/** At the end nobody waits long for a pod that doesn't answer: milliseconds for each file. */
const REMOVE_LIMIT = 5000;
/** How often room is asked for that was freed already: a transfer whose last acknowledgement was lost keeps it for some seconds. */
const ROOM_ATTEMPTS = 30;

export class Stager {
	#options: StagerOptions;
	#stop = new AbortController();
	/** On the pod by our doing, or found there with our bytes. */
	#ours = new Set<string>();
	/** Used, and kept only while there is room. */
	#used: Piece[] = [];
	#arrivals = new Map<Piece, { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void }>();
	#waiting: (() => void)[] = [];
	#freed = 0;
	/** The first piece not yet staged. */
	#next = 0;
	/** The camera waits: a full pod is now an error. Before, the fastboot's own upload may be what fills it. */
	#awaited = false;
	#running: Promise<void> | undefined;

	constructor(options: StagerOptions) {
		this.#options = options;
		for (const piece of options.pieces) {
			let settle!: { resolve: () => void; reject: (error: unknown) => void };
			const promise = new Promise<void>((resolve, reject) => settle = { resolve, reject });
			promise.catch(() => undefined);
			this.#arrivals.set(piece, { promise, ...settle });
		}
	}

	/** Begins, or goes on. Harmless twice. */
	start(): void {
		this.#running ??= this.#run();
	}

	/** Waits until `piece` is on the pod, sees that it is really there with the right CRC, and stages it again if not. */
	async need(piece: Piece, signal: AbortSignal | undefined): Promise<void> {
		this.#awaited = true;
		this.start();
		const onAbort = (): void => this.#stop.abort();
		signal?.addEventListener("abort", onAbort, { once: true });
		try {
			checkInterrupted(signal);
			await this.#arrivals.get(piece)!.promise;
			if (!await this.#present(piece))
				await this.#upload(piece, true);
		}
		finally {
			signal?.removeEventListener("abort", onAbort);
		}
	}

	/** The piece won't be needed again. */
	async done(piece: Piece): Promise<void> {
		this.#used.push(piece);
		// What can't be freed now is tried again when its room is needed, and at the end.
		if (!this.#options.keep)
			await this.#free(name => this.#removeSoon(name)).catch(() => undefined);
		for (const wake of this.#waiting.splice(0))
			wake();
	}

	/** Whether there is something on the pod that `end` removes. */
	get litters(): boolean {
		return !this.#options.keep && this.#ours.size > 0;
	}

	/**
	 * Stops what is under way and, unless told to keep it, frees what was staged. Never throws; says what is left behind. Once the
	 * pod doesn't answer it isn't asked again.
	 */
	async end(): Promise<void> {
		this.#stop.abort();
		await this.#running;
		if (this.#options.keep)
			return;
		let reason = "";
		for (const name of [...this.#ours]) {
			try {
				await this.#removeSoon(name);
			}
			catch (error) {
				reason = textOf(error);
				if (!(error instanceof PodError) || !error.status)
					break;
			}
		}
		if (this.#ours.size)
			this.#options.events.onNote(`left on the pod: ${[...this.#ours].join(", ")} (${reason}); remove them with \`rackpod rm\``);
	}

	async #run(): Promise<void> {
		const { pieces, events } = this.#options;
		for (; this.#next < pieces.length; this.#next++) {
			const piece = pieces[this.#next]!;
			try {
				if (!await this.#present(piece))
					await this.#upload(piece, false);
				else
					events.onStaged(piece, 0, true);
				this.#ours.add(piece.name);
				this.#arrivals.get(piece)!.resolve();
			}
			catch (error) {
				if (isFull(error) && !this.#awaited) {
					this.#running = undefined;
					return;
				}
				// What can't be staged now is fatal for all that follow it.
				for (const { reject } of this.#arrivals.values())
					reject(error);
				return;
			}
		}
	}

	async #present(piece: Piece): Promise<boolean> {
		const { files } = await this.#insist(() => this.#options.pod.files({ signal: this.#stop.signal }));
		return files.some(file => file.name === piece.name && file.size === piece.length && file.crc32 === piece.crc32);
	}

	/** Asks again where that can help: one lost packet must not end a restore half-way. */
	async #insist<T>(ask: () => Promise<T>): Promise<T> {
		for (let attempt = 1; ; attempt++) {
			try {
				return await ask();
			}
			catch (error) {
				if (!(error instanceof PodError) || !error.retryable || attempt === ATTEMPTS)
					throw error;
			}
			await sleep(this.#options.clock, PAUSE, this.#stop.signal);
		}
	}

	/** `urgent`: the camera waits for it. */
	async #upload(piece: Piece, urgent: boolean): Promise<void> {
		const { pod, clock, events } = this.#options;
		const signal = this.#stop.signal;
		for (let attempt = 1, waits = 0; ;) {
			const begin = clock.now();
			const freed = this.#freed;
			try {
				// From its first byte on it may have to be removed.
				this.#ours.add(piece.name);
				await pod.stage(piece.name, { path: piece.path, start: piece.start, length: piece.length },
					{ crc32: piece.crc32, signal, onProgress: sent => events.onProgress(piece, sent) });
				events.onStaged(piece, clock.now() - begin, false);
				return;
			}
			catch (error) {
				if (!(error instanceof PodError))
					throw error;
				if (isFull(error)) {
					if (await this.#room(piece, urgent, freed))
						continue;
					if (!this.#freed || waits++ === ROOM_ATTEMPTS)
						throw error;
					await sleep(clock, PAUSE, signal);
				}
				else if (error.code === "checksum_mismatch")
					throw new Failure("verification", `${piece.path} does not have the CRC-32 it had a moment ago (${piece.crc32}); nothing was staged`,
						"does something else write to the file?", { cause: error });
				else if (!error.retryable || attempt++ === ATTEMPTS)
					throw error;
				else
					await sleep(clock, PAUSE, signal);
			}
		}
	}

	/**
	 * Makes room for `piece`, or waits until some was made since `freed`. False when nothing of ours is in the way.
	 * An urgent piece drives out the one that is needed last: that one is staged again when its turn comes.
	 */
	async #room(piece: Piece, urgent: boolean, freed: number): Promise<boolean> {
		if (this.#freed !== freed)
			return true;
		if (this.#used.length) {
			await this.#free();
			return true;
		}
		const others = this.#options.pieces.filter(other => other !== piece && this.#ours.has(other.name));
		if (!others.length)
			return false;
		if (urgent) {
			await this.#insist(() => this.#remove(others.at(-1)!.name));
			return true;
		}
		const { signal } = this.#stop;
		await new Promise<void>((resolve, reject) => {
			const stopped = (): void => reject(new Failure("interrupted", "interrupted"));
			signal.addEventListener("abort", stopped, { once: true });
			this.#waiting.push(() => {
				signal.removeEventListener("abort", stopped);
				resolve();
			});
			if (signal.aborted)
				stopped();
		});
		await this.#free();
		return true;
	}

	async #free(remove = (name: string): Promise<void> => this.#insist(() => this.#remove(name))): Promise<void> {
		for (let piece = this.#used[0]; piece; piece = this.#used[0]) {
			await remove(piece.name);
			// by now another call may have removed it, too
			const index = this.#used.indexOf(piece);
			if (index >= 0)
				this.#used.splice(index, 1);
		}
	}

	/** Like `#remove`, given up after REMOVE_LIMIT. */
	async #removeSoon(name: string): Promise<void> {
		const { clock } = this.#options;
		const over = new AbortController();
		const alarm = clock.after(REMOVE_LIMIT, () => over.abort());
		try {
			await this.#remove(name, over.signal);
		}
		catch (error) {
			throw over.signal.aborted ? new Failure("unreachable", `no answer within ${REMOVE_LIMIT / 1000} s`) : error;
		}
		finally {
			clock.cancel(alarm);
		}
	}

	async #remove(name: string, signal?: AbortSignal): Promise<void> {
		try {
			await this.#options.pod.remove(name, { signal });
		}
		catch (error) {
			// Gone already is what was wanted.
			if (!(error instanceof PodError) || error.status !== 404)
				throw error;
		}
		this.#ours.delete(name);
		this.#freed++;
	}
}

function isFull(error: unknown): boolean {
	return error instanceof PodError && (error.code === "oom" || error.code === "no_slots");
}

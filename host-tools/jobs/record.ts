/**
 * What has been done to the camera's flash so far, so that at every stop it can be said in what state the flash is.
 */
import { selfWritingIn } from "../camera/boot-messages.ts";
import { regionText, type Region } from "../flash/region.ts";

/**
 * - `untouched`: as it was
 * - `equal`: held the right bytes already
 * - `open`: erased, perhaps partly written; or changed by the writing of another piece
 * - `written`: erased and written, not read back
 * - `verified`: written, and read back with the right CRC
 */
export type PieceState = "untouched" | "equal" | "open" | "written" | "verified";

/** What is written at once, as far as its state is concerned. */
export interface Recorded {
	readonly partition: string;
	/** The camera starts from it. */
	readonly boot: boolean;
}

/** The longest line that matters. */
const LINE = 200;

export class FlashRecord {
	#states = new Map<Recorded, PieceState>();
	/** The camera runs, and what it says is not all known: U-Boots write to the flash by themselves, too. */
	#unheard = false;
	/** The line with which it did that. */
	#selfWriting: string | undefined;
	#tail = "";
	#busy = false;
	#overwritten = false;
	#untouched: readonly Region[] = [];

	constructor(pieces: readonly Recorded[]) {
		for (const piece of pieces)
			this.#states.set(piece, "untouched");
	}

	set(piece: Recorded, state: PieceState): void {
		this.#states.set(piece, state);
	}

	/** What the whole job doesn't touch: known when U-Boot has said how large the flash is. */
	leave(untouched: readonly Region[]): void {
		this.#untouched = untouched;
	}

	/** The camera is being started: what it says from now on has to be heard whole. */
	started(): void {
		this.#unheard = true;
	}

	/** All that it has said since it was started is known. */
	complete(): void {
		this.#unheard = false;
	}

	/** What the camera says. Returns the line by which it tells, for the first time, that it writes to the flash by itself. */
	hear(text: string): string | undefined {
		if (this.#selfWriting !== undefined)
			return undefined;
		this.#tail = (this.#tail + text).slice(-LINE - text.length);
		return this.#selfWriting = selfWritingIn(this.#tail);
	}

	/** `piece` is about to be erased: until `settle()` nobody can stop without leaving it unusable. */
	begin(piece: Recorded): void {
		this.#states.set(piece, "open");
		this.#busy = true;
	}

	/** `piece` was right and is not any more: writing another one has changed it. */
	spoil(piece: Recorded): void {
		this.#states.set(piece, "open");
		this.#overwritten = true;
	}

	/** What was begun is over, well or not. */
	settle(): void {
		this.#busy = false;
	}

	/** A piece is being erased or written at this moment. */
	get busy(): boolean {
		return this.#busy;
	}

	get(piece: Recorded): PieceState {
		return this.#states.get(piece)!;
	}

	/** For people: what was erased, what is done, and whether the camera starts from its flash. */
	describe(): string {
		const ours = this.#ours();
		if (this.#selfWriting === undefined)
			return ours ?? (this.#unheard ? "Nothing was erased by this restore."
				: "Nothing was erased: the flash is as it was before, and as bootable.");
		const said = `U-Boot has written to the flash by itself ("${this.#selfWriting}").`;
		return ours === undefined ? `Nothing was erased by this restore, but ${said}` : `${ours} Besides, ${said}`;
	}

	/** What this restore has done; undefined when it has erased nothing. */
	#ours(): string | undefined {
		const open = this.#names("open");
		const written = this.#names("written").filter(name => !open.includes(name));
		const wrong = this.#overwritten ? "not right any more" : "erased and not completely written";
		const unfinished = new Set([...open, ...written, ...this.#names("untouched")]);
		const verified = this.#names("verified").map(name => unfinished.has(name) ? `a part of ${name}` : name);
		const left = this.#names("untouched");
		if (!open.length && !verified.length && !written.length)
			return undefined;
		const done = verified.length ? `${list(verified)} ${verified.length > 1 ? "are" : "is"} written and verified. ` : "";
		const boots = [...this.#states].filter(([piece]) => piece.boot).map(([, state]) => state);
		const mixed = boots.includes("verified") && boots.includes("untouched");
		const boot = mixed ? "The boot loader is only partly new: the camera probably does NOT start from its flash." : boots.includes("verified")
			? "The boot loader is in order." : "The boot loader was not touched.";
		if (!open.length && written.length)
			return `${done}${list(written)} ${written.length > 1 ? "are" : "is"} written and not read back: whether the bytes are right is not ` +
				`known. ${boots.includes("written") ? "" : `${boot} `}Run the same restore again.`;
		if (boots.includes("open"))
			return `${done}The boot loader (${list(open)}) is ${wrong}: the camera does NOT start from its flash. Run the same restore again; it ` +
				`needs nothing from the flash.`;
		if (open.length)
			return `${done}${list(open)} ${open.length > 1 ? "are" : "is"} ${wrong}: Linux probably does not start. ${boot} Run the same restore ` +
				`again.`;
		if (left.length)
			return `${done}Not yet written: ${list(left)}. The flash is a mixture of old and new. ${boot} Run the same restore again, it goes on ` +
				`where it stopped.`;
		if (this.#untouched.length)
			return `${done}Not touched, since nothing was given for it: ${list(this.#untouched.map(regionText))}.`;
		return `${done}The flash is complete.`;
	}

	#names(state: PieceState): string[] {
		const names = [...this.#states].filter(([, other]) => other === state).map(([piece]) => piece.partition);
		return [...new Set(names)];
	}
}

function list(names: readonly string[]): string {
	return names.join(", ");
}

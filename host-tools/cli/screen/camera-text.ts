/**
 * A camera's output as text: UTF-8, whose characters may be cut anywhere, and lines that end in LF, CR LF, CR CR LF or, as a progress bar's
 * do, in CR alone.
 */

/** A line, without its end. `offset`: its first byte's place in the log. */
export interface CameraLine {
	readonly offset: number;
	readonly text: string;
}

/** Bytes of a line after which it is taken for one all the same. */
const LONGEST = 4096;
const LF = 10;
const CR = 13;

/** Text as it comes, every line's end a LF. */
export class TextJoiner {
	#decoder = new TextDecoder();
	/** CRs whose LF may be still to come. */
	#held = "";

	text(bytes: Uint8Array): string {
		const all = this.#held + this.#decoder.decode(bytes, { stream: true });
		this.#held = /\r*$/.exec(all)![0];
		return all.slice(0, all.length - this.#held.length).replace(/\r*\n|\r+/g, "\n");
	}

	end(): string {
		return (this.#held ? "\n" : "") + this.#decoder.decode();
	}
}

/** Whole lines. */
export class LineSplitter {
	#parts: Uint8Array[] = [];
	#length = 0;
	/** Of the line that has begun. */
	#offset = 0;
	/** It has ended in CR, and a LF may follow. */
	#ended = false;

	/** The lines that end in `bytes`, which lie at `offset`, behind those before. */
	*lines(offset: number, bytes: Uint8Array): Generator<CameraLine> {
		let begin = 0;
		for (let at = 0; at < bytes.length; at++) {
			const byte = bytes[at];
			if (this.#ended && byte !== CR && byte !== LF) {
				yield this.#take(bytes.subarray(begin, at));
				begin = at;
			}
			if (this.#length === 0 && begin === at)
				this.#offset = offset + at;
			if (byte === CR)
				this.#ended = true;
			else if (byte === LF || this.#length + at + 1 - begin >= LONGEST) {
				yield this.#take(bytes.subarray(begin, at + 1));
				begin = at + 1;
			}
		}
		this.#parts.push(bytes.slice(begin));
		this.#length += bytes.length - begin;
	}

	/** The line that has begun, if there is one. */
	*end(): Generator<CameraLine> {
		if (this.#length > 0)
			yield this.#take(new Uint8Array(0));
	}

	#take(last: Uint8Array): CameraLine {
		const bytes = Buffer.concat([...this.#parts, last]);
		this.#parts = [];
		this.#length = 0;
		this.#ended = false;
		return { offset: this.#offset, text: new TextDecoder().decode(bytes).replace(/[\r\n]+$/, "") };
	}
}

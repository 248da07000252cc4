/**
 * A small body as a whole, for requests like `{"rate":921600}`. It lies in the connection's own memory. Not for files.
 */
import { Refusal } from "base/refusal";
import type { BodySink } from "./body";
import type { HTTPCode } from "./codes";

export class Collector implements BodySink {
	private room: Uint8Array;
	private count = 0;
	private callback: (body: Uint8Array) => void;

	/** The body goes into `room`. Throws Refusal body_too_large {limit, length} when `length` (undefined: unknown) is beyond it. */
	constructor(length: number | undefined, room: Uint8Array, callback: (body: Uint8Array) => void) {
		if (length !== undefined && length > room.length)
			throw tooLarge(room.length, length);
		this.room = room;
		this.callback = callback;
	}

	space(): Uint8Array {
		if (this.count === this.room.length)
			throw tooLarge(this.count, undefined);
		return this.room.subarray(this.count);
	}

	advance(count: number): void {
		this.count += count;
	}

	done(): void {
		this.callback(this.room.subarray(0, this.count));
	}

	aborted(): void {}
}

function tooLarge(limit: number, length: number | undefined): Refusal {
	return new Refusal<HTTPCode>("body_too_large", "the body has " + limit + " bytes at most", length === undefined ? { limit } : { limit, length });
}

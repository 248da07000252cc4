/** What has come to the camera's side of a board: what the raw cameras have in common, that of a pod of its own and that of the lab's. */
import { textOf } from "./strings.ts";

/** A change of the supply or of the line, and what had come on the serial line by then. */
export interface Word {
	word: string;
	/** Milliseconds. */
	at: number;
	/** Bytes received on the serial line before. */
	bytes: number;
}

export abstract class CameraRecord {
	/** `on` and `off`; `baud N` and `break`: the first ones included. */
	readonly power: Word[] = [];
	readonly line: Word[] = [];
	/** Called with every arrival. */
	onReceive: ((bytes: Uint8Array) => void) | undefined;

	/** What came on the serial line. */
	abstract get received(): Buffer;

	get words(): string[] {
		return this.power.map(({ word }) => word);
	}

	get rates(): string[] {
		return this.line.map(({ word }) => word);
	}

	get text(): string {
		return textOf(this.received);
	}
}

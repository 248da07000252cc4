/**
 * Standard output and error that can go away (`| head`, a terminal that is closed) without ending what is being done: from then on
 * nothing is written any more. A restore must not stop between erase and write because nobody reads its lines.
 */
import type { Output } from "./output.ts";

/** What of a stream is needed; process.stdout and process.stderr are such. */
export interface Stream extends Output {
	on(event: "error", listener: (error: Error) => void): unknown;
}

export class QuietOutput implements Output {
	#stream: Stream;
	#lost = false;
	#onLost: (() => void)[] = [];

	constructor(stream: Stream) {
		this.#stream = stream;
		stream.on("error", () => this.#lose());
	}

	get isTTY(): boolean | undefined {
		return this.#stream.isTTY;
	}

	get columns(): number | undefined {
		return this.#stream.columns;
	}

	write(text: string | Uint8Array): void {
		if (this.#lost)
			return;
		try {
			this.#stream.write(text);
		}
		catch {
			this.#lose();
		}
	}

	onLost(callback: () => void): void {
		if (this.#lost)
			callback();
		else
			this.#onLost.push(callback);
	}

	#lose(): void {
		this.#lost = true;
		for (const callback of this.#onLost.splice(0))
			callback();
	}
}

/** Files that are appended to: what the camera says, or what a job does and the camera says meanwhile. */
import { createWriteStream, type WriteStream } from "node:fs";
import { Failure } from "../../base/failure.ts";
import { printable } from "../../base/printable.ts";

/** Opens a log, or creates it. Throws Failure `usage` when it can't be written. */
export function openLog(path: string): Promise<WriteStream> {
	return new Promise((resolve, reject) => {
		const stream = createWriteStream(path, { flags: "a" });
		stream.once("open", () => resolve(stream));
		stream.once("error", error => reject(new Failure("usage", `the log ${path} can't be written: ${error.message}`, "check --log")));
	});
}

/** A job's log: each line has its time and the job before it; the camera's own lines have a bar before them. */
export class JobLog {
	#stream: WriteStream;
	#job: string;
	/** A line of the camera's that has no end yet. */
	#open = "";

	constructor(stream: WriteStream, job: string) {
		this.#stream = stream;
		this.#job = job;
	}

	line(text: string): void {
		this.#flush();
		this.#write(text);
	}

	/** What the camera says, as it comes. */
	camera(text: string): void {
		const lines = (this.#open + text).split("\n");
		this.#open = lines.pop()!;
		for (const line of lines)
			this.#write(`| ${line.replace(/\r$/, "")}`);
	}

	/** Resolves when all of it is written, or can't be. */
	end(): Promise<void> {
		this.#flush();
		return new Promise(resolve => {
			if (this.#stream.closed)
				return resolve();
			this.#stream.once("close", resolve);
			this.#stream.end();
		});
	}

	#flush(): void {
		if (this.#open)
			this.#write(`| ${this.#open}`);
		this.#open = "";
	}

	#write(text: string): void {
		this.#stream.write(`${new Date().toISOString()} ${this.#job} ${printable(text)}\n`);
	}
}

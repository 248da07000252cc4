/** Files that are appended to with what the camera says. */
import { createWriteStream, type WriteStream } from "node:fs";
import { Failure } from "../failure.ts";

/** Opens a log, or creates it. Throws Failure `usage` when it can't be written. */
export function openLog(path: string): Promise<WriteStream> {
	return new Promise((resolve, reject) => {
		const stream = createWriteStream(path, { flags: "a" });
		stream.once("open", () => resolve(stream));
		stream.once("error", error => reject(new Failure("usage", `the log ${path} can't be written: ${error.message}`, "check --log")));
	});
}

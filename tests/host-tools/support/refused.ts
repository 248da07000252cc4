/** A restore refuses its input. */
import { strict as assert } from "node:assert";
import { Failure } from "../../../host-tools/base/failure.ts";

/** The job ends with Failure `usage`, whose message and advice say this. */
export async function refused(job: Promise<unknown>, message: RegExp): Promise<void> {
	const error = await job.then(() => undefined, (thrown: unknown) => thrown);
	assert.ok(error instanceof Failure && error.kind === "usage", String(error));
	assert.match(`${error.message} ${error.advice}`, message);
}

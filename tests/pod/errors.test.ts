/** Every error that the firmware can throw has a documented answer, docs/http.md shows them all, and none is there in vain. */
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERRORS } from "errors";

const ROOT = join(import.meta.dirname, "../..");

/** Codes that never leave as the answer to a request, and why. */
const NEVER_ANSWERED: Record<string, string> = {
	bad_rate: "POST /uart/baud checks the same limits before it asks the UART, and answers bad_number as for every other number",
	log_overwritten: "ends an answer that has begun: the camera was faster than the reader, and all pages were taken",
	not_armed: "is an error packet of TFTP",
	slot_taken: "is an error packet of TFTP",
	uart_stalled: "ends a fastboot, whose answer carries its text"
};

/** Each `new Refusal(...)` of the firmware with the codes that can stand first in it. */
function thrown(): { place: string; codes: string[] }[] {
	const found: { place: string; codes: string[] }[] = [];
	for (const folder of ["modules", "src"]) {
		for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
			if (!file.endsWith(".ts"))
				continue;
			const text = readFileSync(join(ROOT, folder, file), "utf8");
			for (const { index, 1: code } of text.matchAll(/new Refusal\(([^,)]*)/g)) {
				const line = text.slice(0, index).split("\n").length;
				found.push({ place: `${folder}/${file}:${line}`, codes: Array.from(code!.matchAll(/"([^"]*)"/g), match => match[1]!) });
			}
		}
	}
	return found;
}

describe("the table of errors", () => {
	it("when a refusal is made then its code is written there, so that it can be found", () => {
		assert.ok(thrown().length > 80, "the firmware was found");
		assert.deepEqual(thrown().filter(({ codes }) => codes.length === 0 || codes.some(code => !/^[a-z]+(_[a-z]+)*$/.test(code))), []);
	});

	it("when a code is thrown then it has a status and a meaning, or a reason never to be answered", () => {
		const unknown = thrown().filter(({ codes }) => codes.some(code => !Object.hasOwn(ERRORS, code) && !Object.hasOwn(NEVER_ANSWERED, code)));
		assert.deepEqual(unknown, []);
	});

	it("when a code is listed then it is thrown somewhere, and in one list only", () => {
		const codes = new Set(thrown().flatMap(({ codes }) => codes));
		assert.deepEqual([...Object.keys(ERRORS), ...Object.keys(NEVER_ANSWERED)].filter(code => !codes.has(code)), []);
		assert.deepEqual(Object.keys(NEVER_ANSWERED).filter(code => Object.hasOwn(ERRORS, code)), []);
	});

	it("when the table is read then it goes by status, and each status is that of an error", () => {
		const statuses = Object.values(ERRORS).map(({ status }) => status);
		assert.deepEqual(statuses, [...statuses].sort((one, other) => one - other));
		assert.ok(statuses.every(status => status >= 400 && status <= 505));
	});

	it("when docs/http.md is read then it has the same table", () => {
		const rows = readFileSync(join(ROOT, "docs/http.md"), "utf8").split("\n").filter(line => /^\| `[a-z_]+` \| \d{3} \|/.test(line));
		assert.deepEqual(rows, Object.entries(ERRORS).map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`));
	});
});
